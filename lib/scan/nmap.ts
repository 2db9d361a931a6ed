import { execFile } from 'node:child_process';
import type { Host } from './hosts.ts';

/** nmap where it is installed; everything here answers null where it is not, or where it fails. */

const maxOutputBytes = 64 * 1024 * 1024;

/** The open ports of each host, in the order of the hosts. The hosts are of one family. */
export async function nmapPorts(
  hosts: readonly Host[],
  ports: readonly number[],
  { perSecond }: { perSecond: number },
): Promise<number[][] | null> {
  const rate = hosts.some((host) => host.isGlobal) ? ['--max-rate', String(perSecond)] : [];
  const found = await nmap(hosts, ports, ['-sT', '--max-retries', '2', ...rate]);
  if (found === null) return null;
  return hosts.map(({ address }) => (found.get(address) ?? []).map((one) => one.port));
}

/** The names that version detection finds for ports that told us nothing. */
export async function nmapServices(
  host: Host,
  ports: readonly number[],
): Promise<Map<number, string> | null> {
  const options = ['-sT', '-sV', '--version-light', '--host-timeout', '20s'];
  const found = await nmap([host], ports, options);
  if (found === null) return null;
  return new Map(
    [...found.values()]
      .flat()
      .flatMap((one) => (one.service === null ? [] : [[one.port, one.service] as const])),
  );
}

async function nmap(
  hosts: readonly Host[],
  ports: readonly number[],
  options: readonly string[],
): Promise<Map<string, NamedPort[]> | null> {
  const addresses = [...new Set(hosts.map((host) => host.address))];
  const family = hosts.some((host) => host.family === 6) ? ['-6'] : [];
  const args = ['-n', '-Pn', '-oX', '-', ...family, ...options, '-p', rangesOf(ports), ...addresses];
  const xml = await new Promise<string | null>((resolve) => {
    const child = execFile('nmap', args, { maxBuffer: maxOutputBytes }, (error, stdout) => {
      resolve(error === null && stdout.includes('</nmaprun>') ? stdout : null);
    });
    child.stdin?.end();
  });
  const found = xml === null ? null : readOpenPorts(xml);
  // One that is missing in the answer was not looked at.
  return found !== null && addresses.every((address) => found.has(address)) ? found : null;
}

/** `1-1024,8080` */
export function rangesOf(ports: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const port of ports.toSorted((a, b) => a - b)) {
    const before = ranges.at(-1);
    if (before && port <= before[1] + 1) before[1] = port;
    else ranges.push([port, port]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

export interface NamedPort {
  port: number;
  service: string | null;
}

/**
 * By address. Its XML is flat and its own; a port it names open, and the service where it was probed and not looked up
 * in a table.
 */
export function readOpenPorts(xml: string): Map<string, NamedPort[]> {
  const hosts = xml.matchAll(/<host\b.*?<address addr="([0-9a-f.:]+)" addrtype="ipv[46]"(.*?)<\/host>/gs);
  return new Map([...hosts].map(([, address = '', body = '']) => [address, portsIn(body)]));
}

function portsIn(xml: string): NamedPort[] {
  return [...xml.matchAll(/<port protocol="tcp" portid="(\d{1,5})">(.*?)<\/port>/gs)].flatMap(
    ([, port, body = '']) => {
      if (!/<state state="open"/.test(body)) return [];
      const service = /<service name="([a-z0-9-]{1,40})"[^>]*method="probed"/i.exec(body)?.[1] ?? null;
      return [{ port: Number(port), service }];
    },
  );
}
