import { ByteTexts } from '../../logs/byte-texts.ts';
import {
  type Bytes,
  isAt,
  literal,
  plainEnd,
  plainPathEnd,
  stringEnd,
  textAt,
} from '../../logs/json-bytes.ts';
import { type Alike, Alikes } from '../alike.ts';
import { AgentHeader, unknown } from './agent-header.ts';
import { KnownSurroundings, type ReadSlowly, type Surroundings } from './surroundings.ts';

const timeKey = literal('{"timestamp":1');
const httpText = ',"httpRequest":{"clientIp":"';
const httpBytes = Buffer.from(httpText);
const httpKey = literal(httpText);
const countryKey = literal('","country":"');
const headersKey = literal('","headers":[');
const uriKey = literal('],"uri":"');
const argsKey = literal('","args":"');
const versionKey = literal('","httpVersion":"');
const methodKey = literal('","httpMethod":"');
const idKey = literal('","requestId":"');
const nextObject = Buffer.from('}{"timestamp":1');
const nextKey = literal('{"timestamp":1');

/** Where the time ends, counted from where the line begins. */
const timeBytes = 26;
/** What stands before and behind a request is not looked for further than this. */
const aroundMost = 4_096;
const [newline, carriageReturn, closing] = [10, 13, 125];

const textsHeld = 8_192;
/** Longer texts are not kept: whoever sends them must not fill the memory. */
const longestHeld = 512;

/** Where something lies in the bytes. */
interface Span {
  from: number;
  to: number;
}

/**
 * Reads WAF lines as AWS writes them where they lie, without building texts or objects: what a request has in common with
 * others is found by its bytes. Each byte is looked at, in its place, so that no text can pass for another. Whatever looks
 * unusual (another order, white space, an escape or a foreign letter where it matters) is left to the slow way.
 *
 * What was read last stands in its fields.
 */
export class AwsWafBytes {
  timeMs = 0;
  readonly sender: Span = { from: 0, to: 0 };
  readonly query: Span = { from: 0, to: 0 };
  alike: Alike | null = null;

  readonly #country: Span = { from: 0, to: 0 };
  readonly #path: Span = { from: 0, to: 0 };
  readonly #method: Span = { from: 0, to: 0 };
  readonly #agent: AgentHeader;
  readonly #around: KnownSurroundings;
  readonly #agents = new ByteTexts(textsHeld);
  readonly #paths = new ByteTexts(textsHeld);
  readonly #methods = new ByteTexts(textsHeld);
  readonly #alikes = new Alikes();

  /** `readsForwarded`: lines with X-Forwarded-For are left to the slow way. */
  constructor(readSlowly: ReadSlowly, readsForwarded: boolean) {
    this.#around = new KnownSurroundings(readSlowly);
    this.#agent = new AgentHeader(readsForwarded);
  }

  /** Reads the line that begins here, and answers where the next one does; -1 where it is left to the slow way. */
  read(bytes: Bytes, from: number): number {
    if (!isAt(bytes, from, timeKey)) return -1;
    this.timeMs = digits13(bytes, from + 13);
    if (Number.isNaN(this.timeMs)) return -1;
    const before = from + timeBytes;
    const beforeEnd = this.#endOfBefore(bytes, before);
    const behind = beforeEnd < 0 ? -1 : this.#readRequest(bytes, beforeEnd + httpKey.length);
    const behindEnd = behind < 0 ? -1 : this.#endOfBehind(bytes, behind);
    if (behindEnd < 0) return -1;
    const around = this.#surroundings(bytes, before, beforeEnd, behind, behindEnd);
    this.alike = around && this.#alikeOf(bytes, around);
    if (this.alike === null) return -1;
    const next = bytes.one[behindEnd] === carriageReturn ? behindEnd + 1 : behindEnd;
    return bytes.one[next] === newline ? next + 1 : next;
  }

  /** Leaves its number in `before.lastNumber`. */
  #endOfBefore(bytes: Bytes, from: number): number {
    const { before } = this.#around;
    // Texts that are known hold no earlier beginning of a request.
    const length = before.lastLengthAt(bytes, from);
    if (length >= 0 && isAt(bytes, from + length, httpKey)) return from + length;
    const at = bytes.one.subarray(from, from + aroundMost).indexOf(httpBytes);
    if (at < 0) return -1;
    return this.#around.numberOf(before, bytes, from, from + at) < 0 ? -1 : from + at;
  }

  /** What stands in every line anew. Answers where the rest begins. */
  #readRequest(bytes: Bytes, from: number): number {
    if (!cut(this.sender, from, plainEnd(bytes, from), countryKey, bytes)) return -1;
    const country = this.sender.to + countryKey.length;
    if (!cut(this.#country, country, plainEnd(bytes, country), headersKey, bytes)) return -1;
    const headersEnd = this.#agent.read(bytes, this.#country.to + headersKey.length);
    if (!isAt(bytes, headersEnd, uriKey)) return -1;
    const path = headersEnd + uriKey.length;
    if (!cut(this.#path, path, plainPathEnd(bytes, path), argsKey, bytes)) return -1;
    const query = this.#path.to + argsKey.length;
    if (!cut(this.query, query, plainEnd(bytes, query), versionKey, bytes)) return -1;
    const versionEnd = plainEnd(bytes, this.query.to + versionKey.length);
    if (!isAt(bytes, versionEnd, methodKey)) return -1;
    this.#method.from = versionEnd + methodKey.length;
    this.#method.to = plainEnd(bytes, this.#method.from);
    const hasId = isAt(bytes, this.#method.to, idKey);
    return hasId ? stringEnd(bytes, this.#method.to + idKey.length) : this.#method.to;
  }

  /** Where the line ends; leaves the number of its last part in `behind.lastNumber`. */
  #endOfBehind(bytes: Bytes, from: number): number {
    const { behind } = this.#around;
    const length = behind.lastLengthAt(bytes, from);
    if (length >= 0 && isEnd(bytes, from + length)) return from + length;
    const end = endOfLine(bytes, from);
    return end < 0 || this.#around.numberOf(behind, bytes, from, end) < 0 ? -1 : end;
  }

  #surroundings(
    bytes: Bytes,
    before: number,
    beforeEnd: number,
    behind: number,
    behindEnd: number,
  ): Surroundings | null {
    const numbers = { before: this.#around.before.lastNumber, behind: this.#around.behind.lastNumber };
    const known = this.#around.of(numbers);
    if (known !== undefined) return known;
    const texts = { before: textAt(bytes, before, beforeEnd), behind: textAt(bytes, behind, behindEnd) };
    return this.#around.learn(numbers, texts);
  }

  #alikeOf(bytes: Bytes, around: Surroundings): Alike | null {
    const hasAgent = this.#agent.from >= 0;
    const numbers = {
      around: around.number,
      agent: hasAgent ? numberOf(this.#agents, bytes, this.#agent) : this.#agent.from,
      path: numberOf(this.#paths, bytes, this.#path),
      method: numberOf(this.#methods, bytes, this.#method),
      country: packed(bytes, this.#country),
    };
    if ((hasAgent && numbers.agent < 0) || numbers.path < 0 || numbers.method < 0 || numbers.country < 0) {
      return null;
    }
    return this.#alikes.find(numbers) ?? this.#alikes.add(numbers, this.#alikeAt(bytes, around));
  }

  #alikeAt(bytes: Bytes, { status, verdict, tls }: Surroundings): Alike {
    const text = ({ from, to }: Span) => textAt(bytes, from, to);
    return {
      method: text(this.#method),
      path: text(this.#path),
      status,
      userAgent: this.#agent.from >= 0 ? text(this.#agent) : this.#agent.from === unknown ? null : '',
      verdict,
      country: text(this.#country),
      tls,
    };
  }
}

/** Notes where something lies if it is followed by what must follow it. */
function cut(span: Span, from: number, to: number, next: ReturnType<typeof literal>, bytes: Bytes): boolean {
  span.from = from;
  span.to = to;
  return isAt(bytes, to, next);
}

function numberOf(texts: ByteTexts, bytes: Bytes, { from, to }: Span): number {
  if (to - from > longestHeld) return -1;
  const known = texts.find(bytes, from, to);
  if (known >= 0) return known;
  if (texts.isFull) texts.clear();
  return texts.add(bytes, from, to);
}

/** Up to two letters as a number. */
function packed({ one }: Bytes, { from, to }: Span): number {
  if (to - from > 2) return -1;
  let number = to - from;
  for (let at = from; at < to; at++) number = number * 256 + (one[at] ?? 0);
  return number;
}

/** The thirteen digits of the time; NaN where they are none. */
function digits13({ one }: Bytes, from: number): number {
  let value = 0;
  for (let at = from; at < from + 13; at++) {
    const digit = (one[at] ?? 0) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Firehose writes objects behind each other. */
function isEnd(bytes: Bytes, at: number): boolean {
  const byte = bytes.one[at];
  if (byte === newline) return true;
  if (byte === carriageReturn) return bytes.one[at + 1] === newline;
  return bytes.one[at - 1] === closing && isAt(bytes, at, nextKey);
}

/** -1 where it lies behind these bytes, or too far away. */
function endOfLine({ one }: Bytes, from: number): number {
  const rest = one.subarray(from, from + aroundMost);
  const end = rest.indexOf(newline);
  const line = end < 0 ? rest : rest.subarray(0, end);
  const next = line.indexOf(nextObject);
  if (next >= 0) return from + next + 1;
  if (end < 0) return -1;
  return from + (line[end - 1] === carriageReturn ? end - 1 : end);
}
