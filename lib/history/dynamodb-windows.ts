import type { AttributeValue, DynamoDBClient, QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Addition, SharedWindows } from '../waf/shared-windows.ts';

/**
 * Shared windows in the table of the history. One item per client, detector and stretch of one window length; an
 * item holds a number per slot, which DynamoDB adds to atomically, and the objects that were added to it.
 */
export class DynamoWindows implements SharedWindows {
  readonly #table: string;
  readonly #client: () => Promise<DynamoDBClient>;

  constructor(table: string, client: () => Promise<DynamoDBClient>) {
    this.#table = table;
    this.#client = client;
  }

  async add(addition: Addition): Promise<ReadonlyMap<number, number>> {
    const pk = `window/${addition.detector}/${addition.client}`;
    const stretches = new Map<number, Map<number, number>>();
    for (const [at, count] of addition.slots) {
      const stretch = Math.floor(at / addition.windowMs);
      const slots = stretches.get(stretch) ?? new Map<number, number>();
      slots.set(at, count);
      stretches.set(stretch, slots);
    }
    for (const [stretch, slots] of stretches) await this.#addTo(pk, stretch, slots, addition);
    const numbers = [...stretches.keys()];
    return this.#read(pk, Math.min(...numbers) - 1, Math.max(...numbers) + 1);
  }

  async #addTo(
    pk: string,
    stretch: number,
    slots: ReadonlyMap<number, number>,
    { source, windowMs }: Addition,
  ): Promise<void> {
    const { ConditionalCheckFailedException, UpdateItemCommand } = await import('@aws-sdk/client-dynamodb');
    const client = await this.#client();
    const names: { [name: string]: string } = { '#sources': 'sources', '#expires': 'expiresAt' };
    const values: { [name: string]: AttributeValue } = {
      ':sources': { SS: [source] },
      ':source': { S: source },
      ':expires': { N: String(Math.ceil(((stretch + 4) * windowMs) / 1000) + 3600) },
    };
    const adds = [...slots].map(([at, count], index) => {
      names[`#s${index}`] = slotName(at);
      values[`:c${index}`] = { N: String(count) };
      return `#s${index} :c${index}`;
    });
    try {
      await client.send(
        new UpdateItemCommand({
          TableName: this.#table,
          Key: { pk: { S: pk }, sk: { S: stretchName(stretch) } },
          UpdateExpression: `ADD ${[...adds, '#sources :sources'].join(', ')} SET #expires = :expires`,
          ConditionExpression: 'attribute_not_exists(#sources) OR NOT contains(#sources, :source)',
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: values,
        }),
      );
    } catch (error) {
      // A queue delivers at least once: this object was counted before.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  async #read(pk: string, from: number, to: number): Promise<Map<number, number>> {
    const { QueryCommand } = await import('@aws-sdk/client-dynamodb');
    const client = await this.#client();
    const slots = new Map<number, number>();
    let start: QueryCommandOutput['LastEvaluatedKey'];
    do {
      const page: QueryCommandOutput = await client.send(
        new QueryCommand({
          TableName: this.#table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
          ExpressionAttributeValues: {
            ':pk': { S: pk },
            ':from': { S: stretchName(from) },
            ':to': { S: stretchName(to) },
          },
          ...(start && { ExclusiveStartKey: start }),
        }),
      );
      for (const item of page.Items ?? []) {
        for (const [name, value] of Object.entries(item)) {
          if (/^s\d+$/.test(name) && value.N !== undefined) slots.set(Number(name.slice(1)), Number(value.N));
        }
      }
      start = page.LastEvaluatedKey;
    } while (start);
    return slots;
  }
}

function slotName(at: number): string {
  return `s${at}`;
}

/** Padded, so that the order of texts is the order of times. */
function stretchName(stretch: number): string {
  return String(stretch).padStart(16, '0');
}

/** The calls of this file. */
export const calls = { read: ['dynamodb:Query'], write: ['dynamodb:UpdateItem'] } as const;
