import { createHmac } from 'node:crypto';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Case, Entry } from '../../lib/cases.ts';
import { RetryableError, TerminalError } from '../../lib/errors.ts';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { EmailNotifier } from '../../lib/notify/email.ts';
import { guardedPost, whyPrivate } from '../../lib/notify/guarded-post.ts';
import { PagerDutyNotifier } from '../../lib/notify/pagerduty.ts';
import { SnsNotifier } from '../../lib/notify/sns.ts';
import { TeamsNotifier } from '../../lib/notify/teams.ts';
import { WebhookNotifier } from '../../lib/notify/webhook.ts';
import { Teller, undeliveredTo } from '../../lib/tell.ts';
import { entry, opened, shut, stories } from '../history/samples.ts';
import { type Receiver, startReceiver } from './receiver.ts';

let receiver: Receiver;
let history: SqliteHistory;
beforeEach(async () => {
  receiver = await startReceiver();
  history = SqliteHistory.open(':memory:');
});
afterEach(async () => {
  await receiver.close();
  await history.close();
});

const now = new Date('2026-11-24T08:00:00.000Z');
const local = { allowPrivateHosts: ['127.0.0.1'] };
const secret = 'a secret of the two of them';

async function told(why = 'ssh is open to the whole internet'): Promise<{ about: Case; entries: Entry[] }> {
  await history.append(opened({ caseId: 'c-1', why }), 0);
  await history.append(
    entry('c-1', 1, {
      type: 'asked',
      why,
      changes: [shut],
      planFingerprint: 'p',
      expiresAt: '2026-11-25T08:00:00.000Z',
    }),
    1,
  );
  const about = await history.append(entry('c-1', 2, stories.unfixed()), 2);
  return { about, entries: await history.entries('c-1') };
}

const webhook = (over: Partial<ConstructorParameters<typeof WebhookNotifier>[0]> = {}) =>
  new WebhookNotifier({
    name: 'webhook',
    url: receiver.url,
    secret: async () => secret,
    format: 'snapshut',
    minSeverity: 'low',
    ...local,
    now: () => now,
    ...over,
  });

describe('a webhook', () => {
  it('gets each event once, signed over id, time and body', async () => {
    const { about, entries } = await told();
    await webhook().tell(about, entries, 0);

    expect(receiver.posts.map((one) => one.headers['webhook-id'])).toEqual(['c-1/2', 'c-1/3']);
    for (const { headers, body } of receiver.posts) {
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      const expected = `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`;
      expect(headers['webhook-signature']).toBe(expected);
      expect(JSON.parse(body).case).toMatchObject({ caseId: 'c-1', control: 'public-port' });
    }
  });

  it('gets only what it has not, and nothing below its severity', async () => {
    const { about, entries } = await told();
    await webhook().tell(about, entries, 2);
    await webhook({ minSeverity: 'critical' }).tell(about, entries, 0);

    expect(receiver.posts.map((one) => one.headers['webhook-id'])).toEqual(['c-1/3']);
  });

  it.each([
    [503, {}, RetryableError],
    [429, { 'Retry-After': '7' }, RetryableError],
    [401, {}, RetryableError],
    [400, {}, TerminalError],
    [302, { Location: 'http://169.254.169.254/latest/meta-data' }, TerminalError],
  ])('that answers %i with %j', async (status, headers, kind) => {
    const { about, entries } = await told();
    receiver.answers.push({ status, headers });

    const error = await webhook()
      .tell(about, entries, 2)
      .catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(kind);
    if (status === 429) expect(error).toMatchObject({ afterMs: 7000 });
    expect(receiver.posts).toHaveLength(1);
  });

  it('that takes no message keeps it among the undelivered, and one that is down gets it later', async () => {
    const clock = { nowMs: now.getTime() };
    const channels = [webhook()];
    const teller = new Teller({ history, channels, now: () => new Date(clock.nowMs), warn: () => {} });
    receiver.answers.push({ status: 500 }, { status: 200 }, { status: 422 });
    const { about } = await told();
    await teller.begin(about);
    await teller.settle();
    expect(await history.untold(9, 'webhook')).toHaveLength(1);

    clock.nowMs += 60_000;
    await teller.tellUntold();

    expect(await history.untold(9, 'webhook')).toEqual([]);
    expect(await history.setting(undeliveredTo('webhook'))).toMatchObject([
      { caseId: 'c-1', why: expect.stringContaining('422') },
    ]);
  });

  it('shows no secret that stands in a name', async () => {
    const { about, entries } = await told('see xoxb-1234567890-abcdefgh');
    await webhook().tell(about, entries, 0);

    expect(receiver.posts.map((one) => one.body).join()).not.toContain('xoxb-');
  });

  it('gets OCSF and ASFF where it asks for them', async () => {
    const { about, entries } = await told();
    await webhook({ format: 'ocsf' }).tell(about, entries, 2);
    await webhook({ format: 'asff' }).tell(about, entries, 2);

    const [ocsf, asff] = receiver.posts.map((one) => JSON.parse(one.body));
    expect(ocsf).toMatchObject({
      class_uid: 2004,
      category_uid: 2,
      activity_id: 2,
      type_uid: 200402,
      severity_id: 4,
      status_id: 1,
      metadata: { version: '1.3.0', uid: 'c-1/3', product: { name: 'Snapshut' } },
      finding_info: { uid: 'c-1' },
      cloud: { provider: 'aws', account: { uid: '123456789012' } },
      resources: [{ uid: 'sg-1' }],
    });
    expect(typeof ocsf.time).toBe('number');
    expect(asff).toMatchObject({ SchemaVersion: '2018-10-08', AwsAccountId: '123456789012' });
  });
});

describe('an address of somebody else', () => {
  it.each([
    'http://hooks.example.org/x',
    'https://127.0.0.1/x',
    'https://2130706433/x',
    'https://0x7f.1/x',
    'https://[::1]/x',
    'https://[::ffff:10.0.0.1]/x',
    'https://[64:ff9b::a00:1]/x',
    'https://[fe80::1]/x',
    'https://169.254.169.254/latest/meta-data',
    'https://[fd00:ec2::254]/x',
    'https://10.1.2.3/x',
    'https://0.0.0.0/x',
    'https://224.0.0.1/x',
    'https://user:password@hooks.example.org/x',
  ])('%s is not reached', async (url) => {
    await expect(guardedPost({ url, headers: {}, body: '' })).rejects.toThrow(TerminalError);
  });

  it('is not reached by a name that leads to this machine', async () => {
    await expect(guardedPost({ url: 'https://localhost:14443/x', headers: {}, body: '' })).rejects.toThrow(
      TerminalError,
    );
  });

  it('is reached where it is public', () => {
    for (const address of ['93.184.215.14', '2606:4700::1']) expect(whyPrivate(address)).toBeNull();
  });
});

describe('PagerDuty', () => {
  const pagerduty = () =>
    new PagerDutyNotifier({
      url: receiver.url,
      routingKey: async () => 'key',
      minSeverity: 'high',
      ...local,
    });

  it('gets an incident while something is left to do, and its end when the case closes', async () => {
    const { about, entries } = await told();
    await pagerduty().tell(about, entries, 0);
    const closed = await history.append(entry('c-1', 3, stories.closed()), 3);
    await pagerduty().tell(closed, await history.entries('c-1'), 3);

    const [trigger, resolve] = receiver.posts.map((one) => JSON.parse(one.body));
    expect(trigger).toMatchObject({
      routing_key: 'key',
      event_action: 'trigger',
      dedup_key: 'snapshut/c-1',
      payload: { severity: 'error', source: 'sg-1', class: 'public-port' },
    });
    expect(trigger.payload.summary.length).toBeLessThanOrEqual(1024);
    expect(resolve).toEqual({ routing_key: 'key', event_action: 'resolve', dedup_key: 'snapshut/c-1' });
  });
});

describe('Teams', () => {
  it('gets a card in which names stay names', async () => {
    const { about, entries } = await told(`[click](https://evil.example) <at>all</at> ${'x'.repeat(50_000)}`);
    const teams = new TeamsNotifier({ url: async () => receiver.url, minSeverity: 'low', ...local });
    await teams.tell(about, entries, 2);

    const [post] = receiver.posts;
    expect(post?.body.length).toBeLessThan(28_000);
    const types = JSON.stringify(JSON.parse(post?.body ?? '{}')).match(/"type":"\w+"/g) ?? [];
    expect(new Set(types)).toEqual(
      new Set(['"type":"message"', '"type":"AdaptiveCard"', '"type":"RichTextBlock"', '"type":"TextRun"']),
    );
  });
});

describe('SNS and SES', () => {
  it('a topic gets a message per event, in order and once on a FIFO topic', async () => {
    const sns = mockClient(SNSClient).on(PublishCommand).resolves({ MessageId: '1' });
    const sdk = await import('@aws-sdk/client-sns');
    const topicArn = 'arn:aws:sns:eu-central-1:123456789012:alerts.fifo';
    const regions: string[] = [];
    const open = async (region: string) => {
      regions.push(region);
      return { sdk, client: new SNSClient({ region }) };
    };
    const { about, entries } = await told('Größe 😀');
    await new SnsNotifier({ topicArn, format: 'snapshut', minSeverity: 'low', open }).tell(about, entries, 0);

    const inputs = sns.commandCalls(PublishCommand).map((one) => one.args[0].input);
    expect(inputs.map((one) => JSON.parse(one.Message ?? '').id)).toEqual(['c-1/2', 'c-1/3']);
    expect(new Set(inputs.map((one) => one.MessageGroupId)).size).toBe(1);
    expect(new Set(inputs.map((one) => one.MessageDeduplicationId)).size).toBe(2);
    for (const { Subject } of inputs) expect(Subject).toMatch(/^[\x20-\x7e]{1,100}$/);
    expect(regions).toEqual(['eu-central-1']);
    sns.restore();
  });

  it('an outage is tried again, a refused message is not', async () => {
    const ses = mockClient(SESv2Client);
    const sdk = await import('@aws-sdk/client-sesv2');
    const open = async () => ({ sdk, client: new SESv2Client({ region: 'eu-central-1' }) });
    const email = new EmailNotifier({
      from: 'a@example.org',
      to: ['b@example.org'],
      minSeverity: 'low',
      open,
    });
    const { about, entries } = await told('line\nbreak');
    const failing = (name: string) =>
      ses.on(SendEmailCommand).rejects(Object.assign(new Error('no'), { name }));

    failing('TooManyRequestsException');
    await expect(email.tell(about, entries, 0)).rejects.toThrow(RetryableError);
    failing('MessageRejected');
    await expect(email.tell(about, entries, 0)).rejects.toThrow(TerminalError);
    ses.reset();
    ses.on(SendEmailCommand).resolves({});
    await email.tell(about, entries, 0);

    const [call] = ses.commandCalls(SendEmailCommand);
    const subject = call?.args[0].input.Content?.Simple?.Subject?.Data ?? '';
    expect(subject).not.toMatch(/[\r\n]/);
    expect(call?.args[0].input.Content?.Simple?.Body?.Html).toBeUndefined();
    ses.restore();
  });
});
