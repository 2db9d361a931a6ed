import * as z from 'zod';
import type { Case } from '../cases.ts';
import { fingerprint } from '../fingerprint.ts';
import type { Slack } from './client.ts';
import { digestMessage, digestPages } from './digest.ts';
import type { MessageSettings } from './message.ts';
import { type Exclusive, oneAtATime } from './one-at-a-time.ts';

/** What is kept of a digest: its message, the cases in it, and the replies that list them. */
const Digest = z.object({
  ts: z.string(),
  startedAt: z.string(),
  lastAt: z.string(),
  caseIds: z.array(z.string()),
  pages: z.array(z.object({ ts: z.string(), hash: z.string() })),
});
type Digest = z.infer<typeof Digest>;

export interface StormParts extends Exclusive {
  slack: Slack;
  channel: string;
  settings: MessageSettings;
  /** How long cases are gathered before the digest is written again. */
  gatherMs?: number;
}

/** Quiet for that long, the storm is over: the next one gets a thread of its own. */
const overMs = 15 * 60_000;
/** As many cases as one thread lists. */
const casesMax = 600;

/** The cases that came too fast for a message each: one message with counts, and the list in its thread. */
export class Storm {
  readonly #parts: StormParts;
  #gathered = new Set<string>();
  #next: Promise<void> | null = null;

  constructor(parts: StormParts) {
    this.#parts = parts;
  }

  /** Resolves when the digest shows this case as it now is. */
  async add(caseId: string): Promise<void> {
    this.#gathered.add(caseId);
    this.#next ??= this.#gather();
    return this.#next;
  }

  async #gather(): Promise<void> {
    const { sleep, gatherMs = 2_000 } = this.#parts;
    await sleep(gatherMs);
    const caseIds = [...this.#gathered];
    this.#gathered = new Set();
    this.#next = null;
    await oneAtATime(`slack/digest/${this.#parts.channel}`, this.#parts, () => this.#write(caseIds));
  }

  async #write(added: readonly string[]): Promise<void> {
    const { history, now, channel, slack } = this.#parts;
    const name = `slack/digest/${channel}`;
    const at = now().toISOString();
    const known = stillOn(Digest.safeParse(await history.setting(name)).data, added, now());
    const caseIds = [...new Set([...(known?.caseIds ?? []), ...added])];
    const cases = await this.#cases(caseIds);
    const startedAt = known?.startedAt ?? at;
    const message = { channel, ...digestMessage(cases, startedAt) };
    const isThere = known !== null && (await slack.update(message, known.ts));
    const ts = isThere ? known.ts : await slack.post(message);
    const digest: Digest = { ts, startedAt, lastAt: at, caseIds, pages: isThere ? known.pages : [] };
    // Before the replies: should one of them fail, no second thread is begun.
    await history.set(name, digest);
    await this.#list(digest, cases);
    await history.set(name, digest);
  }

  /** Replies that have not changed are left as they are. */
  async #list(digest: Digest, cases: readonly Case[]): Promise<void> {
    const { channel, slack, settings } = this.#parts;
    for (const [at, text] of digestPages(cases, settings).entries()) {
      const hash = fingerprint(text);
      const page = digest.pages[at];
      if (page?.hash === hash) continue;
      const isThere = page !== undefined && (await slack.update({ channel, text }, page.ts));
      const ts = isThere ? page.ts : await slack.post({ channel, text, thread: digest.ts });
      digest.pages[at] = { ts, hash };
    }
  }

  async #cases(caseIds: readonly string[]): Promise<Case[]> {
    const found: Case[] = [];
    for (let at = 0; at < caseIds.length; at += 25) {
      const some = await Promise.all(caseIds.slice(at, at + 25).map((id) => this.#parts.history.get(id)));
      found.push(...some.filter((one) => one !== null));
    }
    return found;
  }
}

/** A digest that these cases belong to: theirs already, or one that is neither over nor full. */
function stillOn(known: Digest | undefined, added: readonly string[], now: Date): Digest | null {
  if (known === undefined) return null;
  if (added.every((id) => known.caseIds.includes(id))) return known;
  const isOver = now.getTime() - Date.parse(known.lastAt) > overMs;
  return isOver || known.caseIds.length + added.length > casesMax ? null : known;
}
