/**
 * Cuts a stream of bytes into log lines. Half lines wait for the next chunk; a line longer than the limit is
 * skipped to its end and counted, so that memory stays bounded whatever the file.
 *
 * Firehose writes JSON objects behind each other without a newline; a line that grows long is cut between them.
 *
 * Lines are latin1 strings, one character per byte: cheap to make, and the bytes can be had back (`utf8`).
 */
export interface LineSink {
  line(text: string): void;
  tooLong(head: string): void;
}

export const maxLineBytes = 4 << 20;
const cutFromBytes = 1 << 16;
const pieceBytes = 1 << 16;

export class LineCutter {
  readonly #sink: LineSink;
  readonly #max: number;
  #rest = '';
  #skipping = false;

  constructor(sink: LineSink, maxBytes = maxLineBytes) {
    this.#sink = sink;
    this.#max = maxBytes;
  }

  /** Large chunks are read as pieces: text that dies young must be small enough to be young. */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += pieceBytes) this.#piece(chunk.subarray(at, at + pieceBytes));
  }

  #piece(chunk: Buffer): void {
    const text = chunk.toString('latin1');
    let from = 0;
    if (this.#skipping || this.#rest !== '') {
      const end = text.indexOf('\n');
      if (end < 0) {
        if (!this.#skipping) this.#keep(this.#rest + text);
        return;
      }
      if (!this.#skipping) this.#emit(this.#rest + text.slice(0, end));
      this.#skipping = false;
      this.#rest = '';
      from = end + 1;
    }
    for (let to = text.indexOf('\n', from); to >= 0; to = text.indexOf('\n', from)) {
      this.#emit(text.slice(from, to));
      from = to + 1;
    }
    if (from < text.length) this.#keep(text.slice(from));
  }

  /** Bytes of a line whose end has not come yet. */
  get waiting(): number {
    return this.#rest.length;
  }

  end(): void {
    if (this.#rest !== '') this.#emit(this.#rest);
    this.#rest = '';
  }

  /** A line without its end waits; objects that are complete in it do not have to. */
  #keep(line: string): void {
    let rest = line;
    if (line.length > cutFromBytes && line.charCodeAt(0) === 123) {
      const objects = objectsIn(line);
      rest = objects.pop() ?? '';
      for (const object of objects) this.#emit(object);
    }
    this.#skipping = rest.length > this.#max;
    if (this.#skipping) this.#sink.tooLong(copied(rest.slice(0, 200)));
    // A slice would keep the whole chunk alive.
    this.#rest = this.#skipping ? '' : copied(rest);
  }

  #emit(ended: string): void {
    const line = ended.charCodeAt(ended.length - 1) === 13 ? ended.slice(0, -1) : ended;
    if (line === '') return;
    if (line.length > this.#max) this.#sink.tooLong(copied(line.slice(0, 200)));
    else this.#sink.line(line);
  }
}

/**
 * Pieces of a line that holds several JSON objects. `}{"a` cannot stand inside a JSON text: a quote inside a string
 * is escaped, and one that ends a string is not followed by a letter.
 */
export function objectsIn(line: string): string[] {
  const objects: string[] = [];
  let start = 0;
  for (let cut = boundary(line, start); cut > 0; cut = boundary(line, start)) {
    objects.push(line.slice(start, cut));
    start = cut;
  }
  objects.push(line.slice(start));
  return objects;
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
