/**
 * What a flood of requests costs on Lambda and DynamoDB: a model, fed with what one object costs here.
 * `node test/bench/log-cost.ts` measures that anew and prints the table of docs/log-loops.md.
 */
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Networks } from '../../lib/logs/networks.ts';
import { countObject } from '../../lib/waf/objects.ts';
import { WafLoop } from '../../lib/waf/policy.ts';
import { type Addition, MemoryWindows } from '../../lib/waf/shared-windows.ts';
import { generateWafLines } from './waf-lines.ts';

/** What one log object took, on one core. */
export interface ObjectCost {
  lines: number;
  /** Unpacked. */
  megabytes: number;
  cpuSeconds: number;
  /** Additions to shared windows; each is a write and a read. */
  additions: number;
}

/**
 * Dollars in us-east-1: https://aws.amazon.com/lambda/pricing/ (arm64), https://aws.amazon.com/dynamodb/pricing/on-demand/,
 * https://aws.amazon.com/s3/pricing/, https://aws.amazon.com/sqs/pricing/
 */
export const prices = {
  lambdaGbSecond: 0.0000133334,
  lambdaCall: 0.2 / 1e6,
  dynamoWrite: 0.625 / 1e6,
  dynamoRead: 0.125 / 1e6,
  s3Get: 0.4 / 1e6,
  /** Received, deleted, and sent by S3. */
  sqsMessage: (3 * 0.4) / 1e6,
};

/** AWS WAF closes a log file at 75 MB: https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html */
const objectMegabytes = 75;
/** `memorySize` of the function: one core. */
const memoryGb = 1.769;
/** What Lambda, S3 and SQS add before the first line is read; assumed. */
const waitSeconds = 2;
/** The next write of a set waits at most so long. */
const paceSeconds = 5;

export interface Needs {
  objectsPerSecond: number;
  functions: number;
  writesPerSecond: number;
  dollarsPerHour: number;
  /** From a closed log file to the written set. */
  secondsToBlock: number;
}

export function needsOf(requestsPerSecond: number, cost: ObjectCost): Needs {
  const megabytesEach = cost.megabytes / cost.lines;
  const objectsPerSecond = (requestsPerSecond * megabytesEach) / objectMegabytes;
  const scale = objectMegabytes / cost.megabytes;
  const seconds = cost.cpuSeconds * scale;
  const additions = cost.additions * scale;
  const lambda = prices.lambdaCall + seconds * memoryGb * prices.lambdaGbSecond;
  const dynamo = additions * (prices.dynamoWrite + prices.dynamoRead);
  const dollarsPerObject = lambda + dynamo + prices.s3Get + prices.sqsMessage;
  return {
    objectsPerSecond,
    functions: objectsPerSecond * seconds,
    writesPerSecond: objectsPerSecond * additions,
    dollarsPerHour: objectsPerSecond * dollarsPerObject * 3600,
    secondsToBlock: waitSeconds + seconds + paceSeconds,
  };
}

export function needsTable(cost: ObjectCost, rates: readonly number[]): string[] {
  const head =
    '| requests a second | objects a second | functions at once | DynamoDB writes a second | dollars an hour | seconds from a closed file to the block |';
  const rows = rates.map((rate) => {
    const { objectsPerSecond, functions, writesPerSecond, dollarsPerHour, secondsToBlock } = needsOf(
      rate,
      cost,
    );
    const cells = [objectsPerSecond.toFixed(2), functions.toFixed(1), writesPerSecond.toFixed(1)];
    return `| ${rate.toLocaleString('en')} | ${cells.join(' | ')} | ${dollarsPerHour.toFixed(2)} | ${secondsToBlock.toFixed(1)} |`;
  });
  return [head, '|---|---|---|---|---|---|', ...rows];
}

export const ratesShown = [1_000, 10_000, 100_000, 1_000_000];

async function measured(lines: number): Promise<ObjectCost> {
  const text: string[] = [];
  generateWafLines(lines, 7, (line) => text.push(line));
  const plain = Buffer.from(text.join('\n'), 'latin1');
  const packed = gzipSync(plain);
  const windows = new MemoryWindows();
  let additions = 0;
  const counting = {
    add: (addition: Addition) => {
      additions++;
      return windows.add(addition);
    },
  };
  const object = { name: 'object', open: async () => Readable.from([packed], { objectMode: false }) };
  const loop = WafLoop.parse({});
  const run = () =>
    countObject(object, loop, new Networks([]), { windows: counting, servedMs: () => undefined });
  await run();
  additions = 0;
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return { lines, megabytes: plain.length / 1e6, cpuSeconds: (user + system) / 1e6, additions };
}

if (import.meta.main) {
  const cost = await measured(50_000);
  console.log(JSON.stringify(cost));
  for (const line of needsTable(cost, ratesShown)) console.log(line);
}
