import {
  CreateIPSetCommand,
  CreateWebACLCommand,
  GetIPSetCommand,
  GetWebACLCommand,
  ListIPSetsCommand,
  type Rule,
  UpdateIPSetCommand,
  UpdateWebACLCommand,
  WAFV2Client,
} from '@aws-sdk/client-wafv2';
import { describe, expect, test } from 'vitest';
import { applyBlocks } from '../../lib/logs/apply-blocks.ts';
import { BlockMemory } from '../../lib/logs/block-memory.ts';
import type { Blocked } from '../../lib/logs/block-set.ts';
import { FurtherSet, furtherSets } from '../../lib/providers/aws/further-set.ts';
import { IpSet } from '../../lib/providers/aws/ip-set.ts';
import { WebAcl } from '../../lib/providers/aws/web-acl.ts';
import { motoCredentials } from '../../lib/sandbox/moto.ts';
import { useMoto } from '../engines/moto.ts';
import { Settings } from '../real/settings.ts';

const moto = useMoto();
const where = { region: 'eu-central-1', scope: 'REGIONAL' } as const;
const nowMs = Date.parse('2026-11-24T11:00:00Z');
let made = 0;

const theirs: Rule = {
  Name: 'theirs',
  Priority: 0,
  Statement: { GeoMatchStatement: { CountryCodes: ['XK'] } },
  Action: { Block: {} },
  VisibilityConfig: { SampledRequestsEnabled: false, CloudWatchMetricsEnabled: false, MetricName: 'theirs' },
};

/** A web ACL of somebody else's, one named set for v4, and what may be made beside it. */
async function target({ wcuBudget = 1500, count = 2 } = {}) {
  const wafv2 = new WAFV2Client({
    endpoint: moto().endpoint,
    region: where.region,
    credentials: motoCredentials,
  });
  const name = `further-${++made}`;
  const of = { Name: name, Scope: where.scope };
  const visible = { SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: name };
  const shown = { DefaultAction: { Allow: {} }, VisibilityConfig: visible };
  const { Summary } = await wafv2.send(new CreateWebACLCommand({ ...of, ...shown, Rules: [theirs] }));
  await wafv2.send(new CreateIPSetCommand({ ...of, IPAddressVersion: 'IPV4', Addresses: [] }));
  const client = async () => wafv2;
  const acl = new WebAcl({ ...where, name, wcuBudget }, client, async () => {});
  /** As another process sees them: nothing is remembered. */
  const setsAnew = () => [
    new IpSet({ ...where, name, family: 'v4' }, client),
    ...furtherSets({ ...where, webAcl: name, count }, client, acl),
  ];
  const aclNow = async () => (await wafv2.send(new GetWebACLCommand({ ...of, Id: Summary?.Id }))) ?? {};
  const ours = async () => (await aclNow()).WebACL?.Rules?.filter((one) => one.Name !== 'theirs') ?? [];
  const writeRules = async (Rules: Rule[]) => {
    const { LockToken } = await aclNow();
    await wafv2.send(new UpdateWebACLCommand({ ...of, ...shown, Id: Summary?.Id, LockToken, Rules }));
  };
  const held = async (setName: string) => {
    const { IPSets } = await wafv2.send(new ListIPSetsCommand({ Scope: where.scope }));
    const Id = IPSets?.find((one) => one.Name === setName)?.Id;
    if (Id === undefined) return null;
    const names = { Name: setName, Scope: where.scope, Id };
    const { IPSet, LockToken } = await wafv2.send(new GetIPSetCommand(names));
    return { addresses: IPSet?.Addresses ?? [], arn: IPSet?.ARN ?? '', names, LockToken };
  };
  return { wafv2, name, acl, client, setsAnew, ours, writeRules, held, aclNow };
}

async function remembered(settings: Settings, count: number): Promise<BlockMemory> {
  const memory = await BlockMemory.load(settings);
  for (let index = 0; index < count; index++) {
    // No two in one /24, so that nothing can be put together.
    const client = `${11 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.7`;
    if (!memory.get(client)) memory.put(blocked(client, 1e6 - index));
  }
  return memory;
}

function blocked(client: string, weight: number): Blocked {
  const untilMs = nowMs + 3_600_000;
  return { client, untilMs, times: 1, evidenceMs: nowMs, weight, sets: [], pending: [] };
}

function applied(
  of: Awaited<ReturnType<typeof target>>,
  memory: BlockMemory,
  settings: Settings,
  atMs = nowMs,
) {
  return applyBlocks(of.setsAnew(), { memory, settings, nowMs: atMs, sleep: async () => {} });
}

describe('more offenders than the sets of the policy file hold', () => {
  test('get sets of their own, which one rule of ours refuses; nothing is made for fewer', async () => {
    const of = await target();
    const settings = new Settings();
    expect(await applied(of, await remembered(settings, 10_000), settings)).toMatchObject({ added: 10_000 });
    expect(await of.held(`snapshut-${of.name}-v4-1`)).toBeNull();
    expect(await of.ours()).toEqual([]);

    const more = await applied(of, await remembered(settings, 20_500), settings);

    expect(more).toMatchObject({ unplaced: [], added: 10_500 });
    const further = [1, 2].map((at) => of.held(`snapshut-${of.name}-v4-${at}`));
    const [first, second] = await Promise.all(further);
    expect([first?.addresses.length, second?.addresses.length]).toEqual([10_000, 500]);
    expect(await of.ours()).toMatchObject([
      {
        Name: 'snapshut-offenders',
        Priority: 1,
        Action: { Block: {} },
        Statement: {
          OrStatement: {
            Statements: [first?.arn, second?.arn].map((ARN) => ({ IPSetReferenceStatement: { ARN } })),
          },
        },
      },
    ]);
    expect((await of.aclNow()).WebACL?.Rules).toContainEqual(theirs);

    expect(await applied(of, await remembered(settings, 0), settings)).toMatchObject({
      added: 0,
      removed: 0,
    });
    const over = await applied(of, await remembered(settings, 0), settings, nowMs + 7_200_000);
    expect(over.removed).toBe(20_500);
    expect((await of.held(`snapshut-${of.name}-v4-1`))?.addresses).toEqual([]);
  }, 120_000);

  test('beyond the budget of the web ACL, and beyond the sets that may be made, keep the worst', async () => {
    // moto counts three units for any web ACL, so one more is too much.
    const none = await target({ wcuBudget: 3 });
    const settings = new Settings();
    const first = await applied(none, await remembered(settings, 10_020), settings);
    expect(first.unplaced).toHaveLength(20);
    expect(await none.held(`snapshut-${none.name}-v4-1`)).toBeNull();
    expect((await none.aclNow()).WebACL?.Rules).toEqual([theirs]);

    const one = await target({ count: 1 });
    const memory = await remembered(new Settings(), 20_010);
    const second = await applied(one, memory, new Settings());
    expect(second.unplaced.map((each) => each.weight)).toEqual(
      Array.from({ length: 10 }, (_, at) => 1e6 - 20_000 - at),
    );
  }, 120_000);

  test('stay refused when somebody takes the rule out, and others keep what they wrote into our set', async () => {
    const of = await target();
    const settings = new Settings();
    await applied(of, await remembered(settings, 10_001), settings);
    const name = `snapshut-${of.name}-v4-1`;
    await of.writeRules([theirs]);
    const before = await of.held(name);
    const Addresses = [...(before?.addresses ?? []), '192.0.2.1/32'];
    await of.wafv2.send(
      new UpdateIPSetCommand({
        ...(before?.names ?? { Name: '', Scope: 'REGIONAL', Id: '' }),
        LockToken: before?.LockToken,
        Addresses,
      }),
    );

    await applied(of, await remembered(settings, 10_002), settings);

    expect(await of.ours()).toMatchObject([{ Statement: { IPSetReferenceStatement: { ARN: before?.arn } } }]);
    expect((await of.held(name))?.addresses).toHaveLength(3);
    expect((await of.held(name))?.addresses).toContain('192.0.2.1/32');
  }, 120_000);

  test('are refused after a crash between the making of the set and its rule', async () => {
    const of = await target();
    const settings = new Settings();
    const name = `snapshut-${of.name}-v4-1`;
    const crashing = {
      refuse: async () => {
        throw new Error('crashed');
      },
    };
    const set = new FurtherSet({ ...where, name, family: 'v4' }, of.client, crashing);
    await expect(set.write(['203.0.113.5/32'], '')).rejects.toThrow('crashed');
    expect((await of.held(name))?.addresses).toEqual([]);

    await applied(of, await remembered(settings, 10_001), settings);

    expect((await of.held(name))?.addresses).toHaveLength(1);
    expect(await of.ours()).toMatchObject([{ Name: 'snapshut-offenders' }]);
  }, 120_000);

  test('a set that two make at once is made once', async () => {
    const of = await target();
    const name = `snapshut-${of.name}-v4-1`;
    const [one, other] = [0, 1].map(
      () => new FurtherSet({ ...where, name, family: 'v4' }, of.client, of.acl),
    );
    expect(await other?.read()).toEqual({ addresses: [], token: '' });
    expect(await one?.write(['203.0.113.5/32'], '')).toBe(true);

    expect(await other?.write(['203.0.113.6/32'], '')).toBe(false);
    expect((await of.held(name))?.addresses).toEqual(['203.0.113.5/32']);
  });
});
