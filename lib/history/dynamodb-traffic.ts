import { createHash } from 'node:crypto';
import type { AttributeValue, DynamoDBClient, QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import type { SharedTraffic, TrafficAddition } from '../waf/shared-traffic.ts';
import { DistinctClients, type Sort, Traffic, traitNames } from '../waf/traffic.ts';

/** Writers are spread by the object that they read, so that few of them meet at one item and one partition. */
const shards = 16;
/** A window of more than so many megabytes in a shard is not read on: what is common is in every part of it. */
const pagesRead = 8;
const keptMs = 2 * 3_600_000;

/**
 * Shared traffic in the table of the history: one item per window, sort and shard, to which DynamoDB adds atomically.
 * Clients are a set of numbers, so that adding is taking in what another counted.
 */
export class DynamoTraffic implements SharedTraffic {
  readonly #table: string;
  readonly #client: () => Promise<DynamoDBClient>;

  constructor(table: string, client: () => Promise<DynamoDBClient>) {
    this.#table = table;
    this.#client = client;
  }

  async add({ source, windowMs, fromMs, sorts }: TrafficAddition): Promise<void> {
    const pk = pkOf(fromMs, windowMs, createHash('sha256').update(source).digest().readUInt8(0) % shards);
    const expiresAt = Math.ceil((fromMs + windowMs + keptMs) / 1000);
    await pMap(sorts, (sort) => this.#addSort(pk, sort, source, expiresAt), { concurrency: 8 });
  }

  async #addSort(
    pk: string,
    { traits, requests, clients }: Sort,
    source: string,
    expiresAt: number,
  ): Promise<void> {
    const { ConditionalCheckFailedException, UpdateItemCommand } = await import('@aws-sdk/client-dynamodb');
    const client = await this.#client();
    const text = JSON.stringify(traitNames.map((name) => traits[name]));
    try {
      await client.send(
        new UpdateItemCommand({
          TableName: this.#table,
          Key: { pk: { S: pk }, sk: { S: createHash('sha256').update(text).digest('base64url') } },
          UpdateExpression:
            'ADD #requests :requests, #clients :clients, #sources :sources SET #traits = :traits, #expires = :expires',
          ConditionExpression: 'attribute_not_exists(#sources) OR NOT contains(#sources, :source)',
          ExpressionAttributeNames: {
            '#requests': 'requests',
            '#clients': 'clients',
            '#sources': 'sources',
            '#traits': 'traits',
            '#expires': 'expiresAt',
          },
          ExpressionAttributeValues: {
            ':requests': { N: String(requests) },
            ':clients': { NS: clients.marks.map(String) },
            ':sources': { SS: [source] },
            ':source': { S: source },
            ':traits': { S: text },
            ':expires': { N: String(expiresAt) },
          },
        }),
      );
    } catch (error) {
      // A queue delivers at least once: this object was counted before.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  async window(fromMs: number, windowMs: number): Promise<Traffic> {
    const traffic = new Traffic();
    const all = Array.from({ length: shards }, (_, shard) => pkOf(fromMs, windowMs, shard));
    await pMap(all, (pk) => this.#readShard(pk, traffic), { concurrency: 4 });
    return traffic;
  }

  async #readShard(pk: string, into: Traffic): Promise<void> {
    const { QueryCommand } = await import('@aws-sdk/client-dynamodb');
    const client = await this.#client();
    let start: QueryCommandOutput['LastEvaluatedKey'];
    for (let page = 0; page < pagesRead; page++) {
      const { Items, LastEvaluatedKey }: QueryCommandOutput = await client.send(
        new QueryCommand({
          TableName: this.#table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: pk } },
          ...(start && { ExclusiveStartKey: start }),
        }),
      );
      for (const item of Items ?? []) into.add(sortOf(item));
      start = LastEvaluatedKey;
      if (!start) return;
    }
  }
}

function pkOf(fromMs: number, windowMs: number, shard: number): string {
  return `traffic/${windowMs}/${fromMs}/${shard}`;
}

/** Only this class writes such items. */
function sortOf({ traits, requests, clients }: { [name: string]: AttributeValue }): Sort {
  const [tls = '', userAgent = '', shape = '', country = '', method = ''] = JSON.parse(
    traits?.S ?? '[]',
  ) as string[];
  return {
    traits: { tls, userAgent, shape, country, method },
    requests: Number(requests?.N ?? 0),
    clients: DistinctClients.of((clients?.NS ?? []).map(Number)),
  };
}

/** The calls of this file. */
export const calls = { read: ['dynamodb:Query'], write: ['dynamodb:UpdateItem'] } as const;
