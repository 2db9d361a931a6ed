import { expect, test } from 'vitest';
import { wellKept } from '../../lib/controls/endpoint-example.ts';
import { passwordSsh } from '../../lib/controls/password-ssh.ts';
import { unexpectedPort } from '../../lib/controls/unexpected-port.ts';
import type { EndpointState } from '../../lib/kinds/endpoint.ts';
import { EndpointProvider } from '../../lib/providers/host/endpoints.ts';
import type { Host } from '../../lib/scan/hosts.ts';
import { linesOf } from '../../lib/scan/line.ts';
import { isScanDue, type ScheduledScan, scheduledScan } from '../../lib/scan/scheduled.ts';
import { makeWorld } from '../loop/harness.ts';
import { closeServers, serve } from './servers.ts';

/** Servers on loopback, looked at as the clock starts it, with the history of a service in memory. */
async function makeRounds() {
  const asked: number[] = [];
  const hosts = await Promise.all(
    ['one', 'two', 'three'].map(async (): Promise<Host> => {
      const port = await serve((socket) => {
        asked.push(port);
        socket.end('hello\r\n');
      });
      return { address: '127.0.0.1', family: 4, name: `host-${port}`, ports: [port], isGlobal: false };
    }),
  );
  const plan = {
    hosts,
    ports: [],
    engine: 'connect' as const,
    perSecond: 1000,
    connectMs: 500,
    timeoutMs: 500,
    rulesOf: async () => [],
  };
  const endpoints = new EndpointProvider({
    hosts: async () => hosts,
    scan: () => Promise.reject(new Error('what was just seen is not looked at again')),
    providerOf: () => world.cloud,
  });
  const world = makeWorld({ provider: endpoints, controls: [unexpectedPort, passwordSsh] });
  const service: ScheduledScan = {
    loop: world.loop,
    endpoints,
    planOf: async () => plan,
    linesIn: (state: EndpointState) =>
      linesOf(state, [unexpectedPort], (control) =>
        world.loop.policy.settingsFor(control, {
          resource: { provider: 'host', account: 'endpoints', region: 'global', kind: 'endpoint', id: 'x' },
          state: wellKept,
          trigger: { eventId: 'scan', at: null, actor: null, name: 'scan' },
          now: world.loop.now(),
        }),
      ),
    everyHours: 24,
  };
  return { world, service, hosts, asked };
}

async function outcomesOf(service: ScheduledScan, most = Number.POSITIVE_INFINITY) {
  const outcomes: string[] = [];
  for await (const { outcome, resource } of scheduledScan(service)) {
    outcomes.push(`${outcome} ${resource?.id}`);
    if (outcomes.length >= most) break;
  }
  return outcomes;
}

test('what is open is asked about once, and the next scan is due a day after this one began', async () => {
  const { world, service, hosts } = await makeRounds();
  expect(await isScanDue(service)).toBe(true);

  const first = await outcomesOf(service);

  expect(first.toSorted()).toEqual(hosts.map(({ name }) => `told ${name}/127.0.0.1`).toSorted());
  expect(await isScanDue(service)).toBe(false);
  const told = world.told.length;
  world.clock.nowMs += 25 * 3_600_000;
  expect(await isScanDue(service)).toBe(true);
  await outcomesOf(service);
  expect(world.told).toHaveLength(told);
  closeServers();
});

test('a round that is broken off is due at once, and goes on with what it had not handled', async () => {
  const { service, hosts } = await makeRounds();

  const before = await outcomesOf(service, 2);
  expect(await isScanDue(service)).toBe(true);
  const after = await outcomesOf(service);

  // The one at which it was stopped was not known to be handled.
  expect(after).toHaveLength(2);
  expect(new Set([...before, ...after]).size).toBe(hosts.length);
  expect(await isScanDue(service)).toBe(false);
  closeServers();
});

test('0 hours: only a person starts a scan', async () => {
  const { service } = await makeRounds();

  expect(await isScanDue({ ...service, everyHours: 0 })).toBe(false);
  closeServers();
});
