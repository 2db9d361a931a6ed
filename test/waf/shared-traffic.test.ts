import { Readable } from 'node:stream';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateWebACLCommand, GetWebACLCommand, WAFV2Client } from '@aws-sdk/client-wafv2';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { webAcls } from '../../lib/block-sets.ts';
import { parsePolicy } from '../../lib/config.ts';
import { offender } from '../../lib/controls/offender.ts';
import { controls } from '../../lib/controls/registry.ts';
import { DynamoTraffic } from '../../lib/history/dynamodb-traffic.ts';
import { judgeWhatFunctionsSaw } from '../../lib/log-schedule.ts';
import { clientKey } from '../../lib/logs/address.ts';
import { noteOffenders } from '../../lib/logs/kept-attack.ts';
import { WafRules } from '../../lib/providers/host/waf-rules.ts';
import { motoCredentials } from '../../lib/sandbox/moto.ts';
import { compacted, trafficOf, trafficRows } from '../../lib/waf/compact-traffic.ts';
import { GoodTraffic } from '../../lib/waf/good-traffic.ts';
import { onLogObjects } from '../../lib/waf/on-objects.ts';
import type { Request } from '../../lib/waf/request.ts';
import { MemoryTraffic, type SharedTraffic } from '../../lib/waf/shared-traffic.ts';
import { MemoryWindows } from '../../lib/waf/shared-windows.ts';
import { Traffic } from '../../lib/waf/traffic.ts';
import { useMoto } from '../engines/moto.ts';
import { engine } from '../history/dynamodb-engine.ts';
import { makeWorld } from '../loop/harness.ts';
import { hit } from './run-waf.ts';

const moto = useMoto();
const credentials = motoCredentials;
const minute = 60_000;
const start = Date.parse('2026-11-24T11:00:00Z');
let tables = 0;

async function dynamo(): Promise<SharedTraffic> {
  const endpoint = typeof engine === 'string' ? moto().endpoint : engine.endpoint;
  const client = new DynamoDBClient({ endpoint, region: 'eu-central-1', credentials });
  const TableName = `traffic-${process.pid}-${++tables}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  return new DynamoTraffic(TableName, async () => client);
}

function request(of: Partial<Request> = {}): Request {
  const none = { forwardedFor: '', query: '', user: '', verdict: null, country: '', tls: '' };
  const base = {
    timeMs: start,
    sender: '198.51.100.1',
    method: 'GET',
    path: '/',
    status: 200,
    userAgent: 'A',
  };
  return { ...base, ...none, ...of };
}

function trafficFrom(first: number, count: number, of: Partial<Request> = {}): Traffic {
  const traffic = new Traffic();
  for (let at = first; at < first + count; at++) {
    const key = clientKey(`198.18.${at >> 8}.${at & 255}`);
    if (key) traffic.see(request(of), key);
  }
  return traffic;
}

describe.each([
  ['in memory', async () => new MemoryTraffic()],
  ['in DynamoDB', dynamo],
] as const)('traffic that functions count together, %s', (_, make) => {
  test('is the sum of what each object holds, an object counts once, and a client in two objects is one', async () => {
    const shared = await make();
    const objects = Array.from({ length: 20 }, (_, at) => ({
      source: `object-${at}`,
      windowMs: 5 * minute,
      fromMs: start,
      // Each shares half of its clients with the next.
      sorts: compacted(trafficFrom(at * 10, 20)),
    }));

    await Promise.all([...objects, ...objects].map((one) => shared.add(one)));
    await shared.add({
      ...objects[0],
      fromMs: start + 5 * minute,
      source: 'later',
      windowMs: 5 * minute,
      sorts: [],
    });
    const window = await shared.window(start, 5 * minute);

    expect(window.requests).toBe(400);
    expect(window.clients).toBeGreaterThan(190);
    expect(window.clients).toBeLessThan(230);
    expect(window.sorts()).toHaveLength(1);
    expect((await shared.window(start + 5 * minute, 5 * minute)).requests).toBe(0);
  }, 60_000);
});

describe('compact traffic', () => {
  test('of clients who vary everything but one trait is one sort with that trait, and no request is lost', () => {
    const traffic = new Traffic();
    for (let at = 0; at < 2_000; at++) {
      const key = clientKey(`198.18.${at >> 8}.${at & 255}`);
      if (key)
        traffic.see(
          request({ userAgent: `agent ${at}`, path: `/p${'x'.repeat(at % 300)}`, tls: 't13d' }),
          key,
        );
    }

    const sorts = compacted(traffic);

    expect(sorts.length).toBeLessThanOrEqual(40);
    expect(sorts.reduce((sum, one) => sum + one.requests, 0)).toBe(2_000);
    expect(sorts.filter((one) => one.traits.tls !== 't13d')).toEqual([]);
    expect(sorts.every((one) => one.traits.userAgent === '')).toBe(true);
  });

  test('comes back out of its rows as it was', () => {
    const traffic = trafficFrom(0, 300);
    traffic.join(trafficFrom(100, 50, { userAgent: 'B\u00ff"' }));

    const back = trafficOf(JSON.parse(JSON.stringify(trafficRows(traffic, 10))));

    expect(trafficRows(back, 10)).toEqual(trafficRows(traffic, 10));
    expect([back.requests, back.clients]).toEqual([traffic.requests, traffic.clients]);
  });

  test('of hours fits into a setting, and a setting that is not ours is no traffic', () => {
    const good = new GoodTraffic();
    const many = new Traffic();
    for (let at = 0; at < 3_500; at++)
      many.join(trafficFrom(at, 3, { userAgent: `agent ${at} ${'y'.repeat(90)}` }));
    good.remember(many);

    const kept = good.kept() as { packed: string };

    expect(kept.packed.length).toBeLessThan(350_001);
    expect(GoodTraffic.from(kept).all.requests).toBeGreaterThan(0);
    expect(GoodTraffic.from('nonsense').all.requests).toBe(0);
  });
});

/** Functions that read objects and a schedule that judges, on a clock of their own, with a web ACL on moto. */
async function functions(mode: 'tell' | 'fix', shared: SharedTraffic) {
  vi.stubEnv('AWS_ENDPOINT_URL', moto().endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const wafv2 = new WAFV2Client({ endpoint: moto().endpoint, region: 'eu-central-1', credentials });
  const name = `acl-shared-${++tables}`;
  const VisibilityConfig = { SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: name };
  const acl = { Name: name, Scope: 'REGIONAL' } as const;
  const { Summary } = await wafv2.send(
    new CreateWebACLCommand({ ...acl, DefaultAction: { Allow: {} }, VisibilityConfig, Rules: [] }),
  );
  const text = `
loops:
  waf:
    distributed: {mode: ${mode}, measureMinutes: 5}
    targets: [{provider: aws, region: eu-central-1, webAcl: ${name}, ipSets: {}}]
`;
  const { policy, problems } = parsePolicy(text, controls, { now: new Date(start), file: 'snapshut.yml' });
  if (!policy) throw new Error(JSON.stringify(problems));
  const world = makeWorld({ controls: [offender] });
  const { loop, history, clock } = world;
  clock.nowMs = start;
  loop.provider = () => new WafRules(webAcls(policy), history);
  const parts = { policy, history, now: loop.now, frozen: loop.frozen, newId: loop.newId };
  const log = new Map<string, string[]>();
  const service = {
    loop: policy.loops.waf,
    networks: { trusted: [], proxies: [] },
    ownAddresses: async () => [],
    windows: new MemoryWindows(),
    traffic: shared,
    blocking: { settings: history, targets: [], owner: 'test', sleep: async () => {} },
    open: async ({ key }: { key: string }) =>
      Readable.from([Buffer.from((log.get(key) ?? []).join('\n'))], { objectMode: false }),
    frozen: async () => null,
    now: loop.now,
    log: () => {},
    onOffenders: async (lines: Parameters<typeof noteOffenders>[1]) => {
      await noteOffenders({ history, newId: loop.newId, tell: async () => {} }, lines, clock.nowMs);
    },
  };
  const read = (key: string, lines: string[]) => {
    log.set(key, lines);
    const s3 = { bucket: { name: 'logs' }, object: { key, eTag: key } };
    return onLogObjects(JSON.stringify({ Records: [{ eventSource: 'aws:s3', s3 }] }), service);
  };
  /** Minutes of traffic in objects of a minute each, delivered twice; the schedule comes every five minutes. */
  const pass = async (minutes: number, attack: string | null) => {
    for (let at = 0; at < minutes; at++) {
      const lines: string[] = [];
      for (let plusMs = 0; plusMs < minute; plusMs += 300) {
        const one = { at: new Date(clock.nowMs).toISOString(), plusMs, target: '/' };
        const index = plusMs / 300 + at * 200;
        lines.push(hit({ ...one, client: `198.51.${index % 250}.7`, agent: 'Firefox/131.0' }));
        if (attack) lines.push(hit({ ...one, client: `203.0.${index % 250}.9`, agent: attack }));
      }
      clock.nowMs += minute;
      const key = `${clock.nowMs}.gz`;
      await read(key, lines);
      await read(key, lines);
      if (Math.round(clock.nowMs / minute) % 5 === 0) await judgeWhatFunctionsSaw(parts, loop, shared);
    }
  };
  const rules = async () =>
    (await wafv2.send(new GetWebACLCommand({ ...acl, Id: Summary?.Id }))).WebACL?.Rules?.map((one) =>
      Object.keys(one.Action ?? {}).join(),
    ) ?? [];
  const cases = async (id: string) =>
    (await history.find({ limit: 50 })).cases.filter((one) => one.resource.id.startsWith(id));
  /** What the history says of them, entry by entry. */
  const news = async (id: string) => {
    const entries = await Promise.all((await cases(id)).map((one) => history.entries(one.caseId)));
    return entries
      .flat()
      .flatMap(({ story }) => (story.type === 'told' || story.type === 'closed' ? [story.why] : []));
  };
  return { ...world, pass, rules, cases, news, read, parts };
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('attacks on a service of functions', () => {
  test('by many clients below every limit are found by the schedule, get a rule that counts and then blocks, begin and are over', async () => {
    const { pass, rules, cases, news } = await functions('fix', await dynamo());
    await pass(20, null);
    expect([await rules(), await cases('')]).toEqual([[], []]);

    await pass(6, 'Botnet/7');
    expect(await rules()).toEqual(['Count']);
    const [attack] = await cases('attack/waf-distributed');
    expect(attack?.why).toMatch(/an attack begins, .*userAgent "Botnet\/7" in common/);

    await pass(14, 'Botnet/7');
    expect(await rules()).toEqual(['Block']);

    await pass(35, null);
    expect(await cases('attack/waf-distributed')).toMatchObject([{ closedAt: expect.any(String) }]);
    expect((await news('attack/waf-distributed')).map((one) => /attack (\w+)/.exec(one)?.[1])).toEqual([
      'begins',
      'is',
    ]);
  }, 180_000);

  test('where the policy only tells, no rule is made', async () => {
    const { pass, rules, cases } = await functions('tell', new MemoryTraffic());
    await pass(20, null);
    await pass(6, 'Botnet/7');

    expect(await rules()).toEqual([]);
    expect(await cases('attack/')).toHaveLength(1);
  }, 60_000);

  test('by single clients are one case that begins with the first object, and is closed by the schedule', async () => {
    const { read, cases, news, clock, parts, loop } = await functions('tell', new MemoryTraffic());
    const flood = (client: string) =>
      Array.from({ length: 150 }, (_, at) => hit({ client, plusMs: at * 100, at: '2026-11-24T11:00:00Z' }));
    await read('a.gz', flood('203.0.113.5'));
    await read('b.gz', flood('203.0.113.6'));
    expect(await cases('attack/waf')).toMatchObject([
      { closedAt: null, why: expect.stringContaining('150 requests of 1 clients (flood)') },
    ]);

    clock.nowMs += 11 * minute;
    await judgeWhatFunctionsSaw(parts, loop, new MemoryTraffic());

    expect(await cases('attack/waf')).toMatchObject([{ closedAt: expect.any(String) }]);
    expect(await news('attack/waf')).toMatchObject([
      expect.stringContaining('begins'),
      expect.stringMatching(/is over, .* 300 requests of 2 clients/),
    ]);
  }, 60_000);
});
