import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AttributeValue,
  DynamoDBClient,
  DynamoDBClientConfig,
  TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { callTimeouts } from '../call-timeouts.ts';
import { messageOf, RetryableError, TerminalError } from '../errors.ts';

export type Scalar = string | number | Uint8Array;
export type Item = { [name: string]: Scalar };
export type Key = { pk: string; sk: string };

export interface Condition {
  if: string;
  values?: Item;
}

export type Write =
  | ({ put: Item } & Partial<Condition>)
  | ({ update: Key; set: Item; remove: string[] } & Partial<Condition>)
  | ({ delete: Key } & Partial<Condition>);

export interface Query {
  index?: string;
  /** `pk = :pk and begins_with(sk, :prefix)` */
  where: string;
  values: Item;
  filter?: string;
  descending?: boolean;
  pageSize?: number;
}

type Sdk = typeof import('@aws-sdk/client-dynamodb');

/** The calls on one table, with plain values, every page read, and errors sorted into the two classes. */
export class DynamoTable {
  readonly #name: string;
  readonly #config: DynamoDBClientConfig;
  #loaded: Promise<{ sdk: Sdk; client: DynamoDBClient }> | null = null;

  constructor(name: string, config: DynamoDBClientConfig) {
    this.#name = name;
    this.#config = config;
  }

  /** The client is large; a process that never touches the history must not pay for it. */
  async #load() {
    this.#loaded ??= import('@aws-sdk/client-dynamodb').then((sdk) => ({
      sdk,
      client: new sdk.DynamoDBClient({ requestHandler: callTimeouts, ...this.#config }),
    }));
    return this.#loaded;
  }

  async get(key: Key): Promise<Item | null> {
    const { sdk, client } = await this.#load();
    const input = { TableName: this.#name, Key: attributes(key), ConsistentRead: true };
    const { Item: found } = await sorted(client.send(new sdk.GetItemCommand(input)));
    return found ? plain(found) : null;
  }

  /** In no order; what is not there is left out. */
  async getMany(keys: readonly Key[]): Promise<Item[]> {
    const { sdk, client } = await this.#load();
    const found: Item[] = [];
    let waiting = keys.map(attributes);
    for (let round = 0; waiting.length > 0; round++) {
      if (round > keys.length + 10) throw new RetryableError(`${this.#name} leaves keys unread`);
      const asked = { Keys: waiting.slice(0, batchSize), ConsistentRead: true };
      const input = { RequestItems: { [this.#name]: asked } };
      const answer = await sorted(client.send(new sdk.BatchGetItemCommand(input)));
      const items = answer.Responses?.[this.#name] ?? [];
      found.push(...items.map(plain));
      const unread = answer.UnprocessedKeys?.[this.#name]?.Keys ?? [];
      if (items.length === 0 && unread.length > 0) await sleep(backoffMs(round));
      waiting = [...unread, ...waiting.slice(batchSize)];
    }
    return found;
  }

  async *query({ index, where, values, filter, descending, pageSize }: Query): AsyncGenerator<Item[]> {
    const { sdk, client } = await this.#load();
    let start: Record<string, AttributeValue> | undefined;
    do {
      const command = new sdk.QueryCommand({
        TableName: this.#name,
        IndexName: index,
        KeyConditionExpression: where,
        ExpressionAttributeValues: attributes(values),
        FilterExpression: filter,
        ScanIndexForward: !descending,
        Limit: pageSize,
        // An index cannot be read consistently.
        ConsistentRead: index === undefined,
        ExclusiveStartKey: start,
      });
      const answer = await sorted(client.send(command));
      yield (answer.Items ?? []).map(plain);
      start = answer.LastEvaluatedKey;
    } while (start);
  }

  async all(query: Query): Promise<Item[]> {
    const items: Item[] = [];
    for await (const page of this.query(query)) items.push(...page);
    return items;
  }

  /** False when the condition does not hold. */
  async write(write: Write): Promise<boolean> {
    const { sdk, client } = await this.#load();
    const { Put, Update, Delete } = asTransactItem(this.#name, write);
    try {
      if (Put) await client.send(new sdk.PutItemCommand(Put));
      if (Update) await client.send(new sdk.UpdateItemCommand(Update));
      if (Delete) await client.send(new sdk.DeleteItemCommand(Delete));
      return true;
    } catch (error) {
      if (error instanceof sdk.ConditionalCheckFailedException) return false;
      throw classified(error);
    }
  }

  /**
   * All or nothing. Null when done, else the places of the writes whose conditions do not hold. The client
   * gives each command a request token, so that its own tries after a lost answer count once.
   */
  async transact(writes: readonly Write[]): Promise<number[] | null> {
    const { sdk, client } = await this.#load();
    const items = writes.map((write) => asTransactItem(this.#name, write));
    for (let round = 0; ; round++) {
      try {
        await client.send(new sdk.TransactWriteItemsCommand({ TransactItems: items }));
        return null;
      } catch (error) {
        if (!(error instanceof sdk.TransactionCanceledException)) throw classified(error);
        const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
        const failed = codes.flatMap((code, at) => (code === 'ConditionalCheckFailed' ? [at] : []));
        if (failed.length > 0) return failed;
        const isBusy = codes.every((code) => passing.has(code));
        if (!isBusy) throw new TerminalError(messageOf(error), { cause: error });
        if (round === 5) throw new RetryableError(messageOf(error), { cause: error });
        await sleep(backoffMs(round));
      }
    }
  }

  async close(): Promise<void> {
    const loaded = await this.#loaded;
    loaded?.client.destroy();
  }
}

const batchSize = 100;
const backoffMs = (round: number): number => Math.min(20 * 2 ** round, 1000);

const passing: ReadonlySet<string> = new Set([
  'None',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

function asTransactItem(table: string, write: Write): TransactWriteItem {
  const condition = write.if === undefined ? {} : { ConditionExpression: write.if };
  const values = (more: Item = {}) => {
    const all = { ...write.values, ...more };
    return Object.keys(all).length === 0 ? {} : { ExpressionAttributeValues: attributes(all) };
  };
  const common = { TableName: table, ...condition };
  if ('put' in write) return { Put: { ...common, ...values(), Item: attributes(write.put) } };
  if ('delete' in write) return { Delete: { ...common, ...values(), Key: attributes(write.delete) } };
  const set = Object.entries(write.set);
  const sets = `SET ${set.map(([name]) => `${name} = :set_${name}`).join(', ')}`;
  const removes = write.remove.length === 0 ? '' : ` REMOVE ${write.remove.join(', ')}`;
  const setValues = Object.fromEntries(set.map(([name, value]) => [`:set_${name}`, value]));
  const UpdateExpression = sets + removes;
  return { Update: { ...common, ...values(setValues), Key: attributes(write.update), UpdateExpression } };
}

function attributes(item: Item): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, attribute(value)]));
}

function attribute(value: Scalar): AttributeValue {
  if (typeof value === 'string') return { S: value };
  return typeof value === 'number' ? { N: String(value) } : { B: value };
}

function plain(item: Record<string, AttributeValue>): Item {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, value.S ?? value.B ?? Number(value.N)]),
  );
}

async function sorted<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw classified(error);
  }
}

/** The client has already tried again where that was worth it; what is left may still pass later. */
function classified(error: unknown): Error {
  const { name, $metadata, $retryable } = error as {
    name?: string;
    $metadata?: { httpStatusCode?: number };
    $retryable?: object;
  };
  const status = $metadata?.httpStatusCode;
  const isPassing =
    $retryable !== undefined ||
    name === 'TransactionInProgressException' ||
    /Throttl|ThroughputExceeded|LimitExceeded/.test(name ?? '') ||
    (status === undefined ? name !== 'CredentialsProviderError' : status >= 500 || status === 429);
  const text = `DynamoDB: ${name}: ${messageOf(error)}`;
  return isPassing ? new RetryableError(text, { cause: error }) : new TerminalError(text, { cause: error });
}
