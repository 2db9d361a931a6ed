import { RetryableError, TerminalError } from '../../lib/errors.ts';
import type { Normalised } from '../../lib/events/normalised.ts';
import type { FirewallRule, FirewallState } from '../../lib/kinds/firewall.ts';
import type { Kind } from '../../lib/kinds.ts';
import type { Change, Element, Hint, Resource } from '../../lib/model.ts';
import type { Provider, Reading } from '../../lib/ports.ts';
import { MemoryProvider } from '../../lib/providers/memory.ts';
import type { Counts, Faults } from './faults.ts';
import type { Random } from './random.ts';

/** A cloud of security groups that fails as real ones do, and tells every change in its audit log. */

export const account = '123456789012';
export const region = 'eu-central-1';

export const groupOf = (id: string): Resource => ({
  provider: 'memory',
  account,
  region,
  kind: 'firewall',
  id,
});

/** How long reads may show what was before a change. */
const staleForMs = 5_000;

/** A change that took effect. Rules are told apart by their descriptions, which nobody else gives. */
export interface Effect {
  by: 'person' | 'service';
  group: string;
  op: 'add' | 'remove';
  rule: FirewallRule;
}

interface Parts {
  random: Random;
  faults(): Faults;
  counts: Counts;
  nowMs(): number;
  onEffect(effect: Effect): void;
  onEvent(event: Normalised): void;
}

export class SimulatedCloud implements Provider {
  readonly name = 'memory';
  readonly kinds: readonly Kind[] = ['firewall'];
  readonly #held = new MemoryProvider();
  readonly #before = new Map<string, { state: FirewallState; untilMs: number }>();
  readonly #parts: Parts;
  #events = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  create(id: string): void {
    const attached = { interfaces: 1, public: 1 };
    const state: FirewallState = {
      kind: 'firewall',
      name: id,
      tags: {},
      isDefault: false,
      attached,
      rules: [],
    };
    this.#held.put(groupOf(id), state);
  }

  async delete(id: string): Promise<void> {
    this.#held.remove(groupOf(id));
    this.#before.delete(id);
    this.#audit(id, 'DeleteSecurityGroup', 'person');
  }

  async stateOf(id: string): Promise<FirewallState | null> {
    const [reading] = await this.#held.read([groupOf(id)]);
    return reading?.status === 'found' && reading.state.kind === 'firewall' ? reading.state : null;
  }

  async byPerson(id: string, op: 'add' | 'remove', rule: FirewallRule): Promise<void> {
    await this.#change(groupOf(id), { op, part: 'rules', value: rule as unknown as Element }, 'person');
  }

  async resolve(hint: Hint): Promise<Resource[]> {
    this.#mayThrottle();
    return this.#held.resolve(hint);
  }

  async read(resources: readonly Resource[]): Promise<Reading[]> {
    const { random, faults, counts } = this.#parts;
    const readings = await this.#held.read(resources);
    return readings.map((reading, at): Reading => {
      if (random.chance(faults().throttle)) {
        counts.throttled += 1;
        return { status: 'error', error: new RetryableError('Rate exceeded') };
      }
      const before = this.#before.get(resources[at]?.id ?? '');
      if (reading.status !== 'found' || before === undefined || before.untilMs < this.#parts.nowMs())
        return reading;
      if (!random.chance(faults().stale)) return reading;
      counts.staleReads += 1;
      return { status: 'found', state: structuredClone(before.state) };
    });
  }

  async apply(resource: Resource, change: Change): Promise<Change> {
    const { random, faults, counts } = this.#parts;
    this.#mayThrottle();
    if (random.chance(faults().denied)) {
      counts.denied += 1;
      throw new TerminalError('AccessDenied');
    }
    const applied = await this.#change(resource, change, 'service');
    if (random.chance(faults().lostAnswer)) {
      counts.answersLost += 1;
      throw new RetryableError('socket hang up');
    }
    return applied;
  }

  async *list(inAccount: string, inRegion: string, kind: Kind): AsyncIterable<Resource[]> {
    this.#mayThrottle();
    yield* this.#held.list(inAccount, inRegion, kind);
  }

  #mayThrottle(): void {
    const { random, faults, counts } = this.#parts;
    if (!random.chance(faults().throttle)) return;
    counts.throttled += 1;
    throw new RetryableError('Rate exceeded');
  }

  async #change(resource: Resource, change: Change, by: Effect['by']): Promise<Change> {
    const before = await this.stateOf(resource.id);
    const applied = await this.#held.apply(resource, change);
    const after = await this.stateOf(resource.id);
    if (before === null || after === null || before.rules.length === after.rules.length) return applied;
    this.#before.set(resource.id, { state: before, untilMs: this.#parts.nowMs() + staleForMs });
    const [more, fewer] = after.rules.length > before.rules.length ? [after, before] : [before, after];
    const rule = more.rules.find((one) => !fewer.rules.some((other) => other.id === one.id));
    if (rule === undefined || change.op === 'set') throw new Error('a change that is no rule’s');
    this.#parts.onEffect({ by, group: resource.id, op: change.op, rule });
    this.#audit(
      resource.id,
      change.op === 'add' ? 'AuthorizeSecurityGroupIngress' : 'RevokeSecurityGroupIngress',
      by,
    );
    return applied;
  }

  #audit(group: string, name: string, by: Effect['by']): void {
    this.#events += 1;
    const actor = {
      name:
        by === 'person'
          ? 'arn:aws:iam::123456789012:user/alice'
          : 'arn:aws:sts::123456789012:assumed-role/snapshut',
      type: by === 'person' ? 'IAMUser' : 'AssumedRole',
      via: null,
      sourceIp: null,
    };
    this.#parts.onEvent({
      eventId: `audit-${this.#events}`,
      at: new Date(this.#parts.nowMs()).toISOString(),
      account,
      region,
      actor,
      name,
      hints: [{ provider: 'memory', account, region, kind: 'firewall', id: group }],
      dropped: 0,
      ignored: null,
      malformed: false,
    });
  }
}
