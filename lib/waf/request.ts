import type { Alike } from './alike.ts';

/**
 * One request as the loops see it, whatever log it comes from. Texts are latin1 (one character per byte of the
 * log) and written by whoever sent the request, `sender` excepted.
 */
export interface Request {
  timeMs: number;
  /** The far end of the connection: the only address that cannot be made up. */
  sender: string;
  /** X-Forwarded-For as it came; empty where there was none. */
  forwardedFor: string;
  method: string;
  /** Without the query, as sent: still encoded. */
  path: string;
  query: string;
  /** 0 where the log does not say. */
  status: number;
  /** Empty: none was sent. Null: the log does not say. */
  userAgent: string | null;
  /** Name of the user whose credentials were sent; empty where there was none. */
  user: string;
  /** What a web application firewall already did. */
  verdict: Verdict | null;
  country: string;
  /** JA4, or JA3 where there is no JA4. */
  tls: string;
  /** One object for all requests that differ in nothing but time, client and query; where the reader finds them. */
  alike?: Alike | undefined;
}

export interface Verdict {
  blocked: boolean;
  /** A managed rule group, or somebody's own rule, was what blocked. */
  managed: boolean;
  /** Names of the rules and labels that matched, blocking or counting. */
  rules: readonly string[];
}

/** `ignored`: a line that belongs in such a log and is no request. Null: not readable. */
export type Parsed = Request | 'ignored' | null;

/** Splits `/path?query` (or an absolute URL, as proxies are asked) and tells both apart. */
export function splitTarget(target: string): { path: string; query: string } {
  let path = target;
  if (!path.startsWith('/')) {
    const scheme = path.indexOf('://');
    if (scheme > 0 && scheme < 8) {
      const slash = path.indexOf('/', scheme + 3);
      path = slash < 0 ? '/' : path.slice(slash);
    }
  }
  const mark = path.indexOf('?');
  return mark < 0 ? { path, query: '' } : { path: path.slice(0, mark), query: path.slice(mark + 1) };
}

/** `GET /path?query HTTP/1.1`, also without protocol, also garbage. The path may hold spaces. */
export function splitRequestLine(line: string): { method: string; target: string } {
  const space = line.indexOf(' ');
  if (space <= 0) return { method: '', target: line };
  const last = line.lastIndexOf(' ');
  const hasProtocol = last > space && line.startsWith('HTTP/', last + 1);
  return { method: line.slice(0, space), target: line.slice(space + 1, hasProtocol ? last : line.length) };
}
