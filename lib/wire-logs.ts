import { hostname } from 'node:os';
import type { Readable } from 'node:stream';
import { blockingOf, blockTargets } from './block-sets.ts';
import { callTimeouts } from './call-timeouts.ts';
import { environment } from './config.ts';
import { TerminalError } from './errors.ts';
import { toConsole } from './handler/log.ts';
import { DynamoTraffic } from './history/dynamodb-traffic.ts';
import { DynamoWindows } from './history/dynamodb-windows.ts';
import { type LogServiceParts, listsOf } from './log-service.ts';
import { crawlersAmong } from './logs/crawlers.ts';
import { noteOffenders } from './logs/kept-attack.ts';
import { OwnAddresses } from './logs/own-addresses.ts';
import { once } from './once.ts';
import type { ObjectsService } from './waf/on-objects.ts';
import { SparedRanges } from './waf/spared-ranges.ts';
import { clock, newId } from './wire-clock.ts';
import { dnsNames } from './wire-lists.ts';
import { readPolicy } from './wire-policy.ts';
import { frozenBy, openHistory } from './wire-state.ts';

/** Assembles what the function of the log objects needs. */
export async function wireLogs(): Promise<ObjectsService> {
  const now = clock(undefined);
  const { table } = environment();
  if (table === null) throw new TerminalError('SNAPSHUT_TABLE is not set: functions count in a table');
  const policy = await readPolicy(undefined, now());
  const history = openHistory(false);
  const parts = { policy, history, now, frozen: () => frozenBy(history), newId: () => newId(now()) };
  return objectsService(parts, table, toConsole);
}

/** For the function that S3's events reach. */
function objectsService(
  { policy, history, now, frozen, newId }: LogServiceParts,
  table: string,
  log: ObjectsService['log'],
): ObjectsService {
  const { waf } = policy.loops;
  const { sets, ownAddresses } = blockTargets(policy, waf.targets);
  const dynamo = once(async () => {
    const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
    return new DynamoDBClient({ requestHandler: callTimeouts });
  });
  const own = new OwnAddresses(ownAddresses, now, (why) => log('error', why, {}));
  const spared = new SparedRanges(waf.sparedLists, history, now);
  return {
    loop: waf,
    networks: policy.networks,
    ownAddresses: async () => [...(await own.get()), ...(await spared.get())],
    crawlersAmong: crawlersAmong(dnsNames(), waf.crawlers.domains),
    reputation: listsOf(waf, history, (why) => log('error', why, {})),
    windows: new DynamoWindows(table, dynamo),
    traffic: waf.distributed.mode === 'off' ? undefined : new DynamoTraffic(table, dynamo),
    onOffenders: async (lines) => {
      // The schedule tells people: this function holds no secrets of theirs.
      if (lines.length > 0)
        await noteOffenders({ history, newId, tell: async () => {} }, lines, now().getTime());
    },
    blocking: blockingOf(sets, history, `${hostname()}/${process.pid}`, newId),
    open: s3Objects(),
    frozen,
    now,
    log,
  };
}

/** The calls of this file. */
export const calls = { read: ['s3:GetObject'], write: [] } as const;

function s3Objects(): ObjectsService['open'] {
  const client = once(async () => {
    const { S3Client } = await import('@aws-sdk/client-s3');
    return new S3Client({ requestHandler: callTimeouts });
  });
  return async ({ bucket, key }) => {
    const { GetObjectCommand, NoSuchKey } = await import('@aws-sdk/client-s3');
    const s3 = await client();
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (!Body) throw new TerminalError(`s3://${bucket}/${key} has no content`);
      // In Node the body is a stream of Node.
      return Body as Readable;
    } catch (error) {
      if (error instanceof NoSuchKey)
        throw new TerminalError(`s3://${bucket}/${key} does not exist any more`);
      throw error;
    }
  };
}
