import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { Hono } from 'hono';
import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda';
import { type BatchParts, handleBatch } from './handler/batch.ts';
import { type Log, toConsole } from './handler/log.ts';
import { runSchedule, type ScheduledService, type ScheduleParts } from './handler/schedule.ts';
import type { Routes } from './serve/http.ts';
import { onLogMessages } from './waf/log-messages.ts';
import type { ObjectsService } from './waf/on-objects.ts';

/** The edge of AWS Lambda: what is around every function, and nothing that decides. */

type Wire<Service> = () => Promise<Service>;

/** Nothing runs on behind the answer of a function: what was begun to be told is waited for. */
interface Telling {
  settle?(): Promise<void>;
}

interface Edge {
  log?: Log;
}

/** SQS messages, each done, given back to the queue, or put among the dead letters. */
export function onQueue(
  wire: Wire<BatchParts['service'] & Telling>,
  { log = toConsole, deadLetters = null }: Edge & { deadLetters?: BatchParts['deadLetters'] } = {},
) {
  const service = once(wire);
  return middy<SQSEvent, SQSBatchResponse>()
    .use(failureLog(log))
    .handler(async (event, context) => {
      const made = await service();
      const leftMs = leftOf(context);
      const answer = await handleBatch(event.Records, { service: made, log, deadLetters, leftMs });
      await made.settle?.();
      return answer;
    });
}

/** SQS messages about new objects of request logs. */
export function onLogQueue(
  wire: Wire<ObjectsService>,
  { log = toConsole, deadLetters = null }: Edge & { deadLetters?: BatchParts['deadLetters'] } = {},
) {
  const service = once(wire);
  return middy<SQSEvent, SQSBatchResponse>()
    .use(failureLog(log))
    .handler(async (event, context) =>
      onLogMessages(event.Records, { service: await service(), deadLetters, leftMs: leftOf(context) }),
    );
}

/** What the clock starts: the sweep, what people are waiting for, or asking the clouds that push no events. */
export function onSchedule(
  wire: Wire<ScheduledService & Telling>,
  { log = toConsole, inbox = null }: Edge & { inbox?: ScheduleParts['inbox'] } = {},
) {
  const service = once(wire);
  return middy<unknown, void>()
    .use(failureLog(log))
    .handler(async (event, context) => {
      const made = await service();
      await runSchedule(event, { service: made, inbox, log, leftMs: leftOf(context) });
      await made.settle?.();
    });
}

/** What people and their browsers ask. */
export function onHttp(wire: Wire<{ routes: readonly Routes[] } & Telling>) {
  const service = once(async () => {
    const made = await wire();
    const app = new Hono();
    for (const route of made.routes) route(app, () => {});
    return { answer: handle(app), settle: () => made.settle?.() };
  });
  return async (event: LambdaEvent, context: LambdaContext) => {
    const { answer, settle } = await service();
    const answered = await answer(event, context);
    await settle();
    return answered;
  };
}

/** One service per process, kept between invocations; one that could not be made is tried again. */
function once<Service>(wire: Wire<Service>): Wire<Service> {
  let made: Promise<Service> | null = null;
  return () => {
    if (made === null) {
      made = wire();
      made.catch(() => {
        made = null;
      });
    }
    return made;
  };
}

/** Without it an invocation that fails as a whole would show only as Lambda's own text. */
function failureLog(log: Log): middy.MiddlewareObj<unknown, unknown, Error, Context> {
  return {
    onError: ({ error, context }) =>
      log('error', 'invocation failed', { requestId: context.awsRequestId, why: error?.message }),
  };
}

const leftOf = (context: Context) => () => context.getRemainingTimeInMillis();
