import { type ClientKey, clientKey, v4At, v4Mark } from '../logs/address.ts';
import { type Bytes, textAt } from '../logs/json-bytes.ts';
import type { Alike } from './alike.ts';
import { AwsWafBytes } from './formats/aws-waf-bytes.ts';
import { readOne } from './formats/formats.ts';
import { mayNameUser } from './login.ts';
import { Matchers } from './matchers.ts';
import { isPlainQuery } from './plain-query.ts';
import { activeDetectors, type WafLoop } from './policy.ts';
import type { Request } from './request.ts';

/** Gets a request and what the detectors say of it (see `Matchers`). */
export type OnQuickRequest = (key: ClientKey, timeMs: number, alike: Alike, matching: number) => void;

/**
 * Reads what can be read where it lies and without knowing the lines before: WAF lines as AWS writes them. Every other line,
 * and one about which a detector may remember something, is left to who asks.
 */
export class QuickRequests {
  readonly #matchers: Matchers;
  readonly #line: AwsWafBytes;
  readonly #onRequest: OnQuickRequest;

  constructor(loop: WafLoop, { hasProxies }: { hasProxies: boolean }, onRequest: OnQuickRequest) {
    this.#matchers = new Matchers(activeDetectors(loop));
    this.#line = new AwsWafBytes(readOne, hasProxies);
    this.#onRequest = onRequest;
  }

  /** Answers where the line behind this one begins; -1 where this one was not read. */
  read(bytes: Bytes, from: number): number {
    const line = this.#line;
    const next = line.read(bytes, from);
    if (next < 0 || line.alike === null) return -1;
    const key = keyAt(bytes, line.sender);
    if (key === null) return -1;
    const matching = isPlainQuery(bytes, line.query.from, line.query.to)
      ? this.#matchers.ofAlike(line.alike)
      : this.#asked(bytes, line.alike, key);
    if (matching === null) return -1;
    this.#onRequest(key, line.timeMs, line.alike, matching);
    return next;
  }

  /** Null where the request may name a user. */
  #asked(bytes: Bytes, alike: Alike, key: ClientKey): number | null {
    const { timeMs, query } = this.#line;
    const request = requestOf(alike, timeMs, textAt(bytes, query.from, query.to));
    return mayNameUser(request) ? null : this.#matchers.matching(request, key);
  }
}

function requestOf(alike: Alike, timeMs: number, query: string): Request {
  return { ...alike, timeMs, query, sender: '', forwardedFor: '', user: '', alike };
}

function keyAt(bytes: Bytes, { from, to }: { from: number; to: number }): ClientKey | null {
  const v4 = v4At(bytes.one, from, to);
  return v4 >= 0 ? { hi: v4Mark, lo: v4 } : clientKey(textAt(bytes, from, to));
}
