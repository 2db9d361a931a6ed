import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { publicBucket } from '../../lib/controls/public-bucket.ts';
import { publicPolicy } from '../../lib/controls/public-policy.ts';
import { publicPort } from '../../lib/controls/public-port.ts';
import { publicSharing } from '../../lib/controls/public-sharing.ts';
import { type Json, type Resource, resourceKey } from '../../lib/model.ts';
import { normaliseAll } from '../../lib/normalise.ts';
import { MemoryProvider } from '../../lib/providers/memory.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { respond } from '../../lib/respond.ts';
import { firewall, makeWorld, opened, rule } from './harness.ts';

/** What other tools report is a hint like any event. */

const guarded = [{ provider: 'aws', account: '123456789012', regions: ['eu-central-1'] }] as const;
const place = { provider: 'aws', account: '123456789012', region: 'eu-central-1' } as const;
const recorded = (name: string) =>
  normaliseAll(
    JSON.parse(readFileSync(new URL(`../../events/aws/${name}.json`, import.meta.url), 'utf8')) as Json,
  );

test('findings of five tools on one bucket make one case, which the first of them shuts', async () => {
  const world = makeWorld({ controls: [publicBucket] });
  const bucket: Resource = { ...place, kind: 'bucket', id: 'shop-data' };
  world.cloud.put(bucket, publicBucket.examples.bad);
  const tools = [
    'finding-macie',
    'finding-guardduty-bucket',
    'finding-securityhub-other-product',
    'finding-access-analyzer-error',
    'notice-object-acl-updated',
  ];

  const outcomes = [];
  for (const tool of tools)
    for (const event of recorded(tool))
      outcomes.push(
        ...(await respond(event, guarded, world.loop)).filter((one) => one.resource?.kind === 'bucket'),
      );

  expect(outcomes.map((one) => one.outcome)).toEqual(['fixed', 'clean', 'clean', 'clean', 'clean']);
  expect((await world.history.find({ limit: 10 })).cases).toHaveLength(1);
});

test('an exemption holds against a finding as it does against an event', async () => {
  const world = makeWorld({ controls: [publicPolicy] });
  const queue: Resource = { ...place, kind: 'policy', id: 'arn:aws:sqs:eu-central-1:123456789012:orders' };
  world.cloud.put(queue, publicPolicy.examples.bad);
  world.policy.exemptions = [
    {
      resourceKey: resourceKey(queue),
      control: 'public-policy',
      until: '2026-12-31T00:00:00.000Z',
      reason: 'an open drop box',
      by: 'maria',
      covers: null,
    },
  ];

  const [event] = recorded('finding-access-analyzer');
  const outcomes = event ? await respond(event, guarded, world.loop) : [];

  expect(outcomes.map((one) => one.outcome)).toEqual(['exempt']);
});

test('a finding about what is closed by now changes nothing', async () => {
  const world = makeWorld({ controls: [publicPort] });
  const group: Resource = { ...place, kind: 'firewall', id: 'sg-0123456789abcdef0' };
  world.cloud.put(group, firewall([rule('r', { peer: { type: 'cidr', cidr: '198.51.100.7/32' } })]));

  const [event] = recorded('finding-securityhub-imported');
  const outcomes = event ? await respond(event, guarded, world.loop) : [];

  expect(outcomes.map((one) => one.outcome)).toEqual(['clean']);
});

test('a share with all and with a stranger is one case: all goes, the stranger stays and is asked about', async () => {
  const cloud = new MemoryProvider();
  const world = makeWorld({ provider: cloud, controls: [publicSharing] });
  const snapshot: Resource = { ...place, kind: 'sharing', id: 'snap-06d7e8f901234567a' };
  cloud.put(snapshot, publicSharing.examples.bad);

  const [fixed, asked] = await reconcile(
    snapshot,
    { ...opened, name: 'ModifySnapshotAttribute' },
    world.loop,
  );

  const [now] = await cloud.read([snapshot]);
  expect(now?.status === 'found' && now.state.kind === 'sharing' && now.state.shares).toEqual([
    { id: '123456789012' },
    { id: '999999999999' },
  ]);
  expect([fixed?.outcome, asked?.outcome]).toEqual(['fixed', 'asked']);
  expect(asked?.caseId).toBe(fixed?.caseId);
});
