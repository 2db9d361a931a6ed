import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Story } from '../../lib/cases.ts';
import { SqliteInbox } from '../../lib/history/inbox.ts';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { SqliteFile } from '../../lib/history/sqlite-file.ts';
import type { Resource } from '../../lib/model.ts';
import type { CaseQuery } from '../../lib/ports.ts';
import { respond } from '../../lib/respond.ts';
import { bodyHandler } from '../../lib/serve/handle-body.ts';
import { InboxRunner } from '../../lib/serve/inbox-runner.ts';
import { firewall, makeWorld, rule, type World } from '../loop/harness.ts';
import { percentile } from './measure.ts';

/**
 * `npm run bench:load [-- --cases 200000 --hours 24]`: the one-process service (inbox, loop and history in a SQLite file
 * on this disk) on a cloud in memory. The cloud's own time is left out, its calls are counted. One JSON line each.
 */

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '10000' },
    cases: { type: 'string', default: '200000' },
    hours: { type: 'string', default: '24' },
  },
});
const eventCount = Number(values.events);
const folder = mkdtempSync(join(tmpdir(), 'snapshut-load-'));

const accountOf = (at: number) => String(100_000_000_000 + (at % 100));
const guarded = Array.from({ length: 100 }, (_, at) => ({
  provider: 'aws' as const,
  account: accountOf(at),
  regions: ['eu-central-1'],
}));
const groupAt = (at: number): Resource => ({
  provider: 'aws',
  account: accountOf(at),
  region: 'eu-central-1',
  kind: 'firewall',
  id: `sg-${String(at).padStart(17, '0')}`,
});

/** A change event as CloudTrail writes it. */
function eventAbout({ account, region, id }: Resource, eventID: string, atMs: number): string {
  return JSON.stringify({
    eventID,
    eventName: 'AuthorizeSecurityGroupIngress',
    eventSource: 'ec2.amazonaws.com',
    eventTime: new Date(atMs).toISOString(),
    awsRegion: region,
    recipientAccountId: account,
    requestParameters: { groupId: id },
    userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${account}:user/alice`, accountId: account },
  });
}

interface Service extends World {
  inbox: SqliteInbox;
  runner: InboxRunner;
  calls: { read: number; apply: number };
  close(): void;
}

let ids = 0;

/** The service as one process runs it; a second one on the same file takes over where the first one stopped. */
function serviceOn(
  path: string,
  { cloud, clock }: Partial<Pick<World, 'cloud' | 'clock'>> = {},
  onDone = (_: string) => {},
): Service {
  const file = SqliteFile.open(path);
  const world = makeWorld({ history: new SqliteHistory(file) });
  if (cloud) world.cloud = cloud;
  if (clock) world.clock = clock;
  world.policy.limits = { ...world.policy.limits, fixesPerHour: 1e9, percentPerHour: 100 };
  world.policy.limits.flap.times = 1e9;
  const calls = { read: 0, apply: 0 };
  const provider = new Proxy(world.cloud, {
    get(target, name) {
      const held = Reflect.get(target, name);
      if (name === 'read' || name === 'apply') calls[name] += 1;
      return typeof held === 'function' ? held.bind(target) : held;
    },
  });
  const { loop } = world;
  loop.provider = () => provider;
  loop.newId = () => `case-${ids++}`;
  loop.now = () => new Date(world.clock.nowMs);
  loop.sleep = async (ms) => {
    world.clock.nowMs += ms;
  };
  const inbox = new SqliteInbox(file);
  const handle = bodyHandler(
    (event) => respond(event, guarded, loop),
    async (outcome) => onDone(outcome.eventId),
  );
  const runner = new InboxRunner({ inbox, handle, now: loop.now, warn: (text) => console.error(text) });
  return { ...world, inbox, runner, calls, close: () => file.close() };
}

const open = (at: number) =>
  firewall([rule(`sgr-${at}-${ids++}`), rule(`sgr-${at}-https`, { fromPort: 443, toPort: 443 })]);
const isOpen = async ({ cloud }: World, resource: Resource) => {
  const [reading] = await cloud.read([resource]);
  return (
    reading?.status === 'found' &&
    reading.state.kind === 'firewall' &&
    reading.state.rules.some((one) => one.fromPort === 22)
  );
};
const rssMb = () => Math.round(process.memoryUsage.rss() / 2 ** 20);
const told = (what: string, figures: object) => console.log(JSON.stringify({ what, ...figures }));

async function burst(what: string, resources: number): Promise<void> {
  const putMs = new Map<string, number>();
  const waitedMs: number[] = [];
  const service = serviceOn(join(folder, `${resources}.db`), {}, (id) =>
    waitedMs.push(performance.now() - (putMs.get(id) ?? 0)),
  );
  for (let at = 0; at < resources; at += 1) service.cloud.put(groupAt(at), open(at));
  const before = rssMb();
  for (let at = 0; at < eventCount; at += 1) {
    const id = `event-${at}`;
    putMs.set(id, performance.now());
    await service.inbox.put(
      id,
      eventAbout(groupAt(at % resources), id, service.clock.nowMs),
      service.clock.nowMs,
    );
  }
  const begin = performance.now();
  await service.runner.settle();
  const tookMs = performance.now() - begin;
  let left = 0;
  for (let at = 0; at < resources; at += 1) if (await isOpen(service, groupAt(at))) left += 1;
  const { dead } = await service.inbox.counts(service.clock.nowMs);
  told(what, {
    events: eventCount,
    resources,
    eventsPerSecond: Math.round((eventCount / tookMs) * 1000),
    queueAgeMs: { p50: Math.round(percentile(waitedMs, 0.5)), p99: Math.round(percentile(waitedMs, 0.99)) },
    callsPerEvent: { read: service.calls.read / eventCount, apply: service.calls.apply / eventCount },
    rssMb: { before, after: rssMb() },
    leftOpen: left,
    dead,
  });
  service.close();
}

/** Cases of five entries each, written by the history itself. */
async function history(cases: number): Promise<void> {
  const world = serviceOn(join(folder, 'history.db'));
  const begin = performance.now();
  const batch = 500;
  for (let from = 0; from < cases; from += batch) {
    await Promise.all(
      Array.from({ length: Math.min(batch, cases - from) }, (_, at) => oneCase(world, from + at)),
    );
  }
  const entries = cases * 5;
  told('a history is written', {
    entries,
    entriesPerSecond: Math.round((entries / (performance.now() - begin)) * 1000),
  });
  const queries: [string, Partial<CaseQuery>][] = [
    ['the newest', {}],
    ['open ones', { open: true }],
    ['of an outcome', { outcome: 'told' }],
    ['of an account', { account: accountOf(7) }],
    ['by who opened', { actor: 'arn:aws:iam::100000000007:user/alice' }],
    ['of a resource', { resourceKey: 'aws/100000000007/eu-central-1/firewall/sg-00000000000000007' }],
    ['by a name that is pasted', { text: 'payroll-00123' }],
    ['by words that many have', { text: 'payroll' }],
    ['by a name that nobody has', { text: 'no such name' }],
  ];
  for (const [what, query] of queries) {
    const tookMs: number[] = [];
    let found = 0;
    for (let round = 0; round < 20; round += 1) {
      const start = performance.now();
      found = (await world.history.find({ limit: 50, ...query })).cases.length;
      tookMs.push(performance.now() - start);
    }
    told(`query: ${what}`, {
      entries,
      found,
      ms: { p50: rounded(percentile(tookMs, 0.5)), worst: rounded(Math.max(...tookMs)) },
    });
  }
  const start = performance.now();
  const { length } = await world.history.entries('load-77');
  told('query: the entries of a case', { entries, found: length, ms: rounded(performance.now() - start) });
  world.close();
}

const rounded = (ms: number) => Math.round(ms * 10) / 10;

async function oneCase({ history, clock }: World, at: number): Promise<void> {
  const caseId = `load-${at}`;
  const when = new Date(clock.nowMs + at * 100).toISOString();
  const base = { caseId, at: when, eventId: `event-${at}` };
  const { account } = groupAt(at);
  const actor = {
    name: `arn:aws:iam::${account}:user/alice`,
    type: 'IAMUser',
    via: 'console',
    sourceIp: null,
  };
  const facts = {
    control: 'public-port',
    severity: 'high' as const,
    why: 'ssh is open to the world',
    exposures: [],
  };
  await history.append(
    {
      ...base,
      story: {
        type: 'opened',
        resource: groupAt(at),
        resourceName: `payroll-${String(at).padStart(5, '0')}`,
        ...facts,
        actor,
        eventName: 'AuthorizeSecurityGroupIngress',
        since: when,
      },
    },
    0,
  );
  for (let seq = 1; seq < 4; seq += 1)
    await history.append(
      { ...base, story: { type: 'note', text: `somebody looked at it, ${seq}`, by: 'bob' } },
      seq,
    );
  const isLeft = at % 10 === 0;
  const last: Story = isLeft
    ? { type: 'told', why: 'the mode is tell', changes: [] }
    : { type: 'closed', outcome: 'clean', why: 'closed by hand' };
  await history.append({ ...base, story: last }, 4);
}

/** Ten events a second, of which one in a hundred opens something, on the virtual clock, with twenty restarts. */
async function day(hours: number): Promise<void> {
  const resources = 2_000;
  const events = hours * 3600 * 10;
  const path = join(folder, 'day.db');
  let service = serviceOn(path);
  const { cloud, clock } = service;
  for (let at = 0; at < resources; at += 1)
    cloud.put(groupAt(at), firewall([rule(`sgr-${at}-https`, { fromPort: 443, toPort: 443 })]));
  const rss: number[] = [];
  const begin = performance.now();
  let opened = 0;
  for (let at = 0; at < events; at += 1) {
    clock.nowMs += 100;
    const resource = groupAt((at * 7919) % resources);
    if (at % 100 === 0) {
      cloud.put(resource, open(at));
      opened += 1;
    }
    const id = `day-${at}`;
    void service.inbox.put(id, eventAbout(resource, id, clock.nowMs), clock.nowMs);
    if (at % 100 === 99) await service.runner.settle();
    if (at % Math.ceil(events / 20) === 150) {
      // Whatever is under way is left where it is; what it has taken comes back to the next one.
      service.close();
      clock.nowMs += 60_000;
      service = serviceOn(path, { cloud, clock });
      rss.push(rssMb());
    }
  }
  clock.nowMs += 600_000;
  await service.runner.settle();
  let left = 0;
  for (let at = 0; at < resources; at += 1) if (await isOpen(service, groupAt(at))) left += 1;
  const counts = await service.inbox.counts(clock.nowMs);
  told(`${hours} hours at 10 events a second`, {
    events,
    opened,
    restarts: rss.length,
    leftOpen: left,
    lost: counts.waiting + counts.taken + counts.dead,
    rssMb: { first: rss[0], last: rss.at(-1) },
    timesFasterThanLife: Math.round((hours * 3_600_000) / (performance.now() - begin)),
  });
  service.close();
}

try {
  await burst('a burst in 100 accounts', 2_000);
  await burst('a storm of one resource', 1);
  await history(Number(values.cases));
  await day(Number(values.hours));
} finally {
  rmSync(folder, { recursive: true });
}
