import type { SQSRecord } from 'aws-lambda';
import { expect, test } from 'vitest';
import { RetryableError, TerminalError } from '../../lib/errors.ts';
import { handleBatch, maxReceiveCount } from '../../lib/handler/batch.ts';
import type { Normalised } from '../../lib/normalise.ts';

const group = (id: string) =>
  JSON.stringify({
    'detail-type': 'AWS API Call via CloudTrail',
    detail: {
      eventID: `event-${id}`,
      eventSource: 'ec2.amazonaws.com',
      eventName: 'AuthorizeSecurityGroupIngress',
      awsRegion: 'eu-central-1',
      recipientAccountId: '123456789012',
      requestParameters: { groupId: 'sg-0123456789abcdef0' },
    },
  });

function record(messageId: string, body: string, receives = 1): SQSRecord {
  const attributes = { ApproximateReceiveCount: String(receives), SentTimestamp: '0', SenderId: 'a' };
  return {
    messageId,
    body,
    attributes: { ...attributes, ApproximateFirstReceiveTimestamp: '0' },
    receiptHandle: messageId,
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:changes',
    awsRegion: 'eu-central-1',
  };
}

async function run(
  records: SQSRecord[],
  handle: (event: Normalised) => Promise<void> = async () => {},
  { leftMs = 60_000, isBroken = false, withDeadLetters = true } = {},
) {
  const lines: string[] = [];
  const letters: { body: string; reason: string }[] = [];
  const put = async (letter: { body: string; reason: string }) => {
    if (isBroken) throw new Error('no such queue');
    letters.push(letter);
  };
  const { batchItemFailures } = await handleBatch(records, {
    service: {
      handle: async (event) => {
        await handle(event);
        return [];
      },
    },
    log: (_, message, fields) => lines.push(JSON.stringify({ message, ...fields })),
    deadLetters: withDeadLetters ? { put } : null,
    leftMs: () => leftMs,
  });
  return { kept: batchItemFailures.map((one) => one.itemIdentifier), letters, lines };
}

const failing = (error: Error) => async (event: Normalised) => {
  if (event.eventId === 'event-bad') throw error;
};

test.each([
  ['that is no JSON', 'no JSON', 'malformed event: not JSON'],
  ['of no known shape', '{"a": 1}', 'malformed event: of no known shape'],
  ['that holds nothing', '[]', 'malformed event: not an event but an empty list'],
])('a message %s lies among the dead letters with its reason, the others are done', async (_, body, reason) => {
  const { kept, letters } = await run([record('bad', body), record('good', group('good'))]);

  expect(kept).toEqual([]);
  expect(letters).toEqual([{ body, reason, messageId: 'bad' }]);
});

test('what trying again cannot help is put away at once, with its reason in the log', async () => {
  const { kept, letters, lines } = await run(
    [record('m', group('bad'))],
    failing(new TerminalError('denied')),
  );

  expect(kept).toEqual([]);
  expect(letters).toMatchObject([{ reason: 'denied' }]);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { message: 'event not handled', eventId: 'event-bad', why: 'denied' },
    { message: 'message put among the dead letters', messageId: 'm', why: 'denied' },
  ]);
});

test('what may still pass goes back to the queue, and on the last try to the dead letters', async () => {
  const passing = failing(new RetryableError('throttled'));

  const first = await run([record('m', group('bad')), record('n', group('good'))], passing);
  const last = await run([record('m', group('bad'), maxReceiveCount)], passing);

  expect(first).toMatchObject({ kept: ['m'], letters: [] });
  expect(last).toMatchObject({ kept: [], letters: [{ reason: 'throttled' }] });
});

test('a bug is no reason to give an event up', async () => {
  const { kept, letters } = await run([record('m', group('bad'))], failing(new TypeError('x is undefined')));

  expect({ kept, letters }).toEqual({ kept: ['m'], letters: [] });
});

test.each([
  ['cannot be reached', { isBroken: true }],
  ['is not named', { withDeadLetters: false }],
])('the queue keeps the poison when the dead-letter queue %s', async (_, options) => {
  const { kept } = await run([record('m', 'no JSON'), record('n', group('good'))], undefined, options);

  expect(kept).toEqual(['m']);
});

test('nothing is started when little time is left: it goes back to the queue', async () => {
  const handled: string[] = [];

  const { kept } = await run(
    [record('m', group('1')), record('n', group('2'))],
    async (event) => void handled.push(event.eventId),
    { leftMs: 5_000 },
  );

  expect(kept).toEqual(['m', 'n']);
  expect(handled).toEqual([]);
});

test('messages that name one resource run one after the other, in their order', async () => {
  const steps: string[] = [];

  await run([record('m', group('1')), record('n', group('2')), record('o', group('3'))], async (event) => {
    steps.push(`${event.eventId} begins`);
    await new Promise((resolve) => setTimeout(resolve, event.eventId === 'event-1' ? 20 : 1));
    steps.push(`${event.eventId} ends`);
  });

  expect(steps).toEqual(['1', '2', '3'].flatMap((n) => [`event-${n} begins`, `event-${n} ends`]));
});
