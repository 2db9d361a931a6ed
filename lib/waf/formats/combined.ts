import { clientKey } from '../../logs/address.ts';
import { commonLogMs } from '../../logs/times.ts';
import { type Parsed, splitRequestLine, splitTarget } from '../request.ts';

/**
 * nginx and Apache, common and combined, with or without the virtual host in front and X-Forwarded-For behind.
 *
 * A client writes the user name, the request line, the referrer, the agent and (with the virtual host in front)
 * the host. So the time is where a whole time stands right before a quote, which none of them can hold
 * unescaped, and the address is the word before ` - `.
 */
export function parseCombined(line: string): Parsed {
  const open = timeAt(line);
  if (open < 0) return null;
  const timeMs = commonLogMs(line.slice(open + 1, open + 27));
  const [first = '', second = '', third = ''] = line.slice(0, open).split(' ', 3);
  const isBehindHost = second !== '-' && third === '-' && clientKey(second) !== null;
  const fields = quotedFields(line, open + 29);
  if (Number.isNaN(timeMs) || !fields) return null;
  const { method, target } = splitRequestLine(fields.request);
  const [, agent, forwardedFor = ''] = fields.rest;
  return {
    timeMs,
    sender: isBehindHost ? second : first,
    forwardedFor: forwardedFor === '-' ? '' : forwardedFor,
    method,
    ...splitTarget(target),
    status: fields.status,
    userAgent: agent === undefined ? null : agent === '-' ? '' : agent,
    user: userOf(line.slice(0, open), isBehindHost ? 3 : 2),
    verdict: null,
    country: '',
    tls: '',
  };
}

/** Where `[30/Sep/2021:08:00:55 +0000] "` begins, or -1. */
function timeAt(line: string): number {
  for (let close = line.indexOf('] "'); close >= 0; close = line.indexOf('] "', close + 1)) {
    const open = close - 27;
    if (open > 0 && line[open] === '[' && line[open - 1] === ' ' && line[close - 6] === ' ') return open;
  }
  return -1;
}

function userOf(prefix: string, at: number): string {
  const user = prefix.trimEnd().split(' ').slice(at).join(' ');
  return user === '-' ? '' : user;
}

interface QuotedFields {
  request: string;
  status: number;
  /** The quoted fields behind the size: referrer, agent, X-Forwarded-For. */
  rest: string[];
}

function quotedFields(line: string, from: number): QuotedFields | null {
  const [request, behind] = quoted(line, from) ?? [null, 0];
  if (request === null) return null;
  const status = Number(line.slice(behind + 1, behind + 4));
  if (line[behind] !== ' ' || !(status >= 0 && status <= 999)) return null;
  const rest: string[] = [];
  for (let quote = line.indexOf('"', behind); quote >= 0; ) {
    const field = quoted(line, quote);
    if (!field) break;
    rest.push(field[0]);
    quote = line.indexOf('"', field[1]);
  }
  return { request, status, rest };
}

/** The text between the quote at `from` and its closing one, and where the line goes on. */
export function quoted(line: string, from: number): [string, number] | null {
  if (line[from] !== '"') return null;
  let to = line.indexOf('"', from + 1);
  // Apache writes a quote inside as \", nginx as \x22; a backslash itself is doubled.
  while (to > 0 && isEscaped(line, to)) to = line.indexOf('"', to + 1);
  return to < 0 ? null : [line.slice(from + 1, to), to + 1];
}

function isEscaped(line: string, at: number): boolean {
  let slashes = 0;
  while (line.charCodeAt(at - 1 - slashes) === 92) slashes++;
  return slashes % 2 === 1;
}
