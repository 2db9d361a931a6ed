import { accountOfKey } from './key-id.ts';
import { type PrivateKeyFacts, readPrivateKey } from './private-key.ts';

/** One credential in a text: its id or fingerprint, never its secret. */
export type Leaked =
  | { what: 'aws-access-key' | 'aws-session-key'; id: string; account: string | null; line: number }
  | { what: 'exoscale-key'; id: string; account: null; line: number }
  | { what: 'private-key'; id: string; account: null; line: number; key: PrivateKeyFacts };

const sign =
  /(?<![A-Za-z0-9/+])((?:AKIA|ASIA)[A-Z0-9]{16}|EXO[0-9a-f]{24})(?![A-Za-z0-9/+])|-----BEGIN ((?:RSA |EC |DSA |OPENSSH |ENCRYPTED )?PRIVATE KEY)-----/g;
const longestBlock = 128 * 1024;
/** Longer than any sign: one that is cut in two stands in the next piece as a whole. */
const overlap = 64;

/**
 * Finds credentials in text that comes in pieces, in one pass and with bounded memory. Answers each as soon as it is whole;
 * the same one again, too.
 */
export class Recogniser {
  #rest = '';
  /** The line that `#rest` begins in. */
  #line = 1;
  /** How far `#rest` was looked at; what lies before is kept only for the look behind. */
  #at = 0;

  push(text: string): Leaked[] {
    this.#rest += text;
    return this.#take(this.#rest.length - overlap);
  }

  end(): Leaked[] {
    return this.#take(this.#rest.length);
  }

  /** What begins before `until`. */
  #take(until: number): Leaked[] {
    const found: Leaked[] = [];
    const isEnd = until === this.#rest.length;
    const unclosed = new Set<string>();
    let [line, counted] = [this.#line, 0];
    const lineAt = (at: number) => {
      line += breaksIn(this.#rest, counted, at);
      counted = at;
      return line;
    };
    sign.lastIndex = this.#at;
    let next = Math.max(this.#at, until);
    for (let match = sign.exec(this.#rest); match !== null; match = sign.exec(this.#rest)) {
      const [whole, id, label] = match;
      if (match.index >= until) break;
      if (id !== undefined) found.push(named(id, lineAt(match.index)));
      if (label === undefined) continue;
      const from = match.index + whole.length;
      const to = unclosed.has(label) ? -1 : this.#rest.indexOf(`-----END ${label}-----`, from);
      if (to >= 0) {
        const key = readPrivateKey(label, this.#rest.slice(from, to));
        if (key !== null) {
          found.push(keyFound(key, lineAt(match.index)));
          sign.lastIndex = to;
          next = Math.max(next, to);
        }
      } else if (!isEnd && this.#rest.length - from < longestBlock) {
        // Its end is still to come.
        next = match.index;
        break;
      } else unclosed.add(label);
    }
    this.#forget(next, lineAt);
    return found;
  }

  /** Keeps one character before `at`, which says whether a word begins there. */
  #forget(at: number, lineAt: (at: number) => number): void {
    const from = Math.max(0, at - 1);
    this.#line = lineAt(from);
    this.#rest = this.#rest.slice(from);
    this.#at = at - from;
  }
}

function keyFound(key: PrivateKeyFacts, line: number): Leaked {
  return { what: 'private-key', id: key.sha256 ?? `encrypted, line ${line}`, account: null, line, key };
}

function named(id: string, line: number): Leaked {
  if (id.startsWith('EXO')) return { what: 'exoscale-key', id, account: null, line };
  const what = id.startsWith('ASIA') ? 'aws-session-key' : 'aws-access-key';
  return { what, id, account: accountOfKey(id), line };
}

function breaksIn(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** The same for a text that is at hand. */
export function recognise(text: string): Leaked[] {
  const recogniser = new Recogniser();
  return [...recogniser.push(text), ...recogniser.end()];
}
