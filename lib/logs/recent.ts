/**
 * The most recently used entries, in two generations: when the young one is full it becomes the old one, and who was
 * not asked for since is dropped. Taking the oldest out of a single Map one by one is quadratic.
 */
export class Recent<Value> {
  readonly #held: number;
  readonly #onDrop: (value: Value) => void;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  /** Holds at least `held` entries and at most twice as many. */
  constructor(held: number, onDrop: (value: Value) => void = () => {}) {
    this.#held = held;
    this.#onDrop = onDrop;
  }

  get(key: string): Value | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const old = this.#old.get(key);
    if (old !== undefined) {
      this.#old.delete(key);
      this.set(key, old);
    }
    return old;
  }

  set(key: string, value: Value): void {
    this.#old.delete(key);
    this.#young.set(key, value);
    if (this.#young.size < this.#held) return;
    for (const dropped of this.#old.values()) this.#onDrop(dropped);
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  *[Symbol.iterator](): IterableIterator<[string, Value]> {
    yield* this.#old;
    yield* this.#young;
  }
}
