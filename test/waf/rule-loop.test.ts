import {
  CreateWebACLCommand,
  GetWebACLCommand,
  type Rule,
  UpdateWebACLCommand,
  WAFV2Client,
} from '@aws-sdk/client-wafv2';
import { describe, expect, test } from 'vitest';
import { approve } from '../../lib/answer.ts';
import { offender } from '../../lib/controls/offender.ts';
import { clientResource } from '../../lib/logs/block-entry.ts';
import { WebAcl, wcuOf } from '../../lib/providers/aws/web-acl.ts';
import { WafRules } from '../../lib/providers/host/waf-rules.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { motoCredentials } from '../../lib/sandbox/moto.ts';
import { undo } from '../../lib/undo.ts';
import { awsStatement } from '../../lib/waf/aws-rule.ts';
import { requestLines } from '../../lib/waf/command.ts';
import { WafLoop } from '../../lib/waf/policy.ts';
import { RuleBook } from '../../lib/waf/rule-book.ts';
import { RuleLoop } from '../../lib/waf/rule-loop.ts';
import { useMoto } from '../engines/moto.ts';
import { makeWorld } from '../loop/harness.ts';
import { type Hit, hit } from './run-waf.ts';

const moto = useMoto();
const minute = 60_000;
const start = Date.parse('2026-11-24T11:00:00Z');
let made = 0;

const theirs: Rule = {
  Name: 'theirs',
  Priority: 0,
  Statement: { GeoMatchStatement: { CountryCodes: ['XK'] } },
  Action: { Block: { CustomResponse: { ResponseCode: 418 } } },
  VisibilityConfig: { SampledRequestsEnabled: false, CloudWatchMetricsEnabled: false, MetricName: 'theirs' },
};

/** A web ACL on moto that somebody else uses too. */
async function acl(wcuBudget = 1500) {
  const client = new WAFV2Client({
    endpoint: moto().endpoint,
    region: 'eu-central-1',
    credentials: motoCredentials,
  });
  const name = `acl-${++made}`;
  const VisibilityConfig = { SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: name };
  const of = { Name: name, Scope: 'REGIONAL' } as const;
  const { Summary } = await client.send(
    new CreateWebACLCommand({ ...of, DefaultAction: { Allow: {} }, VisibilityConfig, Rules: [theirs] }),
  );
  const read = async () => (await client.send(new GetWebACLCommand({ ...of, Id: Summary?.Id }))).WebACL;
  const write = async (Rules: Rule[]) => {
    const { LockToken } = await client.send(new GetWebACLCommand({ ...of, Id: Summary?.Id }));
    const update = {
      ...of,
      Id: Summary?.Id,
      LockToken,
      DefaultAction: { Allow: {} },
      VisibilityConfig,
      Rules,
    };
    await client.send(new UpdateWebACLCommand(update));
  };
  const where = { region: 'eu-central-1', scope: 'REGIONAL', name, wcuBudget } as const;
  return {
    client,
    read,
    write,
    acl: new WebAcl(
      where,
      async () => client,
      async () => {},
    ),
  };
}

/** The loop on that web ACL: five-minute windows, measured for ten minutes, retired after a day of silence. */
async function loopOn(of: Awaited<ReturnType<typeof acl>>, mode: 'ask' | 'fix') {
  const world = makeWorld({ controls: [offender] });
  const { loop, clock, history } = world;
  clock.nowMs = start;
  loop.provider = () => new WafRules([of.acl], history);
  const outcomes: string[] = [];
  const told: string[] = [];
  const rules = new RuleLoop({
    acls: [of.acl],
    settings: history,
    options: {
      maxGoodShare: 0.001,
      measureMs: 10 * minute,
      retireAfterMs: 1440 * minute,
      asksAlways: mode === 'ask',
    },
    frozen: loop.frozen,
    decide: async (rule, why) => {
      const trigger = { eventId: `rule/${rule.id}`, at: null, actor: null, name: why };
      outcomes.push(...(await reconcile(rule, trigger, loop)).map((one) => one.outcome));
    },
    err: (line) => void told.push(line),
  });
  const analysis = requestLines(WafLoop.parse({ distributed: { mode } }), [], {
    onWindow: (window) => rules.see(window),
  });
  /** Traffic of some minutes, with `attack` added to it (of one program, or what it answers), and a tick at the end. */
  const pass = async (minutes: number, attack: string | null | ((index: number) => Hit[])) => {
    for (let plusMs = 0; plusMs < minutes * minute; plusMs += 300) {
      const at = new Date(clock.nowMs).toISOString();
      const index = plusMs / 300;
      const people = { client: `198.51.${index % 200}.7`, target: '/', agent: 'Firefox/131.0' };
      const botnet = { client: `203.0.${index % 250}.9`, target: '/' };
      const also =
        typeof attack === 'function' ? attack(index) : attack ? [{ ...botnet, agent: attack }] : [];
      for (const one of [...(typeof attack === 'function' ? [] : [people]), ...also])
        analysis.see(hit({ at, plusMs, ...one }));
    }
    clock.nowMs += minutes * minute;
    await rules.tick(clock.nowMs);
  };
  const ours = async () =>
    ((await of.read())?.Rules ?? [])
      .filter((one) => one.Name !== 'theirs')
      .map(({ Name, Priority, Action }) => ({ Name, Priority, does: Object.keys(Action ?? {}).join() }));
  return { ...world, pass, ours, outcomes, told, rules };
}

describe('a rule against an attack by many clients', () => {
  test('counts first, blocks when it spared good clients, is put back by undo, and is retired in the end', async () => {
    const of = await acl();
    const { pass, ours, outcomes, told, history, loop, clock } = await loopOn(of, 'fix');
    await pass(11, null);
    await pass(6, 'Botnet/7');
    expect(await ours()).toMatchObject([{ Priority: 1, does: 'Count' }]);
    expect(told.join()).toMatch(/rule snapshut-\w+ counts in .*userAgent "Botnet\/7"/);

    await pass(16, 'Botnet/7');
    expect(outcomes.at(0)).toBe('fixed');
    expect(await ours()).toMatchObject([{ Priority: 1, does: 'Block' }]);
    const [one] = (await history.find({ limit: 5 })).cases;
    expect(
      await undo({ caseId: one?.caseId ?? '', by: 'maria', exemptMs: 30 * 1440 * minute }, loop),
    ).toMatchObject({
      outcome: 'undone',
    });
    expect(await ours()).toMatchObject([{ does: 'Count' }]);

    await pass(6, 'Botnet/7');
    expect(await ours()).toMatchObject([{ does: 'Count' }]);
    for (let days = 0; days < 2; days++) {
      clock.nowMs += 2 * 1440 * minute;
      await pass(11, null);
    }
    expect(await ours()).toEqual([]);
    expect((await of.read())?.Rules).toEqual([theirs]);
    expect((await RuleBook.load(history)).get(one?.resource.id.slice(5) ?? '')).toBeUndefined();
  }, 60_000);

  test('blocks only by a person where the policy asks, with the numbers', async () => {
    const of = await acl();
    const { pass, ours, outcomes, history, loop } = await loopOn(of, 'ask');
    await pass(11, null);
    await pass(6, 'Botnet/7');
    await pass(16, 'Botnet/7');
    expect(outcomes.at(0)).toBe('asked');
    expect(await ours()).toMatchObject([{ does: 'Count' }]);

    const [one] = (await history.find({ limit: 5 })).cases;
    expect(one?.why).toMatch(/requests of about \d+ clients have userAgent "Botnet\/7"/);
    const outcome = await approve({ caseId: one?.caseId ?? '', by: 'maria', exemptMs: 0 }, loop);

    expect(outcome.outcome).toBe('fixed');
    expect(await ours()).toMatchObject([{ does: 'Block' }]);
  }, 60_000);

  // moto keeps the statement as it is, and neither checks it nor counts by it.
  test('limits the rate where good clients share its feature, and goes the same way', async () => {
    const of = await acl();
    const { pass, ours, outcomes, told, clock } = await loopOn(of, 'fix');
    const paths = ['/', '/search', '/cart', '/item'];
    /** People on every path, and partners whose program goes to one that is theirs. */
    const good = (index: number): Hit[] => [
      { client: `198.51.${index % 200}.7`, target: paths[index % 4] ?? '', agent: 'Firefox/131.0' },
      ...(index % 20 === 0
        ? [{ client: `192.0.2.${(index / 20) % 30}`, target: '/report', agent: 'Integration/1' }]
        : []),
    ];
    const bots = (index: number): Hit[] =>
      [0, 1].map((at) => ({
        ...{ client: `203.0.${(index + at * 100) % 250}.9`, agent: 'Integration/1' },
        target: paths[(index + at) % 4] ?? '',
      }));
    await pass(21, good);
    await pass(6, (index) => [...good(index), ...bots(index)]);

    const rule = (await of.read())?.Rules?.find((one) => one.Name !== 'theirs');
    expect(rule).toMatchObject({
      Action: { Count: {} },
      Statement: {
        RateBasedStatement: {
          Limit: expect.any(Number),
          EvaluationWindowSec: 300,
          AggregateKeyType: 'CUSTOM_KEYS',
          CustomKeys: [{ UriPath: {} }],
          ScopeDownStatement: {
            ByteMatchStatement: { FieldToMatch: { SingleHeader: { Name: 'user-agent' } } },
          },
        },
      },
    });
    expect(told.join()).toMatch(/counts in .*Integration\/1" \(limited to \d+ in 300 s for each path\)/);

    await pass(16, (index) => [...good(index), ...bots(index)]);
    expect(outcomes.at(0)).toBe('fixed');
    expect(await ours()).toMatchObject([{ does: 'Block' }]);
    // The partners go on with what the rule's conditions name, and are no reason to keep it.
    for (let days = 0; days < 2; days++) {
      clock.nowMs += 2 * 1440 * minute;
      await pass(11, good);
    }
    expect(await ours()).toEqual([]);
  }, 60_000);

  test('is not looked at while frozen', async () => {
    const of = await acl();
    const { pass, ours, frozen } = await loopOn(of, 'fix');
    frozen.why = 'somebody said so';
    await pass(11, null);
    await pass(6, 'Botnet/7');

    expect(await ours()).toEqual([]);
  }, 60_000);
});

describe('a web ACL that others write to', () => {
  const statement = awsStatement({ conditions: { userAgent: 'Bot' } });

  test('two writers at once lose nobody, and a stale LockToken is read again', async () => {
    const of = await acl();
    const others = { ...theirs, Name: 'others', Priority: 7 };
    let isFirst = true;
    const racing = new WebAcl(
      { region: 'eu-central-1', scope: 'REGIONAL', name: `acl-${made}`, wcuBudget: 1500 },
      async () => of.client,
      async () => {},
    );
    of.client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === 'UpdateWebACLCommand' && isFirst) {
          isFirst = false;
          await of.write([theirs, others]);
        }
        return next(args);
      },
      { step: 'initialize' },
    );

    await racing.put({ name: 'snapshut-1', statement, action: 'count' });

    expect((await of.read())?.Rules).toMatchObject([theirs, others, { Name: 'snapshut-1', Priority: 1 }]);
    expect(await racing.doing('snapshut-1')).toBe('count');
    await racing.remove('snapshut-1');
    expect((await of.read())?.Rules).toEqual([theirs, others]);
  });

  test('without capacity gets no rule', async () => {
    const { acl: full, read } = await acl(1);

    await expect(full.put({ name: 'snapshut-1', statement, action: 'count' })).rejects.toThrow('has no room');
    expect((await read())?.Rules).toEqual([theirs]);
  });

  test.each([
    [{ userAgent: 'Bot' }, 2],
    [{ country: 'XK' as const, method: 'POST' }, 3],
    [{ shape: '/a/#' }, 23],
  ])('%o takes %i capacity units', (conditions, wcu) => {
    expect(wcuOf(awsStatement({ conditions }))).toBe(wcu);
  });
});

test('a rule is a resource of its own', () => {
  expect(clientResource('rule/snapshut-1')).toMatchObject({ kind: 'blocklist', id: 'rule/snapshut-1' });
});
