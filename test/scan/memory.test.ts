import { expect, test } from 'vitest';
import { memoryIn } from '../../lib/commands/scan-memory.ts';
import { wellKept } from '../../lib/controls/endpoint-example.ts';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { bannerOf } from '../../lib/scan/identify.ts';
import type { ScanLine } from '../../lib/scan/line.ts';
import { rangesOf, readOpenPorts } from '../../lib/scan/nmap.ts';

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

test('a scan that was broken off goes on where it stopped, and only when asked to', async () => {
  const history = SqliteHistory.open(':memory:');
  const state = { ...wellKept, name: null };
  await memoryIn(history, plan, { resume: false }).keep('192.0.2.10', state, [line]);

  expect(await memoryIn(history, plan, { resume: true }).finished()).toEqual([state]);
  expect(await memoryIn(history, plan, { resume: false }).finished()).toEqual([]);
  expect(await memoryIn(history, { ...plan, ports: [80] }, { resume: true }).finished()).toEqual([]);
  expect(await memoryIn(history, plan, { resume: false }).linesBefore('192.0.2.10')).toEqual([line]);

  await memoryIn(history, plan, { resume: true }).done();
  expect(await memoryIn(history, plan, { resume: true }).finished()).toEqual([]);
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
  const xml = `<port protocol="tcp" portid="22"><state state="open" reason="syn-ack"/><service name="ssh" product="OpenSSH" method="probed" conf="10"/></port>
<port protocol="tcp" portid="80"><state state="closed"/></port>
<port protocol="tcp" portid="8080"><state state="open"/><service name="http-proxy" method="table" conf="3"/></port>`;

  expect(rangesOf([8080, 1, 2, 3, 443])).toBe('1-3,443,8080');
  expect(readOpenPorts(xml)).toEqual([
    { port: 22, service: 'ssh' },
    { port: 8080, service: null },
  ]);
});
