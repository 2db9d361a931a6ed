import { AttackAlerts, type AttackNews } from './attack-alerts.ts';
import { type Blocking, blockOffenders } from './blocking.ts';
import type { CrawlersAmong } from './crawlers.ts';
import { type AddressPolicy, guardOf, judgeAll, type LineAnalysis } from './judging.ts';
import type { OffenderLine } from './offender-line.ts';
import { Unreadable } from './told.ts';

export interface LiveContext {
  /** `waf` or `ssh`. */
  loop: string;
  /** Read at every tick with offenders: own addresses come and go. */
  policy(): Promise<AddressPolicy>;
  /** Left out: offenders are told and nobody is blocked. */
  blocking?: Blocking;
  crawlersAmong?: CrawlersAmong;
  /** Why nothing may be changed now, or null. */
  frozen(): Promise<string | null>;
  err(line: string): void;
}

export interface Tick {
  lines: OffenderLine[];
  news: AttackNews[];
}

/**
 * A loop that never ends: lines come in as they are written, and every tick blocks who offended since the last one
 * and ends what is over. A client that was dealt with is looked at anew, so who goes on is blocked for longer.
 */
export class LiveLoop {
  readonly unreadable = new Unreadable();
  readonly #analysis: LineAnalysis;
  readonly #context: LiveContext;
  readonly #alerts = new AttackAlerts();
  #lastEndedMs = Number.NEGATIVE_INFINITY;
  #toldUnreadable = 0;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(analysis: LineAnalysis, context: LiveContext) {
    this.#analysis = analysis;
    this.#context = context;
  }

  line(text: string): void {
    if (!this.#analysis.see(text)) this.unreadable.line(text);
  }

  tooLong(head: string): void {
    this.unreadable.tooLong(head);
  }

  async tick(now: Date): Promise<Tick> {
    const nowMs = now.getTime();
    this.#tellUnreadable(nowMs);
    const hasOffenders = this.#analysis.offenders().length > 0;
    // Ends are looked for once a minute; an offender does not wait for that.
    if (!hasOffenders && nowMs < this.#lastEndedMs + 60_000)
      return { lines: [], news: this.#alerts.see([], nowMs) };
    this.#lastEndedMs = nowMs;
    const lines = await this.#block(now);
    for (const { client } of lines) this.#analysis.settle(client);
    return { lines, news: this.#alerts.see(lines, nowMs) };
  }

  /** The first unreadable line is told at once, and then what they are by the hour. */
  #tellUnreadable(nowMs: number): void {
    const { lines, tooLong } = this.unreadable.counts;
    if (lines + tooLong === this.#toldUnreadable || nowMs < this.#toldMs + 3_600_000) return;
    this.#toldUnreadable = lines + tooLong;
    this.#toldMs = nowMs;
    for (const sentence of this.unreadable.told()) this.#context.err(`${this.#context.loop}: ${sentence}`);
  }

  async #block(now: Date): Promise<OffenderLine[]> {
    const { blocking, frozen, err } = this.#context;
    const crawlers = await this.#context.crawlersAmong?.(this.#analysis.offenders());
    const policy = { ...(await this.#context.policy()), ...(crawlers && { crawlers }) };
    const why = blocking ? await frozen() : null;
    if (why !== null) err(`nobody is blocked: frozen (${why})`);
    if (!blocking || why !== null) return judgeAll(this.#analysis, now, policy, null).map((one) => one.line);
    const agrees = guardOf(this.#analysis, policy);
    const writing = { loop: this.#context.loop, nowMs: now.getTime(), err, agrees };
    const { judged } = await blockOffenders(blocking, writing, (memory, exempt) =>
      judgeAll(this.#analysis, now, { ...policy, exempt }, memory),
    );
    return judged.map((one) => one.line);
  }
}
