import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSecurityGroupCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { motoAccount, motoCredentials } from '../../lib/sandbox/moto.ts';
import { eventsFile, exposedGroups, looked, region } from '../bench/groups.ts';
import { snapshut } from '../e2e/cli.ts';
import { useMoto } from '../engines/moto.ts';
import { type Started, startService } from './process.ts';

const moto = useMoto();
const token = 'a-token-of-the-test';
let home: string;
/** Enough that nothing below is above the share of a kind that may be fixed in an hour. */
beforeAll(async () => {
  const client = new EC2Client({ endpoint: moto().endpoint, region, credentials: motoCredentials });
  for (let n = 0; n < 150; n++)
    await client.send(new CreateSecurityGroupCommand({ GroupName: `closed-${n}`, Description: 'closed' }));
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'snapshut-'));
});

async function start(policy: object, over: NodeJS.ProcessEnv = {}): Promise<Started> {
  const file = join(home, 'policy.yml');
  const limits = { fixesPerHour: 1000, percentPerHour: 100 };
  await writeFile(file, JSON.stringify({ limits, ...policy }));
  const env = {
    AWS_ENDPOINT_URL: moto().endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: motoCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: motoCredentials.secretAccessKey,
    SNAPSHUT_HOME: home,
    SNAPSHUT_TOKEN: token,
    ...over,
  };
  return startService(env, ['--policy', file]);
}

/** After the sweep at the start, so that what follows comes from the events alone. */
async function started(): Promise<Started> {
  const service = await start({});
  await expect.poll(() => service.said(), { timeout: 20_000 }).toContain('Swept: ');
  return service;
}

async function post(service: Started, body: string): Promise<{ accepted: string[]; known: string[] }> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-ndjson' };
  const reply = await fetch(`${service.url}/events`, { method: 'POST', headers, body });
  expect(reply.status).toBe(202);
  return (await reply.json()) as { accepted: string[]; known: string[] };
}

async function eventsOf(groups: readonly string[]): Promise<string> {
  const file = join(home, 'events.jsonl');
  await eventsFile(file, groups);
  return readFile(file, 'utf8');
}

const waitingAt = async ({ url }: Started) =>
  ((await (await fetch(`${url}/healthz`)).json()) as { queue: object }).queue;
const empty = { waiting: 0, taken: 0, dead: 0, oldestAgeMs: null };

const cases = async (groups: readonly string[]) => {
  const args = ['history', '--control', 'public-port', '--limit', '500', '--json'];
  const { lines } = await snapshut(args, { endpoint: moto().endpoint, home });
  return lines.filter((one) => groups.includes((one.resource as { id: string }).id));
};

describe('the service on an account', () => {
  it('handles posted events, once each', async () => {
    const service = await started();
    const groups = await exposedGroups(moto().endpoint, 5);
    const events = await eventsOf(groups);

    expect((await post(service, events)).accepted).toHaveLength(5);
    expect((await post(service, events)).known).toHaveLength(5);

    await expect.poll(() => waitingAt(service), { timeout: 20_000 }).toEqual(empty);
    expect(await service.end()).toBe(0);
    expect(await looked(moto().endpoint, groups)).toEqual({ open: 0, innocent: 10 });
    const found = await cases(groups);
    expect(found.map((one) => [one.outcome, (one.actor as { name?: string })?.name])).toEqual(
      groups.map(() => ['fixed', expect.stringContaining('user/alice')]),
    );
  }, 60_000);

  it('loses nothing when it is killed in the middle and started again', async () => {
    const killed = await started();
    const groups = await exposedGroups(moto().endpoint, 130);
    await post(killed, await eventsOf(groups));
    // More than are under way at once: some are shut, some half done, some untouched.
    const stillOpen = async () => (await looked(moto().endpoint, groups)).open;
    await expect.poll(stillOpen, { timeout: 20_000, interval: 5 }).toBeLessThan(groups.length);
    expect(await killed.end('SIGKILL')).toBe('SIGKILL');
    const { open } = await looked(moto().endpoint, groups);

    const again = await start({});
    await expect.poll(() => waitingAt(again), { timeout: 30_000 }).toEqual(empty);
    await again.end();

    expect(open).toBeGreaterThan(0);
    expect(await looked(moto().endpoint, groups)).toEqual({ open: 0, innocent: 260 });
    const found = await cases(groups);
    expect(found.map((one) => one.outcome)).toEqual(groups.map(() => 'fixed'));
    for (const one of found.slice(0, 10)) {
      const args = ['show', String(one.caseId), '--json'];
      const shown = await snapshut(args, { endpoint: moto().endpoint, home });
      const entries = shown.lines[0]?.entries as { story: { type: string } }[];
      expect(entries.map((entry) => entry.story.type)).toEqual(['opened', 'intent', 'fixed']);
      expect(shown.code).toBe(0);
    }
  }, 120_000);

  it('reads the queue of the policy file', async () => {
    const sqs = new SQSClient({ endpoint: moto().endpoint, region, credentials: motoCredentials });
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'snapshut' }));
    const groups = await exposedGroups(moto().endpoint, 3);
    const [one, ...more] = (await eventsOf(groups)).trim().split('\n');
    for (const MessageBody of [one, 'poison', JSON.stringify(more.map((line) => JSON.parse(line)))])
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    const accounts = [{ provider: 'aws', id: motoAccount, regions: [region] }];

    const service = await start({ accounts, queue: { url: QueueUrl } }, { SNAPSHUT_TOKEN: '' });
    const leftOf = async () => {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }),
      );
      return names.map((name) => Number(Attributes?.[name])).reduce((a, b) => a + b);
    };
    await expect.poll(leftOf, { timeout: 20_000 }).toBe(1);
    await expect.poll(() => looked(moto().endpoint, groups)).toEqual({ open: 0, innocent: 6 });
    expect(await service.end()).toBe(0);

    expect(service.said()).toContain('HTTP intake is off: SNAPSHUT_TOKEN is not set.');
    expect(service.said()).toContain('stays in the queue: not JSON');
    expect(await leftOf()).toBe(1);
  }, 60_000);

  it('does not start on a wrong policy file', async () => {
    const wrong = start({ queue: { ulr: 'https://example.org' } });
    await expect(wrong).rejects.toThrow(/start ended with 2: .*ulr/s);
  });
});
