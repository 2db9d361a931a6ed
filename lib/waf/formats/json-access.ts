import { commonLogMs, epochMs, isoMs } from '../../logs/times.ts';
import { type Parsed, splitRequestLine, splitTarget } from '../request.ts';

type Json = { [key: string]: unknown };

/** Names that nginx, Apache, Caddy, Traefik, HAProxy and log shippers use for the same thing, the surest first. */
const names = {
  sender:
    'remote_addr remote_ip remoteAddr remoteIp remoteIP client_ip clientip clientIp ClientAddr ClientHost source_ip client ip c-ip',
  time: 'time_iso8601 timestamp @timestamp time_local time ts msec StartUTC date datetime',
  request: 'request request_line requestLine',
  method: 'request_method method verb requestMethod RequestMethod',
  target: 'request_uri uri url path requestUrl RequestPath request_path',
  query: 'query_string args query',
  status: 'status status_code response_status statusCode response_code DownstreamStatus response code',
  agent: 'http_user_agent user_agent userAgent useragent agent request_User-Agent',
  forwardedFor: 'http_x_forwarded_for x_forwarded_for xff forwarded_for request_X-Forwarded-For',
  user: 'remote_user user_id auth user ClientUsername',
  country: 'country geoip_country_code',
  tls: 'ja4 ja3 ssl_ja4 ssl_ja3',
} as const;

const lists: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(names).map(([key, list]) => [key, list.split(' ')]),
);

/** A JSON access log of a web server: flat, or with the request (and its headers) in an object of its own. */
export function parseJsonAccess(record: Json): Parsed {
  const inner = asObject(record.request) ?? asObject(record.httpRequest);
  const headers = asObject(inner?.headers) ?? asObject(record.headers);
  const find = (name: keyof typeof names) => first(record, name) ?? (inner ? first(inner, name) : undefined);
  const sender = textOf(find('sender'));
  const timeMs = timeOf(find('time'));
  const requestLine = splitRequestLine(textOf(find('request')));
  const target = textOf(find('target')) || requestLine.target;
  if (sender === '' || Number.isNaN(timeMs) || target === '') return null;
  const agent = find('agent') ?? header(headers, 'user-agent');
  const { path, query } = splitTarget(target);
  return {
    timeMs,
    sender: sender.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1').replace(/^\[(.+)\]:\d+$/, '$1'),
    forwardedFor: textOf(find('forwardedFor') ?? header(headers, 'x-forwarded-for')),
    method: textOf(find('method')) || requestLine.method,
    path,
    query: query || textOf(find('query')),
    status: Number(find('status')) || 0,
    userAgent: agent === undefined && !headers ? null : textOf(agent),
    user: textOf(find('user')),
    verdict: null,
    country: textOf(find('country')),
    tls: textOf(find('tls')),
  };
}

function first(record: Json, name: string): unknown {
  for (const key of lists.get(name) ?? []) {
    const value = record[key];
    if (value !== undefined && value !== null && typeof value !== 'object') return value;
  }
  return undefined;
}

function header(headers: Json | null, name: string): string | undefined {
  const entry = Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name);
  return entry ? (Array.isArray(entry[1]) ? entry[1].join(', ') : textOf(entry[1])) : undefined;
}

function timeOf(value: unknown): number {
  if (typeof value === 'number') return epochMs(value);
  if (typeof value !== 'string') return Number.NaN;
  if (/^\d+(\.\d+)?$/.test(value)) return epochMs(value);
  const iso = isoMs(value);
  return Number.isNaN(iso) ? commonLogMs(value.replace(/^\[|\]$/g, '')) : iso;
}

/** A text as servers write it: `-` is nothing. */
function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '-' ? value : '';
}

function asObject(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}
