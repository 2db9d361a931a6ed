import type { Call } from './call.ts';
import type { Answer } from './refusals.ts';

/** Batches of which half is done: what is left is named in an answer of success. */

type Entries = { [field: string]: unknown }[];

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html and its like. */
const ofQueues = /^(SendMessage|DeleteMessage|ChangeMessageVisibility)Batch$/;

export function isBatch({ service, operation }: Call): boolean {
  return (
    (service === 'sqs' && ofQueues.test(operation)) ||
    (service === 'dynamodb' && operation === 'BatchWriteItem')
  );
}

export interface Halved {
  /** What is done of it. */
  call: Call;
  /** The engine's answer to that, with the rest as not done. */
  answer(done: Answer): Answer;
}

/** Null where there is only one. */
export function halve(call: Call): Halved | null {
  const asked = JSON.parse(call.body.toString());
  return call.service === 'sqs' ? halfOfQueue(call, asked) : halfOfTable(call, asked);
}

function halfOfQueue(call: Call, asked: { Entries: Entries }): Halved | null {
  const { Entries: entries } = asked;
  const half = Math.floor(entries.length / 2);
  if (half === 0) return null;
  const Failed = entries
    .slice(half)
    .map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError', Message: 'by the fault proxy' }));
  return {
    call: { ...call, body: Buffer.from(JSON.stringify({ ...asked, Entries: entries.slice(0, half) })) },
    answer: (done) => withFields(done, { Failed }),
  };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
function halfOfTable(call: Call, asked: { RequestItems: { [table: string]: Entries } }): Halved | null {
  const [[table, entries] = ['', []]] = Object.entries(asked.RequestItems);
  const half = Math.floor(entries.length / 2);
  if (half === 0) return null;
  const RequestItems = { ...asked.RequestItems, [table]: entries.slice(0, half) };
  return {
    call: { ...call, body: Buffer.from(JSON.stringify({ ...asked, RequestItems })) },
    answer: (done) => withFields(done, { UnprocessedItems: { [table]: entries.slice(half) } }),
  };
}

function withFields(answer: Answer, fields: object): Answer {
  if (answer.status >= 300) return answer;
  const { 'content-length': _, 'x-amz-crc32': __, ...headers } = answer.headers;
  const body = Buffer.from(JSON.stringify({ ...JSON.parse(answer.body.toString()), ...fields }));
  return { ...answer, headers, body };
}
