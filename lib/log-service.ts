import { hostname } from 'node:os';
import type { Readable } from 'node:stream';
import { setInterval } from 'node:timers';
import { blockingOf, blockTargets } from './block-sets.ts';
import { messageOf, TerminalError } from './errors.ts';
import { DynamoWindows } from './history/dynamodb-windows.ts';
import { FileFollower, followJournal } from './logs/follow.ts';
import type { LineAnalysis } from './logs/judging.ts';
import { LiveLoop, type Tick } from './logs/live.ts';
import type { Followed } from './logs/targets.ts';
import type { Policy } from './policy/schema.ts';
import type { History } from './ports.ts';
import { logLines } from './ssh/command.ts';
import { requestLines } from './waf/command.ts';
import type { ObjectsService } from './waf/on-objects.ts';

/** The part of the composition root that runs the log loops: on Lambda over objects, in one process over files. */

export interface LogServiceParts {
  policy: Policy;
  history: History;
  now(): Date;
  frozen(): Promise<string | null>;
}

/** For the function that S3's events reach. */
export function objectsService(
  { policy, history, now, frozen }: LogServiceParts,
  table: string,
  log: ObjectsService['log'],
): ObjectsService {
  const { waf } = policy.loops;
  const { sets } = blockTargets(policy, waf.targets);
  return {
    loop: waf,
    networks: policy.networks,
    windows: new DynamoWindows(table, async () => {
      const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
      return new DynamoDBClient({});
    }),
    blocking: blockingOf(sets, history, `${hostname()}/${process.pid}`),
    async open({ bucket, key }) {
      const { GetObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
      const { Body } = await new S3Client({}).send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (!Body) throw new TerminalError(`s3://${bucket}/${key} has no content`);
      // In Node the body is a stream of Node.
      return Body as Readable;
    },
    frozen,
    now,
    log,
  };
}

export interface RunningLoops {
  stop(): Promise<void>;
}

const tickMs = 1_000;

/** Follows what the policy names, from now on. `onTick` gets offenders and the news of attacks. */
export function startLogLoops(
  parts: LogServiceParts,
  onTick: (loop: 'waf' | 'ssh', tick: Tick) => void,
  err: (line: string) => void,
): RunningLoops {
  const { policy, now } = parts;
  const { waf, ssh } = policy.loops;
  const running = [
    follow('waf', waf, requestLines(waf, policy.networks.proxies), parts, onTick, err),
    follow('ssh', ssh, logLines(ssh, now().getTime()), parts, onTick, err),
  ];
  return {
    async stop() {
      await Promise.all(running.map((one) => one?.stop()));
    },
  };
}

function follow(
  name: 'waf' | 'ssh',
  { follow: followed, targets, neverBlock }: Policy['loops']['waf' | 'ssh'],
  analysis: LineAnalysis,
  { policy, history, now, frozen }: LogServiceParts,
  onTick: (loop: 'waf' | 'ssh', tick: Tick) => void,
  err: (line: string) => void,
): RunningLoops | null {
  if (followed.length === 0) return null;
  const { sets } = blockTargets(policy, targets);
  const loop = new LiveLoop(analysis, {
    policy: { ...policy.networks, neverBlock },
    ...(sets.length > 0 && { blocking: blockingOf(sets, history, `${hostname()}/${process.pid}/${name}`) }),
    frozen,
    err,
  });
  const files = followed.flatMap((one) => ('file' in one ? [new FileFollower(one.file, loop)] : []));
  const units = followed.flatMap((one: Followed) => ('journal' in one ? [one.journal] : []));
  const journal = units.length > 0 ? followJournal(units, loop, err) : null;
  let turn: Promise<void> = Promise.resolve();
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    turn = tick()
      .catch((thrown) => err(`${name}: ${messageOf(thrown)}`))
      .finally(() => {
        isBusy = false;
      });
  }, tickMs);
  const tick = async () => {
    for (const file of files) await file.poll();
    const result = await loop.tick(now());
    if (result.lines.length + result.news.length > 0) onTick(name, result);
  };
  return {
    async stop() {
      clearInterval(timer);
      await turn;
      await journal?.stop();
      await Promise.all(files.map((file) => file.close()));
    },
  };
}
