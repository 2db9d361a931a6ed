import { Alikes } from '../alike.ts';
import type { Request, Verdict } from '../request.ts';
import { parseAwsWaf } from './aws-waf.ts';

const httpKey = ',"httpRequest":{"clientIp":"';
const uriKey = '],"uri":"';

/**
 * Reads a WAF line as AWS writes it without building the whole object: many times faster. It finds fields by
 * the text around them, which holds because a quote inside a JSON string is escaped: `],"uri":"` cannot stand in
 * anything that a client wrote. Whatever looks unusual (another order, white space, an escape) is null, and is read
 * the slow way.
 */
export function parseAwsWafFast(line: string, readsForwarded: boolean): Request | null {
  if (!line.startsWith('{"timestamp":1') || line.charCodeAt(26) !== 44) return null;
  const timeMs = digits13(line);
  const facts = factsBefore(line);
  if (!facts || !(timeMs > 1e12)) return null;
  const ip = 26 + last.middle.length + httpKey.length;
  const ipEnd = line.indexOf('"', ip);
  const country = ipEnd + 13;
  if (!line.startsWith('","country":"', ipEnd)) return null;
  const countryEnd = line.indexOf('"', country);
  if (!line.startsWith('","headers":[', countryEnd)) return null;
  const headers = countryEnd + 12;
  const headersEnd = line.indexOf(uriKey, headers);
  if (headersEnd < 0) return null;
  const uri = headersEnd + uriKey.length;
  const uriEnd = line.indexOf('"', uri);
  if (!line.startsWith('","args":"', uriEnd)) return null;
  const args = uriEnd + 10;
  const argsEnd = line.indexOf('"', args);
  if (!line.startsWith('","httpVersion":"', argsEnd)) return null;
  const versionEnd = line.indexOf('"', argsEnd + 17);
  if (!line.startsWith('","httpMethod":"', versionEnd)) return null;
  const methodEnd = line.indexOf('"', versionEnd + 16);
  const path = line.slice(uri, uriEnd);
  const query = line.slice(args, argsEnd);
  const method = line.slice(versionEnd + 16, methodEnd);
  const countryCode = line.slice(country, countryEnd);
  const userAgent = agentIn(line, headers, headersEnd, readsForwarded);
  // An escape, a question mark that belongs to the query, labels, a second object in the line: rare enough for the slow way.
  if (userAgent === null || line.indexOf('{', methodEnd) >= 0) return null;
  if (path.includes('?') || path.includes('\\') || query.includes('\\')) return null;
  if (method.includes('\\') || countryCode.includes('\\')) return null;
  const tls = fingerprintAtEnd(line) || fingerprintIn(line.slice(methodEnd));
  const { status, verdict } = facts;
  const own = { method, path, status, userAgent, verdict, country: countryCode, tls };
  const alike = alikes.find(own);
  const common = alike ?? own;
  return {
    timeMs,
    sender: line.slice(ip, ipEnd),
    forwardedFor: '',
    method: common.method,
    path: common.path,
    query,
    status,
    userAgent: common.userAgent,
    user: '',
    verdict,
    country: common.country,
    tls: common.tls,
    alike,
  };
}

const alikes = new Alikes();

/** The thirteen digits of the time; NaN where they are none. */
function digits13(line: string): number {
  let value = 0;
  for (let at = 13; at < 26; at++) {
    const digit = line.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

const ja4Length = 36;
const ja4Key = '"ja4Fingerprint":"';

/** Where AWS writes it: last of all, and always as long. */
function fingerprintAtEnd(line: string): string {
  const at = line.length - ja4Length - 2;
  return line.startsWith(ja4Key, at - ja4Key.length) ? line.slice(at, at + ja4Length) : '';
}

function fingerprintIn(tail: string): string {
  return valueIn(tail, ja4Key) || valueIn(tail, '"ja3Fingerprint":"');
}

function valueIn(text: string, key: string): string {
  const at = text.indexOf(key);
  return at < 0 ? '' : text.slice(at + key.length, text.indexOf('"', at + key.length));
}

/**
 * The one user agent, in any spelling. Null where that is not so simple: none or two, an escape, a header that is
 * believed and may come more than once. `{"` stands in no value: a quote in it is escaped.
 */
function agentIn(line: string, from: number, end: number, readsForwarded: boolean): string | null {
  let agent: string | null = null;
  // One letter is searched for much faster than two.
  for (let at = line.indexOf('{', from); at >= 0 && at < end; at = line.indexOf('{', at + 1)) {
    if (line.charCodeAt(at + 1) !== 34) continue;
    if (!line.startsWith('name":"', at + 2)) return null;
    const first = line.charCodeAt(at + 9) | 32;
    if (first === 120 && readsForwarded && isNamed('x-forwarded-for', line, at + 9)) return null;
    if (first !== 117 || !isNamed('user-agent', line, at + 9)) continue;
    if (agent !== null || !line.startsWith('","value":"', at + 19)) return null;
    agent = line.slice(at + 30, line.indexOf('"', at + 30));
    if (agent.includes('\\')) return null;
  }
  return agent;
}

function isNamed(name: string, headers: string, at: number): boolean {
  const end = at + name.length;
  return headers.charCodeAt(end) === 34 && headers.slice(at, end).toLowerCase() === name;
}

interface MiddleFacts {
  verdict: Verdict | null;
  status: number;
}

/** What stands between the time and the request is the same in most lines of a log: its answer is kept. */
const middles = new Map<string, MiddleFacts | null>();
const middlesHeld = 2_000;
let last: { middle: string; facts: MiddleFacts | null } = { middle: '\n', facts: null };

/** Leaves the middle of this line in `last`. */
function factsBefore(line: string): MiddleFacts | null {
  // Found before, the text holds no earlier beginning of a request. (`startsWith` compares letter by letter.)
  const end = 26 + last.middle.length;
  if (line.slice(26, end) === last.middle && line.startsWith(httpKey, end)) return last.facts;
  const http = line.indexOf(httpKey, 26);
  if (http < 0) return null;
  const middle = line.slice(26, http);
  const known = middles.get(middle);
  const facts = known === undefined ? remembered(middle) : known;
  last = { middle: copied(middle), facts };
  return facts;
}

function remembered(middle: string): MiddleFacts | null {
  const facts = slowly(middle);
  if (middles.size >= middlesHeld) middles.clear();
  middles.set(copied(middle), facts);
  return facts;
}

/** A slice would keep its whole chunk of the log alive. */
function copied(slice: string): string {
  return Buffer.from(slice, 'latin1').toString('latin1');
}

function slowly(middle: string): MiddleFacts | null {
  try {
    const record = JSON.parse(`{"timestamp":1764000000000${middle},"httpRequest":{"clientIp":"0.0.0.0"}}`);
    const parsed = parseAwsWaf(record);
    if (parsed === null || parsed === 'ignored') return null;
    return { verdict: parsed.verdict, status: parsed.status };
  } catch {
    // Not JSON by itself: the slow way says what the whole line is.
    return null;
  }
}
