import { type ClientKey, clientText } from '../logs/address.ts';
import type { Networks } from '../logs/networks.ts';
import type { DetectorFacts } from '../logs/offender-line.ts';
import { type Offender, Watch, type WatchOptions } from '../logs/watch.ts';
import type { Alike } from './alike.ts';
import { clientOf } from './client.ts';
import type { Detector } from './detectors/detector.ts';
import { DistributedWatch, type FoundAttack, type Judgement } from './distributed.ts';
import { Matchers } from './matchers.ts';
import { PeopleBehind } from './people-behind.ts';
import { activeDetectors, reputationFacts, type WafLoop } from './policy.ts';
import type { Named } from './reputation.ts';
import type { Request } from './request.ts';

export interface AnalysisOptions extends WatchOptions {
  reputation?: Named | undefined;
  /** Gets every window of traffic when it is over. */
  onWindow?: ((window: Judgement) => void) | undefined;
}

/** Requests in, offenders out: every detector over one pass, in bounded memory. Pure but for what it remembers. */
export class WafAnalysis {
  readonly facts: ReadonlyMap<string, DetectorFacts>;
  readonly #watch: Watch;
  readonly #matchers: Matchers;
  readonly #together: readonly { index: number; see: ReturnType<NonNullable<Detector['together']>> }[];
  readonly #proxies: Networks;
  readonly #reputation: Named | null;
  readonly #distributed: DistributedWatch | null;
  readonly #people = new PeopleBehind();
  readonly #collateral: WafLoop['collateral'];
  #requests = 0;
  #nameless = 0;

  constructor(loop: WafLoop, proxies: Networks, { reputation, onWindow, ...options }: AnalysisOptions = {}) {
    const active = activeDetectors(loop);
    const allFacts = active.map(({ facts }) => facts);
    this.#reputation = reputation ?? null;
    if (reputation) allFacts.push(reputationFacts(loop));
    this.facts = new Map(allFacts.map((facts) => [facts.name, facts]));
    this.#matchers = new Matchers(active);
    this.#together = active.flatMap(({ detector, options }, index) =>
      detector.together ? [{ index, see: detector.together(options) }] : [],
    );
    this.#collateral = loop.collateral;
    this.#proxies = proxies;
    const watched = allFacts.map((facts) => ({
      name: facts.name,
      limit: { requests: facts.requests, windowMs: facts.windowSeconds * 1000 },
    }));
    this.#watch = new Watch(watched, options);
    const { mode, windowSeconds, ...limited } = loop.distributed;
    const limits = { ...limited, windowMs: windowSeconds * 1000 };
    this.#distributed = mode === 'off' ? null : new DistributedWatch(limits, onWindow);
  }

  see(request: Request): void {
    this.#requests++;
    const key = clientOf(request, this.#proxies);
    if (!key) {
      this.#nameless++;
      return;
    }
    const of = request.alike ?? request;
    this.#count(key, request.timeMs, of, this.#matchers.matching(request, key), request.user);
    for (const { index, see } of this.#together) {
      for (const one of see(request, key)) this.#watch.accuse(one, index, request.timeMs);
    }
  }

  /** A request that was read elsewhere, with what the detectors say of it (see `Matchers`), and that names no user. */
  seeRead(key: ClientKey, timeMs: number, alike: Alike, matching: number): void {
    this.#requests++;
    this.#count(key, timeMs, alike, matching);
  }

  #count(key: ClientKey, timeMs: number, of: Alike, matching: number, user = ''): void {
    this.#distributed?.see(timeMs, of, key);
    this.#people.see(timeMs, of, user, key);
    // Behind the detectors stands the reputation, which asks about the client and not the request.
    const named = this.#reputation && this.#isNamed(key) ? this.#matchers.nextBit : 0;
    this.#watch.see(key, timeMs, matching | named);
  }

  #isNamed(key: ClientKey): boolean {
    return this.#reputation !== null && this.#reputation.namedBy(clientText(key)) !== null;
  }

  /** What was seen: requests, those without a client's address, clients, offenders beyond what is held. */
  get counts(): { requests: number; nameless: number; clients: number; unheld: number } {
    return {
      requests: this.#requests,
      nameless: this.#nameless,
      clients: this.#watch.clients,
      unheld: this.#watch.unheld,
    };
  }

  /** Attacks by many clients; call once, after the last request. */
  distributed(): FoundAttack[] {
    return this.#distributed?.found() ?? [];
  }

  /** See `PeopleBehind`. */
  whyAsked(client: string): string | null {
    return this.#people.whyAsked(client, this.#collateral);
  }

  /** See `Watch.settle`. */
  settle(client: string): void {
    this.#watch.settle(client);
  }

  goodNetworks(): Set<string> {
    return this.#watch.goodNetworks();
  }

  offenders(): Offender[] {
    return this.#watch.offenders();
  }
}
