/** So many calls a minute and key; the memory of it is bounded, and of this process. */
export class RateLimit {
  readonly #perMinute: number;
  readonly #counts = new Map<string, { minute: number; count: number }>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** False when the key has had its calls of this minute. */
  take(key: string, nowMs: number): boolean {
    const minute = Math.floor(nowMs / 60_000);
    const known = this.#counts.get(key);
    const count = known?.minute === minute ? known.count + 1 : 1;
    this.#counts.delete(key);
    this.#counts.set(key, { minute, count });
    if (this.#counts.size > keysMax) this.#counts.delete(this.#counts.keys().next().value ?? key);
    return count <= this.#perMinute;
  }
}

const keysMax = 5000;
