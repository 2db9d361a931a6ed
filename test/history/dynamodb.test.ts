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
import { DynamoHistory } from '../../lib/history/dynamodb.ts';
import { entryKey, tableDefinition, ttlAttribute } from '../../lib/history/dynamodb-table.ts';
import { type Fresh, historyContract } from './contract.ts';
import { engine } from './dynamodb-engine.ts';

describe('history in DynamoDB', () => {
  if (typeof engine === 'string') {
    it.skip(`no engine could be started (${engine})`, () => {});
    return;
  }
  const { endpoint, stop } = engine;
  const config = {
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const client = new DynamoDBClient(config);
  let tables = 0;
  afterAll(async () => {
    client.destroy();
    await stop();
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
