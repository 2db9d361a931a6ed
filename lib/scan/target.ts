import { TerminalError } from '../errors.ts';
import { families, parseCidr, sizeOf, toCidrs } from '../net/addresses.ts';

/** What a person lists: an address, a block, or a name; with a port, only that one is looked at. */
export type Target =
  | { type: 'address'; text: string; address: string; port: number | null }
  | { type: 'block'; text: string; cidr: string; port: null }
  | { type: 'name'; text: string; name: string; port: number | null };

/** More addresses than this in one block are no target but a mistake. */
const maxBlockAddresses = 4096n;

const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/i;

/** `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]:443`, `192.0.2.0/28`, `www.example.org`, a URL. Throws TerminalError. */
export function parseTarget(text: string): Target {
  const { host, port } = split(text.trim());
  if (host.includes('/')) return parseBlock(host, port, text);
  const address = addressOf(host);
  if (address !== null) return { type: 'address', text, address, port };
  const name = host.toLowerCase().replace(/\.$/, '');
  const isName = name.length <= 253 && name.split('.').every((part) => label.test(part));
  // 10.1, 0x7f.1 and the like are addresses to some resolvers.
  if (!isName || /^[0-9.]+$|^0x/.test(name)) {
    throw new TerminalError(`${JSON.stringify(text.slice(0, 80))} is no address, CIDR block or name to scan`);
  }
  return { type: 'name', text, name, port };
}

function split(text: string): { host: string; port: number | null } {
  const url = /^(https?):\/\/([^/?#]+)/i.exec(text);
  if (url !== null) {
    const { host, port } = split((url[2] ?? '').replace(/^[^@]*@/, ''));
    return { host, port: port ?? (url[1]?.toLowerCase() === 'https' ? 443 : 80) };
  }
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  if (bracketed !== null) return { host: bracketed[1] ?? '', port: portOf(bracketed[2], text) };
  const parts = /^([^:]*):(\d+)$/.exec(text);
  if (parts !== null) return { host: parts[1] ?? '', port: portOf(parts[2], text) };
  return { host: text, port: null };
}

function portOf(digits: string | undefined, text: string): number | null {
  if (digits === undefined) return null;
  const port = Number(digits);
  if (port >= 1 && port <= 65535) return port;
  throw new TerminalError(`${JSON.stringify(text)}: a port is a number from 1 to 65535`);
}

function parseBlock(host: string, port: number | null, text: string): Target {
  const { family, range } = parseCidr(host);
  const size = range[1] - range[0] + 1n;
  if (size > maxBlockAddresses) {
    throw new TerminalError(
      `${JSON.stringify(text)} has ${size} addresses; at most ${maxBlockAddresses} in one block`,
    );
  }
  if (port !== null)
    throw new TerminalError(`${JSON.stringify(text)}: a block has no port; name the ports with --ports`);
  const [cidr = host] = toCidrs({ v4: [], v6: [], [family]: [range] });
  return { type: 'block', text, cidr, port: null };
}

/** The usual spelling of one address, or null for anything else. */
export function addressOf(host: string): string | null {
  if (host.includes('/')) return null;
  try {
    const { family, range } = parseCidr(host);
    const [cidr = ''] = toCidrs({ v4: [], v6: [], [family]: [range] });
    return cidr.split('/')[0] ?? null;
  } catch (error) {
    if (error instanceof TerminalError) return null;
    throw error;
  }
}

/** Every address of a block, one by one. */
export function addressesOf(cidr: string): string[] {
  const { family, range } = parseCidr(cidr);
  const addresses: string[] = [];
  for (let at = range[0]; at <= range[1]; at += 1n) {
    const [one = ''] = toCidrs({ v4: [], v6: [], [family]: [[at, at]] });
    addresses.push(one.split('/')[0] ?? '');
  }
  return families.includes(family) && sizeOf([range]) > 0n ? addresses : [];
}
