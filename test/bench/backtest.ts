import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { backtest } from '../../lib/backtest/backtest.ts';
import { parsePolicy } from '../../lib/config.ts';
import { controls } from '../../lib/controls/registry.ts';
import { policyView } from '../../lib/policy/view.ts';
import { percentile } from './measure.ts';

/**
 * A generated audit log, read by the backtest and by JSON.parse alone, one after the other on the same bytes. Ratios of
 * one run; the absolute figures are this machine's. Arguments: how many records, and one in how many changes a group.
 */

const count = Number(process.argv[2] ?? 1_000_000);
const oneIn = Number(process.argv[3] ?? 50);
const rounds = 3;
const say = (text: string) => process.stdout.write(`${text}\n`);

function record(index: number): string {
  const isChange = index % oneIn === 0;
  const group = `sg-0${((index / oneIn) >> 1).toString(16).padStart(8, '0')}`;
  const isOpening = (index / oneIn) % 2 === 0;
  const permission = {
    ipProtocol: 'tcp',
    fromPort: 22,
    toPort: 22,
    groups: {},
    ipRanges: { items: [{ cidrIp: index % (3 * oneIn) === 0 ? '0.0.0.0/0' : '10.0.0.0/8' }] },
    ipv6Ranges: {},
    prefixListIds: {},
  };
  const change = {
    eventName: isOpening ? 'AuthorizeSecurityGroupIngress' : 'RevokeSecurityGroupIngress',
    readOnly: false,
    requestParameters: { groupId: group, ipPermissions: { items: [permission] } },
    responseElements: { requestId: `r-${index}`, _return: true },
  };
  const look = {
    eventName: index % 2 === 0 ? 'DescribeInstances' : 'AssumeRole',
    readOnly: true,
    requestParameters: {
      instancesSet: {},
      filterSet: { items: [{ name: 'tag:Name', valueSet: { items: [{ value: `web-${index}` }] } }] },
    },
    responseElements: null,
  };
  return JSON.stringify({
    eventVersion: '1.09',
    userIdentity: {
      type: 'AssumedRole',
      principalId: `AROAEXAMPLE:session-${index % 100}`,
      arn: `arn:aws:sts::123456789012:assumed-role/deploy/session-${index % 100}`,
      accountId: '123456789012',
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          arn: 'arn:aws:iam::123456789012:role/deploy',
          accountId: '123456789012',
          userName: 'deploy',
        },
        attributes: { creationDate: '2026-01-01T00:00:00Z', mfaAuthenticated: 'false' },
      },
    },
    eventTime: new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString().replace('.000Z', 'Z'),
    eventSource: 'ec2.amazonaws.com',
    awsRegion: 'eu-central-1',
    sourceIPAddress: '203.0.113.7',
    userAgent: 'aws-sdk-go-v2/1.24.0 os/linux lang/go#1.21.5 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.141.0',
    ...(isChange ? change : look),
    requestID: `6513270e-269e-4d37-b2a7-${String(index).padStart(12, '0')}`,
    eventID: `a513270e-269e-4d37-b2a7-${String(index).padStart(12, '0')}`,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '123456789012',
    eventCategory: 'Management',
  });
}

async function write(file: string): Promise<number> {
  const out = await open(file, 'w');
  let bytes = 0;
  for (let from = 0; from < count; from += 2000) {
    const size = Math.min(2000, count - from);
    const text = `${Array.from({ length: size }, (_, at) => record(from + at)).join('\n')}\n`;
    bytes += Buffer.byteLength(text);
    await out.write(text);
  }
  await out.close();
  return bytes;
}

/** The least that reading them could take: every line parsed and dropped. */
async function parseAll(file: string): Promise<number> {
  let records = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    JSON.parse(line);
    records++;
  }
  return records;
}

/** Parsing alone, the lines in memory already: what the goal is measured by. */
async function parseOnly(file: string): Promise<number> {
  let spentMs = 0;
  let rest = '';
  for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    const from = performance.now();
    for (const line of lines) JSON.parse(line);
    spentMs += performance.now() - from;
  }
  return spentMs;
}

const { policy } = parsePolicy('', controls, { now: new Date(0), file: 'snapshut.yml' });
if (policy === null) throw new Error('the empty policy is right');
const options = { controls, policy: policyView(policy, controls), stdin: (async function* () {})() };

const folder = await mkdtemp(join(tmpdir(), 'snapshut-bench-'));
try {
  const file = join(folder, 'records.jsonl');
  const bytes = await write(file);
  say(`${count} records, one in ${oneIn} a change, ${(bytes / 1e6).toFixed(0)} MB`);
  const ours: number[] = [];
  const lines: number[] = [];
  const bare: number[] = [];
  let peakMB = 0;
  for (let round = 1; round <= rounds; round++) {
    let from = performance.now();
    const { summary } = await backtest([file], options);
    ours.push(performance.now() - from);
    peakMB = Math.max(peakMB, process.memoryUsage().rss / 1e6);
    if (summary.records !== count) throw new Error(`${summary.records} records of ${count}`);
    if (summary.changes !== Math.ceil(count / oneIn)) throw new Error(`${summary.changes} changes`);
    from = performance.now();
    await parseAll(file);
    lines.push(performance.now() - from);
    bare.push(await parseOnly(file));
    say(`round ${round} of ${rounds}: ${summary.exposures} exposures, ${summary.resources} resources`);
  }
  const [our, line, only] = [ours, lines, bare].map((all) => percentile(all, 0.5)) as [
    number,
    number,
    number,
  ];
  say(`backtest ${(our / 1000).toFixed(2)} s, ${(bytes / 1e3 / our).toFixed(0)} MB/s`);
  say(`speed against JSON.parse alone, reading not counted: ${(only / our).toFixed(2)} (goal: 0.70)`);
  say(`speed against reading lines and JSON.parse: ${(line / our).toFixed(2)}`);
  say(`largest memory: ${peakMB.toFixed(0)} MB`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
