import { messageOf } from '../errors.ts';

const freshMs = 5 * 60_000;

/**
 * The account's own addresses, read again every few minutes. When the cloud does not say, the last answer holds;
 * without one, that is told and only the policy's own lists spare anybody.
 */
export class OwnAddresses {
  readonly #read: () => Promise<string[]>;
  readonly #now: () => Date;
  readonly #err: (line: string) => void;
  #known: string[] | null = null;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(read: () => Promise<string[]>, now: () => Date, err: (line: string) => void) {
    this.#read = read;
    this.#now = now;
    this.#err = err;
  }

  async get(): Promise<string[]> {
    const nowMs = this.#now().getTime();
    if (nowMs < this.#readMs + freshMs) return this.#known ?? [];
    this.#readMs = nowMs;
    try {
      this.#known = await this.#read();
    } catch (thrown) {
      const kept = this.#known ? 'those known so far are spared' : 'only networks.trusted is spared';
      this.#err(`the account's own addresses could not be read, ${kept}: ${messageOf(thrown)}`);
    }
    return this.#known ?? [];
  }
}
