import { type Bytes, isAt, literal, plainEnd, stringEnd } from '../../logs/json-bytes.ts';

const nameKey = literal('{"name":"');
const valueKey = literal('","value":"');
const agentName = Buffer.from('user-agent');
const forwardedName = Buffer.from('x-forwarded-for');
const [comma, closing, bracket] = [44, 125, 93];

/** Finds the user agent among the headers of a WAF line, byte for byte. */
export class AgentHeader {
  /** Where the user agent lies; `from` is `empty` where none was sent, and `unknown` where the log holds no headers. */
  from = 0;
  to = 0;
  readonly #readsForwarded: boolean;

  constructor(readsForwarded: boolean) {
    this.#readsForwarded = readsForwarded;
  }

  /**
   * Answers where the headers end that begin here; -1 where they are not as AWS writes them, or not so simple: a name with
   * an escape, two user agents, a header that is believed and may come more than once.
   */
  read(bytes: Bytes, first: number): number {
    this.from = unknown;
    this.to = unknown;
    if (bytes.one[first] === bracket) return first;
    this.from = empty;
    this.to = empty;
    for (let at = first; ; at++) {
      const end = this.#one(bytes, at);
      if (end < 0 || bytes.one[end + 1] !== closing) return -1;
      at = end + 2;
      if (bytes.one[at] === bracket) return at;
      if (bytes.one[at] !== comma) return -1;
    }
  }

  /** Where the value of a header ends. */
  #one(bytes: Bytes, at: number): number {
    if (!isAt(bytes, at, nameKey)) return -1;
    const name = at + nameKey.length;
    const nameEnd = plainEnd(bytes, name);
    if (!isAt(bytes, nameEnd, valueKey)) return -1;
    const value = nameEnd + valueKey.length;
    if (isNamed(agentName, bytes, name, nameEnd)) return this.#agent(bytes, value);
    if (this.#readsForwarded && isNamed(forwardedName, bytes, name, nameEnd)) return -1;
    return stringEnd(bytes, value);
  }

  #agent(bytes: Bytes, from: number): number {
    if (this.from !== empty) return -1;
    this.from = from;
    this.to = plainEnd(bytes, from);
    return this.to;
  }
}

export const unknown = -1;
export const empty = -2;

/** In any spelling of its letters. */
function isNamed(name: Buffer, { one }: Bytes, from: number, to: number): boolean {
  if (to - from !== name.length) return false;
  for (let at = 0; at < name.length; at++) if (((one[from + at] ?? 0) | 32) !== name[at]) return false;
  return true;
}
