import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { connectScan } from '../../lib/scan/connect-scan.ts';
import { closeServers, portOf, serve } from './servers.ts';

afterEach(closeServers);

const scan = {
  address: '127.0.0.1',
  timeoutMs: 500,
  tries: 2,
  width: 256,
  perSecond: Number.POSITIVE_INFINITY,
};

test('finds what listens and nothing else, on both families', async () => {
  const v4 = await serve(() => {});
  const v6 = await serve(() => {}, '::1');
  const around = (port: number) =>
    Array.from({ length: 21 }, (_, at) => port - 10 + at).filter((one) => one < 65536);

  expect(await connectScan({ ...scan, ports: around(v4) })).toContain(v4);
  expect(await connectScan({ ...scan, address: '::1', ports: around(v6) })).toContain(v6);
});

test('a connection that meets itself in the ephemeral range is no open port', async () => {
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
  const port = portOf(free);
  await new Promise((resolve) => free.close(resolve));

  // One port asked again and again soon gets itself as its local port.
  const open = await connectScan({ ...scan, ports: Array.from({ length: 30_000 }, () => port) });

  expect(open).toEqual([]);
});

test('keeps to its rate', async () => {
  const startedMs = performance.now();
  await connectScan({ ...scan, ports: Array.from({ length: 100 }, (_, at) => 1 + at), perSecond: 200 });

  expect(performance.now() - startedMs).toBeGreaterThan(450);
});

test('every port is counted once as done, and stacks of errors come back afterwards', async () => {
  let done = 0;
  const ports = Array.from({ length: 200 }, (_, at) => 1 + at);
  await Promise.all([
    connectScan({ ...scan, ports, onDone: (count) => (done += count) }),
    connectScan({ ...scan, ports: ports.slice(0, 50), onDone: (count) => (done += count) }),
  ]);

  expect(done).toBe(250);
  expect(new Error('here').stack).toContain('connect-scan.test');
});
