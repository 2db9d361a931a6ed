import { parsed } from '../events/json.ts';
import { endOfPlain, stretch } from './stretch.ts';

/** A value or its text, or why there is none, and the line that it begins in. */
export type Piece =
  | { text: string; line: number }
  | { value: unknown; line: number }
  | { unreadable: string; line: number };

/** Whether the value in these bytes is worth reading; said before its text is made. */
export type Wanted = (bytes: Buffer, start: number, end: number) => boolean;

const everything: Wanted = () => true;

const levelsMax = 10_000;
const levelsInDoubtMax = 64;

const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openObject = 0x7b;
const closeObject = 0x7d;
const openArray = 0x5b;
const closeArray = 0x5d;

/** What is around the values: a list, the `Records` of an object, or what follows them in that object. */
type Around = 'list' | 'records' | 'rest';

/**
 * Cuts a stream of bytes into JSON values: one a line, pretty-printed, behind one another, in a list or in
 * `{Records: […]}`, in memory bounded by the largest value. What is broken is told once, and reading goes on
 * where the next value can begin, so that one bad line costs one line.
 */
export class Splitter {
  readonly #bytesMax: number;
  readonly #wanted: Wanted;
  #bytes: Buffer = Buffer.alloc(0);
  /** Next byte to look at. */
  #at = 0;
  #line = 1;
  /** Indentation of the current line, and whether only that has been seen of it. */
  #indent = 0;
  #isLineStart = true;
  #around: Around[] = [];
  #pieces: Piece[] = [];
  /** The value being read. */
  #start = -1;
  #startLine = 1;
  #startIndent = 0;
  #isScalar = false;
  #isTooLarge = false;
  #closers: number[] = [];
  #isText = false;
  #isEscaped = false;
  #previous = 0;
  /** A line inside the value at which another value may have begun, should this one turn out to be broken. */
  #doubt: { at: number; line: number } | null = null;
  /** Skipping broken text until a line at this indentation or less. */
  #skipTo: number | null = null;

  constructor(bytesMax: number, wanted: Wanted = everything) {
    this.#bytesMax = bytesMax;
    this.#wanted = wanted;
  }

  push(chunk: Buffer): Piece[] {
    const kept = this.#start >= 0 ? this.#start : this.#at;
    this.#bytes = kept < this.#bytes.length ? Buffer.concat([this.#bytes.subarray(kept), chunk]) : chunk;
    this.#at -= kept;
    if (this.#start >= 0) this.#start -= kept;
    if (this.#doubt) this.#doubt.at -= kept;
    this.#scan();
    return this.#taken();
  }

  end(): Piece[] {
    while (this.#start >= 0) {
      if (this.#isLoose() && !this.#isText) this.#emit(this.#bytes.length);
      else {
        this.#fail('it ends in the middle', this.#bytes.length);
        this.#scan();
      }
    }
    if (this.#around.length > 0)
      this.#pieces.push({ unreadable: 'the list ends in the middle', line: this.#line });
    return this.#taken();
  }

  #taken(): Piece[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  #scan(): void {
    while (this.#at < this.#bytes.length) {
      if (this.#start < 0) this.#passLines();
      else if (!this.#isLineStart && !this.#isScalar && this.#doubt === null) this.#leap();
      if (this.#at >= this.#bytes.length) return;
      const byte = this.#bytes[this.#at] as number;
      if (this.#start >= 0) this.#inside(byte);
      else if (this.#skipTo !== null) this.#skip(byte, this.#skipTo);
      else this.#between(byte);
      if (this.#start >= 0 && this.#at - this.#start > this.#bytesMax) this.#tooLarge();
    }
  }

  /** Over whole lines, without looking at each byte: what nobody wants, and what is one value as it stands. */
  #passLines(): void {
    if (this.#skipTo !== null || this.#around.length > 0) return;
    while (this.#isLineStart && this.#indent === 0 && this.#bytes[this.#at] === openObject) {
      const end = this.#bytes.indexOf(newline, this.#at);
      if (end < 0 || !isWholeLine(this.#bytes, this.#at, end)) return;
      if (this.#wanted(this.#bytes, this.#at, end) && !this.#takeLine(end)) return;
      this.#at = end + 1;
      this.#line++;
    }
  }

  /** False where the line is too large, or more or less than one value. */
  #takeLine(end: number): boolean {
    if (end - this.#at > this.#bytesMax) return false;
    const value = parsed(this.#bytes.toString('utf8', this.#at, end));
    if (value === undefined) return false;
    this.#pieces.push({ value, line: this.#line });
    return true;
  }

  /** Over everything that needs no second look. */
  #leap(): void {
    if (this.#isEscaped || this.#closers.length === 0) return;
    const end = Math.min(this.#bytes.length, this.#start + this.#bytesMax + 1);
    const from = { at: this.#at, isText: this.#isText, previous: this.#previous };
    const { at, isText, previous } = stretch(this.#bytes, from, end, this.#closers, levelsMax);
    this.#at = at;
    this.#isText = isText;
    this.#previous = previous;
  }

  #step(byte: number): void {
    if (byte === newline) {
      this.#line++;
      this.#indent = 0;
      this.#isLineStart = true;
    } else if (this.#isLineStart) {
      if (byte === 0x20 || byte === 0x09) this.#indent++;
      else this.#isLineStart = false;
    }
    this.#at++;
  }

  /** Between values. */
  #between(byte: number): void {
    const around = this.#around.at(-1);
    if (isSpace(byte) || byte === comma) {
      this.#step(byte);
      return;
    }
    if (around !== undefined && around !== 'rest' && byte === closeArray) {
      this.#around.pop();
      if (around === 'records') this.#around.push('rest');
      this.#step(byte);
      return;
    }
    if (around === 'rest' && byte === closeObject) {
      this.#around.pop();
      this.#step(byte);
      return;
    }
    // Behind the records a line that opens an object belongs to the next value: the end of this one is missing.
    if (around === 'rest' && byte === openObject && this.#isLineStart) this.#around.pop();
    if (byte === openArray && this.#around.length < 4 && around !== 'rest') {
      this.#around.push('list');
      this.#step(byte);
      return;
    }
    this.#begin(byte);
  }

  #begin(byte: number): void {
    this.#start = this.#at;
    this.#startLine = this.#line;
    this.#startIndent = this.#indent;
    this.#isScalar = byte !== openObject && byte !== openArray;
    this.#isTooLarge = false;
    this.#closers = [];
    this.#isText = false;
    this.#previous = 0;
    this.#doubt = null;
    this.#inside(byte);
  }

  #inside(byte: number): void {
    if (this.#isText) {
      this.#insideText(byte);
      return;
    }
    if (this.#isLoose() && this.#at > this.#start && this.#endsScalar(byte)) {
      this.#emit(this.#at);
      return;
    }
    if (isSpace(byte)) {
      this.#step(byte);
      return;
    }
    if (byte === openObject || byte === openArray) {
      this.#open(byte);
      return;
    }
    if ((byte === closeObject || byte === closeArray) && !this.#isLoose()) {
      this.#close(byte);
      return;
    }
    this.#isText = byte === quote;
    this.#previous = byte;
    this.#step(byte);
  }

  #insideText(byte: number): void {
    if (byte === newline) {
      this.#fail('a line ends inside a text', this.#at);
      return;
    }
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === backslash) this.#isEscaped = true;
    else if (byte === quote) this.#isText = false;
    this.#at++;
    if (this.#isText && !this.#isEscaped) this.#at = endOfPlain(this.#bytes, this.#at, this.#bytes.length);
  }

  /** Text that is no object: to the end of the line, or in a list to the next comma. */
  #endsScalar(byte: number): boolean {
    if (this.#around.length === 0) return byte === newline;
    return byte === comma || byte === closeArray || byte === closeObject || byte === newline;
  }

  #open(byte: number): void {
    if (this.#isScalar && this.#around.at(-1) !== 'rest') {
      this.#step(byte);
      return;
    }
    const isFirstOnLine = this.#isLineStart && this.#closers.length > 0;
    if (byte === openObject && isFirstOnLine && this.#indent <= this.#startIndent) {
      const mayFollow = this.#previous === colon || this.#previous === comma || this.#previous === openArray;
      if (!mayFollow) {
        this.#fail('it ends in the middle', this.#at);
        return;
      }
      this.#doubt ??= { at: this.#at, line: this.#line };
    }
    if (byte === openArray && this.#isRecordsKey()) {
      this.#around.push('records');
      this.#start = -1;
      this.#step(byte);
      return;
    }
    // Each level is read again at most once for every doubt, so doubts end early.
    const levels = this.#doubt ? levelsInDoubtMax : levelsMax;
    if (this.#closers.length >= levels) {
      this.#fail('nested too deeply', this.#at);
      return;
    }
    this.#closers.push(byte === openObject ? closeObject : closeArray);
    this.#previous = byte;
    this.#step(byte);
  }

  /** Whether the list that opens here is `Records` of an outermost object. */
  #isRecordsKey(): boolean {
    if (this.#closers.length !== 1 || this.#around.length > 0 || this.#previous !== colon) return false;
    const from = Math.max(this.#start, this.#at - 64);
    return /"Records"\s*:\s*$/.test(this.#bytes.toString('latin1', from, this.#at));
  }

  #close(byte: number): void {
    if (this.#closers.pop() !== byte) {
      this.#fail('a bracket that closes nothing', this.#at);
      return;
    }
    this.#previous = byte;
    this.#step(byte);
    if (this.#closers.length === 0 && !this.#isScalar) this.#emit(this.#at);
  }

  /** Inside text that is no object, where brackets mean nothing. */
  #isLoose(): boolean {
    return this.#isScalar && this.#closers.length === 0;
  }

  #emit(end: number): void {
    const start = this.#start;
    const isDiscarded = this.#isTooLarge || this.#around.at(-1) === 'rest';
    this.#start = -1;
    if (isDiscarded || !this.#wanted(this.#bytes, start, end)) return;
    this.#pieces.push({ text: this.#bytes.toString('utf8', start, end), line: this.#startLine });
  }

  /** Told once; the rest of the value is read over without being kept. */
  #tooLarge(): void {
    if (this.#doubt) {
      this.#fail('it ends in the middle', this.#at);
      return;
    }
    if (!this.#isTooLarge && this.#around.at(-1) !== 'rest') {
      this.#pieces.push({ unreadable: `larger than ${this.#bytesMax} bytes`, line: this.#startLine });
    }
    this.#isTooLarge = true;
    this.#start = this.#at;
  }

  /** The value is broken: go on where another may have begun, or at the next line that does not belong to it. */
  #fail(why: string, at: number): void {
    if (!this.#isTooLarge) this.#pieces.push({ unreadable: `not JSON: ${why}`, line: this.#startLine });
    this.#start = -1;
    this.#isText = false;
    this.#isEscaped = false;
    if (this.#doubt) {
      this.#at = this.#doubt.at;
      this.#line = this.#doubt.line;
      this.#indent = this.#startIndent;
      this.#isLineStart = true;
      this.#doubt = null;
      return;
    }
    this.#at = at;
    this.#skipTo = this.#startIndent;
  }

  #skip(byte: number, indent: number): void {
    const isInside = this.#around.length > 0;
    const isValue = byte === openObject || byte === openArray || (isInside && byte === closeArray);
    if (this.#isLineStart && this.#indent <= indent && isValue) this.#skipTo = null;
    // In a list that is all one line, the next element is what opens behind a comma.
    else if (byte === openObject && isInside && this.#previous === comma) this.#skipTo = null;
    else {
      if (!isSpace(byte)) this.#previous = byte;
      this.#step(byte);
    }
  }
}

/** Whether a line looks like one object, and not like a list of many. */
function isWholeLine(bytes: Buffer, start: number, end: number): boolean {
  const last = bytes[end - 1] === 0x0d ? end - 2 : end - 1;
  if (bytes[last] !== closeObject) return false;
  return !/^\{\s*"(Records|Events)"/.test(bytes.toString('latin1', start, Math.min(end, start + 24)));
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
