import { securityHubCalls } from '../lib/notify/securityhub.ts';
import { AwsProvider, callsOf } from '../lib/providers/aws/aws.ts';
import { publicAddressCalls } from '../lib/providers/aws/public-addresses.ts';
import { publicNameCalls } from '../lib/providers/aws/public-names.ts';
import { calls as deliveryCalls } from '../lib/providers/aws/secret-delivery.ts';

/** The calls of the providers as IAM statements. */

export interface Statement {
  Sid: string;
  Effect: 'Allow';
  Action: string[];
  Resource: unknown;
  Condition?: unknown;
}

const passRole = 'iam:PassRole';

/** What a kind's changes are applied to. Reads cannot be narrowed: most Describe calls know no resource. */
const writeTargets: { [kind: string]: string[] } = {
  firewall: ['ec2:*:{AWS::AccountId}:security-group/*', 'ec2:*:{AWS::AccountId}:security-group-rule/*'],
  'key-pair': [
    'ec2:*:{AWS::AccountId}:key-pair/*',
    'secretsmanager:*:{AWS::AccountId}:secret:snapshut/key-pairs/*',
  ],
  'network-acl': ['ec2:*:{AWS::AccountId}:network-acl/*'],
};

export function guardStatements(): Statement[] {
  const { kinds } = new AwsProvider({ accounts: [], version: '0' });
  const read = new Set<string>([
    ...kinds.flatMap((kind) => callsOf(kind).read),
    ...publicAddressCalls,
    ...publicNameCalls,
  ]);
  const writes = kinds.flatMap((kind): Statement[] => {
    const Action = [...callsOf(kind).write].filter((one) => one !== passRole).toSorted();
    const Sid = `Shut${kind.split('-').map(capital).join('')}`;
    return Action.length === 0 ? [] : [{ Sid, Effect: 'Allow', Action, Resource: targetsOf(kind) }];
  });
  for (const call of deliveryCalls.read) read.add(call);
  const look = { Sid: 'Look', Effect: 'Allow', Action: [...read].toSorted(), Resource: '*' } as const;
  const tell = {
    Sid: 'Tell',
    Effect: 'Allow',
    Action: [...securityHubCalls].toSorted(),
    Resource: '*',
  } as const;
  return [
    look,
    tell,
    ...writes,
    ...passing(kinds.some((kind) => callsOf(kind).write.includes(passRole))),
    deliverKeys(),
  ];
}

/** New keys go into secrets of this name; the secrets of everybody else are none of our business. */
function deliverKeys(): Statement {
  const Resource = sub('arn:{AWS::Partition}:secretsmanager:*:{AWS::AccountId}:secret:snapshut/*');
  return { Sid: 'DeliverKeys', Effect: 'Allow', Action: [...deliveryCalls.write].toSorted(), Resource };
}

/** What is made anew gets the role that it had, and no service but those that watch is handed one. */
function passing(isNeeded: boolean): Statement[] {
  const services = ['cloudtrail', 'config', 'events', 'vpc-flow-logs'].map((one) => `${one}.amazonaws.com`);
  const Condition = { StringEquals: { 'iam:PassedToService': services } };
  return isNeeded
    ? [{ Sid: 'PassRolesToWatchers', Effect: 'Allow', Action: [passRole], Resource: '*', Condition }]
    : [];
}

function targetsOf(kind: string): unknown {
  return writeTargets[kind]?.map((target) => sub(`arn:{AWS::Partition}:${target}`)) ?? '*';
}

/** `{Name}` stands for CloudFormation's own placeholder. */
export function sub(text: string) {
  return { 'Fn::Sub': text.replaceAll('{', '${') };
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
