import { isoMs } from '../../logs/times.ts';
import { type Parsed, splitTarget } from '../request.ts';

/** Order of the fields where no `#Fields` line came first: the first ones never changed. */
export const standardFields: readonly string[] =
  'date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for'.split(
    ' ',
  );

export function isCloudFront(line: string): boolean {
  return /^\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d\t/.test(line);
}

/** The field names of a `#Fields:` line, or null. */
export function cloudFrontFields(line: string): string[] | null {
  return line.startsWith('#Fields:') ? line.slice(8).trim().split(/\s+/) : null;
}

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html */
export function parseCloudFront(line: string, fields: readonly string[]): Parsed {
  const values = line.split('\t');
  return requestOf((name) => {
    const value = values[fields.indexOf(name)];
    return value === undefined ? undefined : value === '-' ? '' : value;
  });
}

/** Standard logging v2 as JSON: the same names as keys. */
export function parseCloudFrontJson(record: { [key: string]: unknown }): Parsed {
  return requestOf((name) => {
    const value = record[name];
    if (value === undefined || value === null) return undefined;
    return value === '-' ? '' : String(value);
  });
}

function requestOf(field: (name: string) => string | undefined): Parsed {
  const millis = field('timestamp(ms)');
  const timeMs = millis ? Number(millis) : isoMs(`${field('date')}T${field('time')}Z`);
  const sender = field('c-ip');
  if (Number.isNaN(timeMs) || !sender) return null;
  const { path, query } = splitTarget(field('cs-uri-stem') ?? '');
  const agent = field('cs(User-Agent)');
  return {
    timeMs,
    sender,
    forwardedFor: field('x-forwarded-for') ?? '',
    method: field('cs-method') ?? '',
    path,
    query: field('cs-uri-query') || query,
    status: Number(field('sc-status')) || 0,
    // CloudFront writes a space as %20, and what was encoded already as %25….
    userAgent: agent === undefined ? null : unescaped(agent),
    user: '',
    verdict: null,
    country: field('c-country') ?? '',
    tls: '',
  };
}

function unescaped(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
