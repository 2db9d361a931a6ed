import { expect, test } from 'vitest';
import { wellKept } from '../../lib/controls/endpoint-example.ts';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import type { Host } from '../../lib/scan/hosts.ts';
import { bannerOf } from '../../lib/scan/identify.ts';
import type { ScanLine } from '../../lib/scan/line.ts';
import { memoryIn, nameOfPlan } from '../../lib/scan/memory.ts';
import { rangesOf, readOpenPorts } from '../../lib/scan/nmap.ts';
import { groupsOf, openPorts, type TriedPorts } from '../../lib/scan/open-ports.ts';

const plan = {
  hosts: ['192.0.2.10', '192.0.2.11'].map((address) => ({
    address,
    family: 4 as const,
    name: null,
    ports: null,
    isGlobal: false,
  })),
  ports: [443],
  engine: 'connect' as const,
  perSecond: 10,
  connectMs: 1,
  timeoutMs: 1,
  rulesOf: async () => [],
};
const line: ScanLine = {
  target: '192.0.2.10',
  port: 80,
  service: 'http',
  control: 'unexpected-port',
  severity: 'medium',
  why: 'open',
};

const now = new Date('2026-11-24T12:00:00Z');

test('a scan that was broken off goes on where it stopped, and only when asked to', async () => {
  const history = SqliteHistory.open(':memory:');
  let ids = 0;
  const memory = (resume: boolean, over = plan) =>
    memoryIn(history, nameOfPlan(over), { resume, newId: () => `round-${++ids}`, now });
  const state = { ...wellKept, name: null };
  const [done, waiting] = plan.hosts as [Host, Host];
  const first = await memory(false);
  await first.keep({ ...state, address: done.address }, [line]);
  await first.ports.keep(waiting, { tried: 8192, open: [443] });

  const resumed = await memory(true);
  expect(await resumed.finished(done)).toMatchObject({ address: done.address });
  expect(await resumed.finished(waiting)).toBeNull();
  expect(await resumed.ports.before(waiting)).toMatchObject({ tried: 8192, open: [443] });
  expect(await (await memory(true, { ...plan, ports: [80] })).finished(done)).toBeNull();

  const anew = await memory(false);
  expect(await anew.finished(done)).toBeNull();
  expect(await anew.ports.before(waiting)).toEqual({ tried: 0, open: [] });
  expect(await anew.linesBefore(done.address)).toEqual([line]);

  await anew.done(now);
  expect(await (await memory(true)).finished(done)).toBeNull();
});

test('within an address the ports that were tried are not tried again', async () => {
  const [host] = plan.hosts as [Host];
  const kept: TriedPorts[] = [];
  const portMemory = {
    before: async () => ({ tried: 8192, open: [7] }),
    keep: async (_: Host, tried: TriedPorts) => void kept.push(tried),
  };
  const ports = Array.from({ length: 8200 }, (_, at) => at + 1);
  const loopback = { ...host, address: '127.0.0.1', ports };
  let done = 0;

  const [found] = await openPorts(
    { hosts: [loopback], ports },
    { ...plan, connectMs: 500, portMemory },
    (count) => {
      done += count;
    },
  );

  expect(found?.open).toContain(7);
  expect(kept.map((one) => one.tried)).toEqual([8200]);
  expect(done).toBe(8200);
});

test('hosts that may be asked at any rate stand together for nmap, those of strangers’ networks alone', () => {
  const ports = Array.from({ length: 200 }, (_, at) => at + 1);
  const inside = Array.from({ length: 70 }, (_, at) => ({
    ...(plan.hosts[0] as Host),
    address: `10.0.0.${at}`,
  }));
  const outside = [1, 2].map((at) => ({
    ...(plan.hosts[0] as Host),
    address: `93.184.216.${at}`,
    isGlobal: true,
  }));
  const sizes = (engine: 'auto' | 'nmap' | 'connect', list: readonly number[]) =>
    groupsOf({ hosts: [...inside, ...outside], ports: list, engine }).map(({ hosts }) => hosts.length);

  expect(sizes('auto', ports)).toEqual([64, 6, 1, 1]);
  expect(sizes('auto', [22])).toEqual(Array(72).fill(1));
  expect(sizes('connect', ports)).toEqual(Array(72).fill(1));
});

test('what a server says anew each time is no change', () => {
  const said = [
    '220 mail.example.org ESMTP Postfix; Tue, 24 Nov 2026 10:02:36 +0000\r\n',
    '+OK POP3 ready <1896.697170952@mail.example.org>\r\n',
    '220 FTP ready, 10:02:36\r\n',
    'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n',
  ];

  expect(said.map((text) => bannerOf(Buffer.from(text)))).toEqual([
    '220 mail.example.org ESMTP Postfix',
    '+OK POP3 ready ',
    '220 FTP ready,',
    'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3',
  ]);
});

test('nmap is asked in ranges and its XML is read', () => {
  const host = (address: string, ports: string) =>
    `<host starttime="1"><status state="up"/><address addr="${address}" addrtype="ipv4"/><ports>${ports}</ports></host>`;
  const xml = [
    host(
      '192.0.2.1',
      `<port protocol="tcp" portid="22"><state state="open" reason="syn-ack"/><service name="ssh" product="OpenSSH" method="probed" conf="10"/></port>
<port protocol="tcp" portid="80"><state state="closed"/></port>`,
    ),
    host(
      '192.0.2.2',
      '<port protocol="tcp" portid="8080"><state state="open"/><service name="http-proxy" method="table" conf="3"/></port>',
    ),
    host('192.0.2.3', ''),
  ].join('\n');

  expect(rangesOf([8080, 1, 2, 3, 443])).toBe('1-3,443,8080');
  expect([...readOpenPorts(xml)]).toEqual([
    ['192.0.2.1', [{ port: 22, service: 'ssh' }]],
    ['192.0.2.2', [{ port: 8080, service: null }]],
    ['192.0.2.3', []],
  ]);
});
