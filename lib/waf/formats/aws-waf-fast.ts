import type { Request, Verdict } from '../request.ts';
import { parseAwsWaf } from './aws-waf.ts';

/**
 * Reads a WAF line as AWS writes it without building the whole object: about ten times faster. It finds fields by
 * the text around them, which holds because a quote inside a JSON string is escaped: `],"uri":"` cannot stand in
 * anything that a client wrote. Whatever looks unusual (another order, white space, an escape) is null, and is read
 * the slow way.
 */
export function parseAwsWafFast(line: string, readsForwarded: boolean): Request | null {
  if (!line.startsWith('{"timestamp":1')) return null;
  const comma = line.indexOf(',', 26);
  if (comma !== 26) return null;
  const timeMs = Number(line.slice(13, 26));
  const http = line.indexOf(',"httpRequest":{"clientIp":"', 26);
  if (http < 0 || !(timeMs > 1e12)) return null;
  const ipEnd = line.indexOf('"', http + 28);
  const country = ipEnd + 13;
  if (!line.startsWith('","country":"', ipEnd)) return null;
  const countryEnd = line.indexOf('"', country);
  if (!line.startsWith('","headers":[', countryEnd)) return null;
  const headers = countryEnd + 12;
  const headersEnd = line.indexOf('],"uri":"', headers);
  if (headersEnd < 0) return null;
  const uri = headersEnd + 9;
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
  const headerText = line.slice(headers, headersEnd);
  // It comes in any spelling and more than once, so whoever believes it reads it the slow way.
  if (readsForwarded && /"x-forwarded-for"/i.test(headerText)) return null;
  const userAgent = agentIn(headerText);
  // An escape, a question mark that belongs to the query, labels, a second object in the line: rare enough for the slow way.
  if (userAgent === null || path.includes('\\') || path.includes('?') || query.includes('\\')) return null;
  const tail = line.slice(methodEnd);
  if (tail.includes('"labels":[{') || tail.includes('}{"')) return null;
  const facts = verdictOf(line.slice(26, http));
  if (!facts) return null;
  return {
    timeMs,
    sender: line.slice(http + 28, ipEnd),
    forwardedFor: '',
    method: line.slice(versionEnd + 16, methodEnd),
    path,
    query,
    status: facts.status,
    userAgent,
    user: '',
    verdict: facts.verdict,
    country: line.slice(country, countryEnd),
    tls: fingerprintAtEnd(line) || valueIn(tail, '"ja4Fingerprint":"') || valueIn(tail, '"ja3Fingerprint":"'),
  };
}

const ja4Length = 36;
const ja4Key = '"ja4Fingerprint":"';

/** Where AWS writes it: last of all, and always as long. */
function fingerprintAtEnd(line: string): string {
  const at = line.length - ja4Length - 2;
  return line.startsWith(ja4Key, at - ja4Key.length) ? line.slice(at, at + ja4Length) : '';
}

function valueIn(text: string, key: string): string {
  const at = text.indexOf(key);
  return at < 0 ? '' : text.slice(at + key.length, text.indexOf('"', at + key.length));
}

const agentNames = ['"User-Agent","value":"', '"user-agent","value":"'] as const;

/** Null where it cannot be told this way: no agent, two of them, an escape. */
function agentIn(headers: string): string | null {
  for (const name of agentNames) {
    const at = headers.indexOf(name);
    if (at < 0) continue;
    const end = headers.indexOf('"', at + name.length);
    const value = headers.slice(at + name.length, end);
    return value.includes('\\') ? null : value;
  }
  return null;
}

interface MiddleFacts {
  verdict: Verdict | null;
  status: number;
}

/** What stands between the time and the request is the same in most lines of a log: its answer is kept. */
const middles = new Map<string, MiddleFacts | null>();
const middlesHeld = 2_000;
let last: { middle: string; facts: MiddleFacts | null } = { middle: '', facts: null };

function verdictOf(middle: string): MiddleFacts | null {
  if (middle === last.middle) return last.facts;
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
