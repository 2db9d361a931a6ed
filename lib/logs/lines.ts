/**
 * Cuts a stream of bytes into log lines. Half lines wait for the next chunk; a line longer than the limit is
 * skipped to its end and counted, so that memory stays bounded whatever the file.
 *
 * Firehose writes JSON objects behind each other without a newline. `}{"a` cannot stand inside a JSON text
 * (a quote inside a string is escaped, and one that ends a string is not followed by a letter), so that is where
 * such a line is cut.
 *
 * Lines are latin1 strings, one character per byte: cheap to make, and the bytes can be had back (`utf8`).
 */
export interface LineSink {
  line(text: string): void;
  tooLong(head: string): void;
}

export const maxLineBytes = 4 << 20;

export class LineCutter {
  readonly #sink: LineSink;
  readonly #max: number;
  #rest = '';
  #skipping = false;

  constructor(sink: LineSink, maxBytes = maxLineBytes) {
    this.#sink = sink;
    this.#max = maxBytes;
  }

  push(chunk: Buffer): void {
    let text = chunk.toString('latin1');
    let from = 0;
    if (this.#skipping) {
      from = text.indexOf('\n') + 1;
      if (from === 0) return;
      this.#skipping = false;
    }
    if (this.#rest !== '') {
      text = this.#rest + (from > 0 ? text.slice(from) : text);
      this.#rest = '';
      from = 0;
    }
    for (let to = text.indexOf('\n', from); to >= 0; to = text.indexOf('\n', from)) {
      this.#emit(text, from, to);
      from = to + 1;
    }
    this.#keep(text, from);
  }

  end(): void {
    if (this.#rest !== '') this.#emit(this.#rest, 0, this.#rest.length);
    this.#rest = '';
  }

  /** What is left waits; objects that are complete in it do not have to. */
  #keep(text: string, from: number): void {
    let start = from;
    if (text.charCodeAt(start) === 123) {
      for (let cut = boundary(text, start); cut > 0; cut = boundary(text, start)) {
        this.#one(text.slice(start, cut));
        start = cut;
      }
    }
    if (text.length - start <= this.#max) {
      // A slice would keep the whole chunk alive.
      this.#rest = start === text.length ? '' : copied(text.slice(start));
      return;
    }
    this.#sink.tooLong(copied(text.slice(start, start + 200)));
    this.#skipping = true;
  }

  #emit(text: string, from: number, to: number): void {
    const end = text.charCodeAt(to - 1) === 13 && to > from ? to - 1 : to;
    if (end === from) return;
    let start = from;
    if (text.charCodeAt(start) === 123) {
      const line = text.slice(start, end);
      let cut = boundary(line, 0);
      if (cut > 0) {
        let at = 0;
        for (; cut > 0; cut = boundary(line, at)) {
          this.#one(line.slice(at, cut));
          at = cut;
        }
        start += at;
      }
    }
    this.#one(text.slice(start, end));
  }

  #one(line: string): void {
    if (line.length > this.#max) this.#sink.tooLong(copied(line.slice(0, 200)));
    else this.#sink.line(line);
  }
}

/** Where the next object begins behind this one, or -1. */
function boundary(text: string, from: number): number {
  for (let at = text.indexOf('}{"', from); at >= 0; at = text.indexOf('}{"', at + 1)) {
    const next = text.charCodeAt(at + 3);
    // A key's first letter; after a closing quote stands one of , : } ] or white space.
    if ((next >= 97 && next <= 122) || (next >= 65 && next <= 90) || next === 95) return at + 1;
  }
  return -1;
}

function copied(slice: string): string {
  return Buffer.from(slice, 'latin1').toString('latin1');
}

/** The text that the bytes of a latin1 line stand for. */
export function utf8(latin1: string): string {
  for (let at = 0; at < latin1.length; at++) {
    if (latin1.charCodeAt(at) > 127) return Buffer.from(latin1, 'latin1').toString('utf8');
  }
  return latin1;
}
