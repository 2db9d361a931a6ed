/** One request in four is looked at, and counts for four. */
export const sampleOf = 4;

/** A fixed sequence, so that the same log gives the same answer; not every fourth line, which may be a pattern. */
export class Sample {
  #sequence = 1;

  isNext(): boolean {
    this.#sequence = (Math.imul(this.#sequence, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#sequence >>> 30 === 0;
  }
}
