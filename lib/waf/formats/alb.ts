import { isoMs } from '../../logs/times.ts';
import { type Parsed, splitRequestLine, splitTarget } from '../request.ts';
import { quoted } from './combined.ts';

export function isAlb(line: string): boolean {
  return /^(https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT/.test(line);
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html */
export function parseAlb(line: string): Parsed {
  const quote = line.indexOf('"');
  const words = line.slice(0, quote).trimEnd().split(' ');
  const [, time = '', , client = '', , , , , status = ''] = words;
  const request = quoted(line, quote);
  if (!request || words.length !== 12) return null;
  const agent = quoted(line, request[1] + 1);
  const timeMs = isoMs(time);
  if (Number.isNaN(timeMs)) return null;
  const { method, target } = splitRequestLine(request[0]);
  return {
    timeMs,
    sender: withoutPort(client),
    forwardedFor: '',
    method: method === '-' ? '' : method,
    ...splitTarget(target.trimEnd() === '-' ? '' : target),
    status: /^\d{3}$/.test(status) ? Number(status) : 0,
    userAgent: agent === null ? null : agent[0] === '-' ? '' : agent[0],
    user: '',
    verdict: null,
    country: '',
    tls: '',
  };
}

/** `192.0.2.1:443`, `[2001:db8::1]:443` and `2001:db8::1:443` all end in a port. */
function withoutPort(client: string): string {
  const colon = client.lastIndexOf(':');
  return colon < 0 ? client : client.slice(0, colon);
}
