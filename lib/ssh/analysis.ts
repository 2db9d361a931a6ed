import type { DetectorFacts } from '../logs/offender-line.ts';
import { type Offender, Watch, type WatchOptions } from '../logs/watch.ts';
import { Connections } from './connections.ts';
import { parseSshMessage, type SshMessage } from './message.ts';
import type { SshLoop } from './policy.ts';
import { isSshd, type LogRecord, parseLogRecord } from './syslog.ts';

/** Guesses that nobody could have pinned on another; and all guesses, which are only told. */
const guesses = ['guess', 'guess-unsure'] as const;

/** Log lines in, guessers out, in bounded memory. Lines without a year are read as seen from `nowMs()`. */
export class SshAnalysis {
  readonly facts: ReadonlyMap<string, DetectorFacts>;
  readonly #nowMs: () => number;
  readonly #watch: Watch;
  readonly #connections: Connections;
  #records = 0;
  #nameless = 0;
  #newestMs = Number.NEGATIVE_INFINITY;
  /** What a bare `last message repeated` repeats. */
  #last: { process: string; message: SshMessage } | null = null;

  constructor(loop: SshLoop, nowMs: () => number, options: WatchOptions = {}) {
    const { failures, windowSeconds, mode, blockMinutes } = loop.detectors.guess;
    const limit = { requests: failures, windowMs: windowSeconds * 1000 };
    const watched = mode === 'off' ? [] : guesses.map((name) => ({ name, limit }));
    const facts = {
      severity: 'high',
      what: 'failed attempts to log in',
      requests: failures,
      windowSeconds,
    } as const;
    this.facts = new Map(
      guesses.map((name) => [
        name,
        { ...facts, name: 'guess', tellsOnly: mode !== 'fix' || name === 'guess-unsure', blockMinutes },
      ]),
    );
    this.#nowMs = nowMs;
    this.#watch = new Watch(watched, options);
    this.#connections = new Connections(({ key, timeMs, count, sure }) =>
      this.#watch.see(key, timeMs, sure ? 0b11 : 0b10, count),
    );
  }

  /** False where the line is not readable. A line about something else is readable. */
  see(line: string): boolean {
    const record = parseLogRecord(line, this.#nowMs());
    if (!record) return false;
    this.#records++;
    if (record.program === '') this.#repeat(record);
    else if (isSshd(record.program)) this.#sshd(record);
    else this.#last = null;
    return true;
  }

  #sshd({ timeMs, host, pid, message }: LogRecord): void {
    const repeated = /^message repeated (\d{1,6}) times: \[ (.*)\]$/s.exec(message);
    const parsed = parseSshMessage(repeated?.[2] ?? message);
    const process = pid === '' ? '' : `${host}/${pid}`;
    this.#last = parsed && { process, message: parsed };
    if (parsed) this.#count(process, timeMs, parsed, repeated ? Number(repeated[1]) : 1);
  }

  #repeat({ timeMs, message }: LogRecord): void {
    const times = /^last message repeated (\d{1,6}) times/.exec(message)?.[1];
    if (times && this.#last) this.#count(this.#last.process, timeMs, this.#last.message, Number(times));
  }

  #count(process: string, timeMs: number, message: SshMessage, times: number): void {
    if (!this.#connections.see(process, timeMs, message, times) && message.from.length > 0) this.#nameless++;
    if (timeMs < this.#newestMs + 60_000) return;
    this.#newestMs = timeMs;
    this.#connections.settleBefore(timeMs);
  }

  get counts(): { records: number; nameless: number; clients: number; unheld: number } {
    const { clients, unheld } = this.#watch;
    return { records: this.#records, nameless: this.#nameless, clients, unheld };
  }

  /** See `Watch.settle`. */
  settle(client: string): void {
    this.#watch.settle(client);
  }

  /** No line comes any more: what waited for more is counted. */
  end(): void {
    this.#connections.end();
  }

  goodNetworks(): Set<string> {
    return this.#watch.goodNetworks();
  }

  offenders(): Offender[] {
    return this.#watch.offenders().map((one) => {
      const isSure = one.offences.some(({ detector }) => detector === 'guess');
      return { ...one, offences: one.offences.filter(({ detector }) => (detector === 'guess') === isSure) };
    });
  }
}
