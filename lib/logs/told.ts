/** What could not be read, counted and with a few samples: never fatal, never silent. */
export class Unreadable {
  #lines = 0;
  #tooLong = 0;
  readonly #samples: string[] = [];
  readonly #files: string[] = [];

  line(text: string): void {
    this.#lines++;
    this.#sample(text);
  }

  tooLong(head: string): void {
    this.#tooLong++;
    this.#sample(head);
  }

  file(path: string, error: string): void {
    this.#files.push(`${path}: ${error}`);
  }

  get any(): boolean {
    return this.#lines + this.#tooLong + this.#files.length > 0;
  }

  get counts(): { lines: number; tooLong: number; files: number } {
    return { lines: this.#lines, tooLong: this.#tooLong, files: this.#files.length };
  }

  /** Sentences for people. */
  told(): string[] {
    const told = this.#files.map((file) => `not read to its end: ${file}`);
    if (this.#lines > 0) told.push(`${this.#lines} lines are in no known format and were left out`);
    if (this.#tooLong > 0) told.push(`${this.#tooLong} lines are too long and were left out`);
    // Quoted, because the text is the attacker's and a terminal obeys it.
    return [...told, ...this.#samples.map((sample) => `  for example ${JSON.stringify(sample)}`)];
  }

  #sample(text: string): void {
    if (this.#samples.length < 3)
      this.#samples.push(Buffer.from(text.slice(0, 120), 'latin1').toString('latin1'));
  }
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, at) => Math.max(widest[at] ?? 0, cell.length)),
    [],
  );
  return rows
    .map((row) =>
      row.map((cell, at) => cell.padEnd(at === row.length - 1 ? 0 : (widths[at] ?? 0))).join('  '),
    )
    .join('\n');
}
