import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RetryableError, TerminalError } from '../../lib/errors.ts';
import { verify } from '../../lib/history/chain.ts';
import { DynamoHistory } from '../../lib/history/dynamodb.ts';
import { calls, tableDefinition } from '../../lib/history/dynamodb-table.ts';
import { freePort } from '../engines/engine.ts';
import { engine } from './dynamodb-engine.ts';
import { entry, opened, stories } from './samples.ts';

const config = {
  ...(typeof engine === 'string' ? {} : { endpoint: engine.endpoint }),
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};

describe('the history when DynamoDB fails', () => {
  if (typeof engine === 'string') {
    it.skip(`no engine could be started (${engine})`, () => {});
    return;
  }
  const { stop } = engine;
  const TableName = 'faults';
  beforeAll(async () => {
    const client = new DynamoDBClient(config);
    await client.send(new CreateTableCommand({ TableName, ...tableDefinition }));
    client.destroy();
  });
  afterAll(stop);

  it('appends once when the answer to a written transaction is lost', async () => {
    const handler = new LossyHandler();
    const history = new DynamoHistory(TableName, { ...config, requestHandler: handler });
    await history.append(opened({ caseId: 'c-1' }), 0);

    handler.loseNext = 'TransactWriteItems';
    await history.append(entry('c-1', 1, stories.fixed()), 1);

    expect(handler.seen.filter((name) => name === 'TransactWriteItems')).toHaveLength(3);
    expect(await history.entries('c-1')).toHaveLength(2);
    expect(await verify(history, 'c-1')).toBeNull();
    await history.close();
  });

  it('makes only the calls that it declares', async () => {
    const handler = new LossyHandler();
    const history = new DynamoHistory(TableName, { ...config, requestHandler: handler });
    await history.append(opened({ caseId: 'c-2' }), 0);
    await history.append(entry('c-2', 1, stories.fixed()), 1);
    await history.told('c-2', 2);
    await history.find({ limit: 5 });
    await history.lease('k', 'o', 1, 0);
    await history.release('k', 'o');

    const authorised = new Set(handler.seen.map((name) => `dynamodb:${name}`));
    authorised.delete('dynamodb:TransactWriteItems');
    expect([...calls]).toEqual(expect.arrayContaining([...authorised]));
    await history.close();
  });

  it('asks for another try when nobody answers, and for none when the table is not there', async () => {
    const nobody = new DynamoHistory(TableName, {
      ...config,
      endpoint: `http://127.0.0.1:${await freePort()}`,
      maxAttempts: 1,
    });
    const elsewhere = new DynamoHistory('no-such-table', config);

    await expect(nobody.setting('frozen')).rejects.toThrow(RetryableError);
    await expect(elsewhere.setting('frozen')).rejects.toThrow(TerminalError);
    await nobody.close();
    await elsewhere.close();
  });
});

type Handler = DynamoDBClient['config']['requestHandler'];

/** The client's own handler, which lets one request through and throws its answer away. */
class LossyHandler {
  readonly seen: string[] = [];
  readonly #inner: Handler = new DynamoDBClient(config).config.requestHandler;
  loseNext: string | null = null;

  async handle(...[request, options]: Parameters<Handler['handle']>) {
    const name = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    this.seen.push(name);
    const answer = await this.#inner.handle(request, options);
    if (name !== this.loseNext) return answer;
    this.loseNext = null;
    throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
  }

  destroy(): void {
    this.#inner.destroy?.();
  }
}
