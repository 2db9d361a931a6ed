import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { SqliteInbox } from '../../../lib/history/inbox.ts';
import type { Outcome } from '../../../lib/model.ts';
import { normalise } from '../../../lib/normalise.ts';
import { keepPolling, poll, type Source, waitMs } from '../../../lib/polling.ts';
import { type Service, wire } from '../../../lib/wire.ts';
import { type OpenStack, startOpenStack } from '../../engines/openstack.ts';

/** The service as it is wired, on the real Neutron: what is opened is shut one poll later. */

let cloud: OpenStack | string;
let home: string;
let service: Service | null = null;
let inbox: SqliteInbox;
beforeAll(async () => {
  cloud = await startOpenStack(['neutron']);
  home = await mkdtemp(join(tmpdir(), 'snapshut-polled-'));
}, 600_000);
afterAll(async () => {
  if (typeof cloud === 'object') await cloud.stop();
  await rm(home, { recursive: true, force: true });
});
beforeEach(async ({ skip }) => {
  if (typeof cloud === 'string') return skip(cloud);
  const env = { ...cloud.env('demo'), SNAPSHUT_HOME: home, AWS_REGION: '', AWS_DEFAULT_REGION: '' };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const file = join(home, 'snapshut.yml');
  await writeFile(file, 'accounts:\n  - {provider: openstack, poll: {everySeconds: 5, jitterSeconds: 1}}\n');
  service = await wire({ policyFile: file });
  inbox = SqliteInbox.open(join(home, 'inbox.sqlite'));
});
afterEach(async () => {
  await service?.close();
  await inbox?.close();
  vi.unstubAllEnvs();
});

async function handleAll(): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { id, body } of await inbox.take(100, Date.now(), 60_000)) {
    outcomes.push(...((await service?.handle(normalise(JSON.parse(body)))) ?? []));
    await inbox.done(id, Date.now());
  }
  return outcomes;
}

it('a port that the official client opens is shut one poll later, and our own change is no new finding', async () => {
  if (typeof cloud === 'string' || !service) return;
  const { cli } = cloud;
  const source = service.sources[0] as Source;
  const ask = () => poll(source, service?.loop.history as Service['loop']['history'], inbox, new Date());
  await ask();
  await handleAll();
  await cli('demo', 'security', 'group', 'create', 'polled');
  await cli('demo', 'security', 'group', 'rule', 'create', 'polled', '--protocol', 'tcp', '--dst-port', '22');

  const fresh = await ask();
  const outcomes = await handleAll();
  const echo = await ask();
  const echoed = await handleAll();
  const quiet = await ask();

  expect(fresh).toBe(1);
  expect(outcomes.map((one) => one.outcome)).toContain('fixed');
  expect([echo, quiet]).toEqual([1, 0]);
  expect(echoed.filter((one) => one.outcome !== 'clean')).toEqual([]);
}, 120_000);

it('a crash after the inbox and before the source moves on repeats the events, and the inbox knows them', async () => {
  if (typeof cloud === 'string' || !service) return;
  const source = service.sources[0] as Source;
  const { history } = service.loop;
  await history.set(source.name, null);
  const crashing = {
    ...history,
    setting: history.setting.bind(history),
    set: () => Promise.reject(new Error('crash')),
  };

  await expect(poll(source, crashing as typeof history, inbox, new Date())).rejects.toThrow('crash');
  const { waiting } = await inbox.counts(Date.now());
  await poll(source, history, inbox, new Date());

  expect(await inbox.counts(Date.now())).toMatchObject({ waiting });
  expect(waiting).toBeGreaterThan(0);
});

it('a cloud that does not answer is asked again, and the waits are spread around the interval', async () => {
  if (!service) return;
  const stop = new AbortController();
  const failures: string[] = [];
  const waits: number[] = [];
  const source: Source = {
    name: 'poll/test',
    everyMs: 30_000,
    jitterMs: 5_000,
    async ask() {
      if (failures.length < 2) throw new Error('no answer');
      return { events: [], remembered: 'moved on' };
    },
  };
  let random = 0;

  await keepPolling(source, {
    history: service.loop.history,
    inbox,
    now: () => new Date(),
    random: () => {
      random += 0.5;
      return random - 0.5;
    },
    async sleep(ms) {
      waits.push(ms);
      if (waits.length === 3) stop.abort();
    },
    signal: stop.signal,
    onFailure: (_, why) => failures.push(why),
  });

  expect(failures).toEqual(['no answer', 'no answer']);
  expect(waits).toEqual([25_000, 30_000, 35_000]);
  expect(await service.loop.history.setting('poll/test')).toBe('moved on');
  expect(waitMs({ ...source, everyMs: 0, jitterMs: 0 }, 0)).toBe(1_000);
});
