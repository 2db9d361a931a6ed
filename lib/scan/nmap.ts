import { execFile } from 'node:child_process';
import type { Host } from './hosts.ts';

/** nmap where it is installed; everything here answers null where it is not, or where it fails. */

const maxOutputBytes = 64 * 1024 * 1024;

export async function nmapPorts(
  host: Host,
  ports: readonly number[],
  { perSecond }: { perSecond: number },
): Promise<number[] | null> {
  const rate = host.isGlobal ? ['--max-rate', String(perSecond)] : [];
  const xml = await nmap(host, ports, ['-sT', '--max-retries', '2', ...rate]);
  return xml === null ? null : readOpenPorts(xml).map((one) => one.port);
}

/** The names that version detection finds for ports that told us nothing. */
export async function nmapServices(
  host: Host,
  ports: readonly number[],
): Promise<Map<number, string> | null> {
  const xml = await nmap(host, ports, ['-sT', '-sV', '--version-light', '--host-timeout', '20s']);
  if (xml === null) return null;
  return new Map(
    readOpenPorts(xml).flatMap((one) => (one.service === null ? [] : [[one.port, one.service] as const])),
  );
}

function nmap(host: Host, ports: readonly number[], options: readonly string[]): Promise<string | null> {
  const family = host.family === 6 ? ['-6'] : [];
  const args = ['-n', '-Pn', '-oX', '-', ...family, ...options, '-p', rangesOf(ports), host.address];
  return new Promise((resolve) => {
    const child = execFile('nmap', args, { maxBuffer: maxOutputBytes }, (error, stdout) => {
      resolve(error === null && stdout.includes('</nmaprun>') ? stdout : null);
    });
    child.stdin?.end();
  });
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

/** Its XML is flat and its own; a port it names open, and the service where it was probed and not looked up in a table. */
export function readOpenPorts(xml: string): { port: number; service: string | null }[] {
  return [...xml.matchAll(/<port protocol="tcp" portid="(\d{1,5})">(.*?)<\/port>/gs)].flatMap(
    ([, port, body = '']) => {
      if (!/<state state="open"/.test(body)) return [];
      const service = /<service name="([a-z0-9-]{1,40})"[^>]*method="probed"/i.exec(body)?.[1] ?? null;
      return [{ port: Number(port), service }];
    },
  );
}
