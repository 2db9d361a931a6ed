import type { Context, SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { onHttp, onQueue, onSchedule } from '../../lib/handler.ts';
import { makeWorld } from '../loop/harness.ts';

/** A service that has begun to tell somebody, and what of that was waited for. */
function telling() {
  const told: string[] = [];
  const service = {
    handle: async () => [],
    housekeep: async () => [],
    async *sweep() {},
    async *scan() {},
    sources: [],
    loop: makeWorld().loop,
    routes: [],
    settle: async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      told.push('told');
    },
  };
  return { told, wire: async () => service };
}

// Only what the handlers read of Lambda's context.
const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 60_000 } as Context;
const log = () => {};

describe('a function ends when people have been told', () => {
  it('of the messages of a queue', async () => {
    const { told, wire } = telling();
    await onQueue(wire, { log })({ Records: [] } satisfies SQSEvent, context);
    expect(told).toEqual(['told']);
  });

  it('of a sweep', async () => {
    const { told, wire } = telling();
    await onSchedule(wire, { log })({ task: 'housekeep' }, context);
    expect(told).toEqual(['told']);
  });

  it('of what was answered by HTTP', async () => {
    const { told, wire } = telling();
    const requestContext = {
      http: { method: 'GET', path: '/nothing', sourceIp: '192.0.2.1' },
      domainName: 'x',
    };
    const event = {
      version: '2.0',
      rawPath: '/nothing',
      rawQueryString: '',
      headers: {},
      requestContext,
      isBase64Encoded: false,
    };
    // Only what the adapter reads of an HTTP API's event and context.
    const [asEvent, lambda] = [event, context] as unknown as Parameters<ReturnType<typeof onHttp>>;
    await onHttp(wire)(asEvent, lambda);
    expect(told).toEqual(['told']);
  });
});
