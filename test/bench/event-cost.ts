/**
 * What ten thousand accounts cost: a model, fed with what one event costs here. `node test/bench/event-cost.ts` measures
 * that anew on DynamoDBLocal and prints the tables of docs/scale.md.
 */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoHistory } from '../../lib/history/dynamodb.ts';
import { tableDefinition } from '../../lib/history/dynamodb-table.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { startDynamoDbLocal } from '../engines/dynamodb-local.ts';
import { firewall, group, makeWorld, opened, rule } from '../loop/harness.ts';
import { prices } from './log-cost.ts';
import { countingProxy } from './measure.ts';

/** What one event took on one core, and its calls. */
export interface EventCost {
  cpuMs: number;
  dynamoReads: number;
  dynamoWrites: number;
  /** Calls to the guarded account. */
  reads: number;
  changes: number;
}

export interface Load {
  accounts: number;
  eventsPerMonth: number;
  /** Of all changes those that a rule lets through: changes to what is guarded. Assumed. */
  matchedShare: number;
  /** Of those let through the ones that open something. Assumed. */
  openingShare: number;
  /** The busiest minute against the mean. Assumed. */
  peak: number;
}

export const handbookLoad: Load = {
  accounts: 10_000,
  eventsPerMonth: 1e9,
  matchedShare: 0.05,
  openingShare: 0.001,
  peak: 10,
};

/**
 * Limits as AWS publishes them, unless raised, for one region (eu-central-1).
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html, .../gettingstarted-limits.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 * https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
 */
export const limits = {
  busInvocationsPerSecond: 4_500,
  lambdaConcurrency: 1_000,
  pollersAtFirst: 5,
  pollersMorePerMinute: 300,
  partitionWritesPerSecond: 1_000,
  describesPerSecondAndAccount: 20,
};

/** https://aws.amazon.com/eventbridge/pricing/: an event that is sent on to another account's bus. */
const busEvent = 1 / 1e6;
const memoryGb = 0.512;
/** What a call to DynamoDB and to a guarded account waits. Assumed. */
const dynamoMs = 5;
const cloudMs = 80;
/** From the change to CloudTrail's event on the bus; AWS says minutes at most and seconds as a rule. Assumed. */
const trailSeconds = 30;
const monthSeconds = 30 * 86_400;
const indexCount = tableDefinition.GlobalSecondaryIndexes.length;

export interface Scale {
  matchedPerSecond: number;
  peakPerSecond: number;
  functionsAtPeak: number;
  dollarsPerMonth: { [what: string]: number };
  secondsToShut: number;
  /** Share of each limit that the peak uses, the worst first. */
  used: [limit: string, share: number][];
}

export function scaleOf(load: Load, clean: EventCost, fixed: EventCost): Scale {
  const matched = load.eventsPerMonth * load.matchedShare;
  const fixes = matched * load.openingShare;
  const matchedPerSecond = matched / monthSeconds;
  const peakPerSecond = matchedPerSecond * load.peak;
  const total = (of: (cost: EventCost) => number) => of(clean) * (matched - fixes) + of(fixed) * fixes;
  const lambdaSeconds = total(secondsOf);
  const functionsAtPeak = peakPerSecond * secondsOf(clean);
  const perAccount = peakPerSecond / load.accounts;
  const used: Scale['used'] = [
    ['EventBridge invocations of the hub (4,500 a second)', peakPerSecond / limits.busInvocationsPerSecond],
    ['Lambda functions at once (1,000)', functionsAtPeak / limits.lambdaConcurrency],
    // Every case stands under the same key in the indexes by time and by whether it is open.
    [
      'DynamoDB writes of the busiest index key (1,000 a second)',
      (peakPerSecond * load.openingShare * fixed.dynamoWrites) / limits.partitionWritesPerSecond,
    ],
    [
      'describes of one account and region (20 a second)',
      (perAccount * clean.reads) / limits.describesPerSecondAndAccount,
    ],
  ];
  return {
    matchedPerSecond,
    peakPerSecond,
    functionsAtPeak,
    dollarsPerMonth: {
      EventBridge: matched * busEvent,
      SQS: matched * prices.sqsMessage,
      Lambda: matched * prices.lambdaCall + lambdaSeconds * memoryGb * prices.lambdaGbSecond,
      // At most: a write of a case is one to each index whose attributes it changes.
      DynamoDB:
        total((cost) => cost.dynamoReads) * prices.dynamoRead +
        total((cost) => cost.dynamoWrites) * prices.dynamoWrite +
        fixes * fixed.dynamoWrites * indexCount * prices.dynamoWrite,
    },
    secondsToShut: trailSeconds + secondsOf(fixed),
    used: used.toSorted((a, b) => b[1] - a[1]),
  };
}

export function secondsOf({ cpuMs, dynamoReads, dynamoWrites, reads, changes }: EventCost): number {
  return (cpuMs + (dynamoReads + dynamoWrites) * dynamoMs + (reads + changes) * cloudMs) / 1000;
}

/** How long the last of a burst waits in the queue, Lambda's pollers growing as AWS says they do. Seconds. */
export function queueAge(burst: number, cost: EventCost): number {
  let left = burst;
  for (let second = 0; ; second += 1) {
    const pollers = Math.min(
      limits.lambdaConcurrency,
      limits.pollersAtFirst + (limits.pollersMorePerMinute * second) / 60,
    );
    left -= pollers / secondsOf(cost);
    if (left <= 0) return second + 1;
  }
}

async function measured(): Promise<{ clean: EventCost; fixed: EventCost }> {
  const engine = await startDynamoDbLocal();
  const proxy = await countingProxy(engine.endpoint);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const config = { endpoint: proxy.endpoint, region: 'eu-central-1', credentials };
  const client = new DynamoDBClient(config);
  await client.send(new CreateTableCommand({ TableName: 'history', ...tableDefinition }));
  const world = makeWorld({ history: new DynamoHistory('history', config) });
  world.policy.limits.fixesPerHour = 1e6;
  world.policy.limits.percentPerHour = 100;
  const rounds = 50;
  let asked = { read: 0, apply: 0 };
  const counted = new Proxy(world.cloud, {
    get(target, name) {
      const held = Reflect.get(target, name);
      if (name === 'read' || name === 'apply') asked[name] += 1;
      return typeof held === 'function' ? held.bind(target) : held;
    },
  });
  world.loop.provider = () => counted;
  const cost = async (what: string, rules: (at: number) => ReturnType<typeof rule>[]): Promise<EventCost> => {
    const resources = Array.from({ length: rounds + 1 }, (_, at) => ({ ...group, id: `sg-${what}-${at}` }));
    for (const [at, one] of resources.entries()) world.cloud.put(one, firewall(rules(at)));
    const [warm, ...others] = resources;
    if (warm) await reconcile(warm, { ...opened, eventId: warm.id }, world.loop);
    proxy.calls.clear();
    asked = { read: 0, apply: 0 };
    const before = process.cpuUsage();
    for (const one of others) await reconcile(one, { ...opened, eventId: one.id }, world.loop);
    const { user, system } = process.cpuUsage(before);
    const calls = [...proxy.calls].filter(([name]) => name !== 'DescribeTable');
    const isRead = ([name]: [string, number]) => /^(Get|BatchGet|Query|Scan)/.test(name);
    const sum = (list: [string, number][]) => list.reduce((all, [, count]) => all + count, 0) / rounds;
    return {
      cpuMs: (user + system) / 1000 / rounds,
      dynamoReads: sum(calls.filter(isRead)),
      dynamoWrites: sum(calls.filter((one) => !isRead(one))),
      reads: asked.read / rounds,
      changes: asked.apply / rounds,
    };
  };
  const clean = await cost('clean', () => [rule('sgr-https', { fromPort: 443, toPort: 443 })]);
  const fixed = await cost('fixed', (at) => [rule(`sgr-${at}`)]);
  client.destroy();
  proxy.stop();
  await engine.stop();
  return { clean, fixed };
}

export function scaleTables(load: Load, clean: EventCost, fixed: EventCost): string[] {
  const scale = scaleOf(load, clean, fixed);
  const dollars = Object.entries(scale.dollarsPerMonth);
  const sum = dollars.reduce((all, [, one]) => all + one, 0);
  return [
    '| | |',
    '|---|---|',
    `| changes a second that a rule lets through, on the mean and at the peak | ${scale.matchedPerSecond.toFixed(0)}, ${scale.peakPerSecond.toFixed(0)} |`,
    `| functions at once at the peak | ${scale.functionsAtPeak.toFixed(0)} |`,
    `| from the change to shut, nothing waiting | ${scale.secondsToShut.toFixed(1)} s |`,
    ...[10_000, 100_000, 1_000_000].map(
      (burst) =>
        `| age of the queue after a burst of ${burst.toLocaleString('en')} | ${queueAge(burst, clean)} s |`,
    ),
    ...dollars.map(([what, one]) => `| ${what} | $${one.toFixed(0)} a month |`),
    `| all | $${sum.toFixed(0)} a month |`,
    '',
    '| limit | used at the peak |',
    '|---|---|',
    ...scale.used.map(([limit, share]) => `| ${limit} | ${(share * 100).toFixed(share < 0.01 ? 3 : 1)} % |`),
  ];
}

if (import.meta.main) {
  const { clean, fixed } = await measured();
  console.log(JSON.stringify({ clean, fixed }));
  for (const line of scaleTables(handbookLoad, clean, fixed)) console.log(line);
}
