import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backtest, backtest } from '../../lib/backtest/backtest.ts';
import { parsePolicy } from '../../lib/config.ts';
import { controls } from '../../lib/controls/registry.ts';
import { policyView } from '../../lib/policy/view.ts';

/** CloudTrail records as the cloud writes them, told by what matters. */

export const account = '123456789012';
export const region = 'eu-central-1';

export interface Told {
  /** Minutes after 2026-01-01T00:00Z. */
  at: number;
  name: string;
  source?: string;
  request?: unknown;
  response?: unknown;
  error?: string;
  by?: string;
  /** Who called, where it is no user who goes by his name. */
  identity?: object;
  beside?: object;
  eventId?: string;
}

export function timeAt(minutes: number): string {
  return new Date(Date.UTC(2026, 0, 1) + minutes * 60_000).toISOString();
}

let last = 0;

export function record(told: Told): { [field: string]: unknown } {
  const { at, name, source = 'ec2.amazonaws.com', request = null, response = null, by = 'kim' } = told;
  last++;
  return {
    eventVersion: '1.09',
    userIdentity: told.identity ?? {
      type: 'IAMUser',
      arn: `arn:aws:iam::${account}:user/${by}`,
      accountId: account,
      userName: by,
    },
    eventTime: timeAt(at).replace('.000Z', 'Z'),
    eventSource: source,
    eventName: name,
    awsRegion: region,
    sourceIPAddress: '203.0.113.7',
    userAgent: 'aws-cli/2.15',
    requestParameters: request,
    responseElements: response,
    ...(told.beside && { additionalEventData: told.beside }),
    ...(told.error && { errorCode: told.error }),
    eventID: told.eventId ?? `00000000-0000-4000-8000-${String(last).padStart(12, '0')}`,
    readOnly: false,
    recipientAccountId: account,
  };
}

/** One permission as CloudTrail lists it. */
export function permission(port: number, cidr: string) {
  const ranges = cidr.includes(':')
    ? { ipRanges: {}, ipv6Ranges: { items: [{ cidrIpv6: cidr }] } }
    : { ipRanges: { items: [{ cidrIp: cidr }] }, ipv6Ranges: {} };
  return { ipProtocol: 'tcp', fromPort: port, toPort: port, groups: {}, ...ranges, prefixListIds: {} };
}

export function answeredRule(id: string, port: number, cidr: string, isEgress = false) {
  const peer = cidr.includes(':') ? { cidrIpv6: cidr } : { cidrIpv4: cidr };
  return {
    groupId: 'sg-0aaa1111',
    securityGroupRuleId: id,
    isEgress,
    ipProtocol: 'tcp',
    fromPort: port,
    toPort: port,
    ...peer,
  };
}

export async function fileOf(lines: readonly unknown[]): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'snapshut-backtest-')), 'records.jsonl');
  await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return file;
}

export async function tested(lines: readonly unknown[], policyText = ''): Promise<Backtest> {
  return testedFiles([await fileOf(lines)], policyText);
}

export async function testedFiles(files: readonly string[], policyText = ''): Promise<Backtest> {
  const read = parsePolicy(policyText, controls, { now: new Date(timeAt(0)), file: 'snapshut.yml' });
  if (read.policy === null) throw new Error(JSON.stringify(read.problems));
  return backtest(files, {
    controls,
    policy: policyView(read.policy, controls),
    stdin: (async function* () {})(),
  });
}

/** Every order of up to six records. */
export function orders<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((one, at) => orders(items.toSpliced(at, 1)).map((rest) => [one, ...rest]));
}
