import {
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, describe, it } from 'vitest';
import { messageOf } from '../../lib/errors.ts';
import { DynamoHistory } from '../../lib/history/dynamodb.ts';
import { entryKey, tableDefinition, ttlAttribute } from '../../lib/history/dynamodb-table.ts';
import { startDynamoDbLocal } from '../engines/dynamodb-local.ts';
import type { Engine } from '../engines/engine.ts';
import { startMiniStack } from '../engines/ministack.ts';
import { type Fresh, historyContract } from './contract.ts';

/** Amazon's own where Java and Maven are there, else MiniStack, else the reason why neither is. */
async function startEither(): Promise<Engine | string> {
  try {
    return await startDynamoDbLocal();
  } catch (first) {
    return startMiniStack().catch(
      (second) => `DynamoDBLocal: ${messageOf(first)}; MiniStack: ${messageOf(second)}`,
    );
  }
}

const engine = await startEither();

describe('history in DynamoDB', () => {
  if (typeof engine === 'string') {
    it.skip(`no engine could be started (${engine})`, () => {});
    return;
  }
  const config = {
    endpoint: engine.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const client = new DynamoDBClient(config);
  let tables = 0;
  afterAll(async () => {
    client.destroy();
    await engine.stop();
  });

  historyContract(async (): Promise<Fresh> => {
    const TableName = `history-${tables++}`;
    await client.send(new CreateTableCommand({ TableName, ...tableDefinition }));
    const TimeToLiveSpecification = { AttributeName: ttlAttribute, Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    const keyOf = (caseId: string, seq: number) => {
      const { pk, sk } = entryKey(caseId, seq);
      return { pk: { S: pk }, sk: { S: sk } };
    };
    return {
      open: async () => new DynamoHistory(TableName, config),
      change: async (caseId, seq, edit) => {
        const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf(caseId, seq) }));
        const changed = { ...Item, json: { S: edit(Item?.json?.S ?? '') } };
        await client.send(new PutItemCommand({ TableName, Item: changed }));
      },
      cut: async (caseId, seq) => {
        await client.send(new DeleteItemCommand({ TableName, Key: keyOf(caseId, seq) }));
      },
      dispose: async () => {
        await client.send(new DeleteTableCommand({ TableName }));
      },
    };
  });
});
