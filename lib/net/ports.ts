import * as z from 'zod';
import { TerminalError } from '../errors.ts';
import { allPorts, joinTraffic, type PortRange, protocolOf, type Traffic } from './traffic.ts';

/** Traffic as people write it in the policy file: `tcp/80`, `tcp/8000-8100`, `udp`, `icmp`, `50`. */

const protocols: { [name: string]: string } = {
  tcp: 'tcp',
  udp: 'udp',
  icmp: 'icmp',
  icmpv6: 'icmpv6',
  gre: '47',
  esp: '50',
  ah: '51',
  sctp: '132',
};
const withPorts = ['tcp', 'udp', '132'];

/** Throws TerminalError with what is wrong and how it is written. `icmp` covers ICMPv6. */
export function parseTraffic(text: string): Traffic {
  const [name = '', portText, ...rest] = text.trim().toLowerCase().split('/');
  const protocol = parseProtocol(name, text);
  if (rest.length > 0)
    throw new TerminalError(`${JSON.stringify(text)}: write tcp/80, tcp/8000-8100 or icmp`);
  const ports = portText === undefined ? allPorts : parsePorts(portText, protocol, text);
  const named = new Map([[protocol, [ports]]]);
  if (protocol === 'icmp') named.set('icmpv6', [ports]);
  return { named, others: false };
}

function parseProtocol(name: string, text: string): string {
  const known = Object.hasOwn(protocols, name) ? protocols[name] : undefined;
  if (known !== undefined) return known;
  if (/^(0|[1-9]\d{0,2})$/.test(name) && Number(name) <= 255) return protocolOf(name);
  throw new TerminalError(
    `${JSON.stringify(text)}: ${JSON.stringify(name)} is no protocol (tcp, udp, icmp or a number up to 255)`,
  );
}

function parsePorts(portText: string, protocol: string, text: string): PortRange {
  if (!withPorts.includes(protocol))
    throw new TerminalError(`${JSON.stringify(text)}: this protocol has no ports`);
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(portText);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || first > 65535 || last > 65535) {
    throw new TerminalError(`${JSON.stringify(text)}: a port is a number up to 65535, a range is 8000-8100`);
  }
  if (first > last) throw new TerminalError(`${JSON.stringify(text)}: the range ends before it starts`);
  return [first, last];
}

export function parseTrafficList(texts: readonly string[]): Traffic {
  return joinTraffic(texts.map(parseTraffic));
}

/** A list of such entries in the policy file; the error says which entry and why. */
export const TrafficList = z.array(
  z.string().check((context) => {
    try {
      parseTraffic(context.value);
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      context.issues.push({ code: 'custom', message: error.message, input: context.value });
    }
  }),
);
