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
}

/** What a kind's changes are applied to. Reads cannot be narrowed: most Describe calls know no resource. */
const writeTargets: { [kind: string]: string[] } = {
  firewall: ['ec2:*:{AWS::AccountId}:security-group/*', 'ec2:*:{AWS::AccountId}:security-group-rule/*'],
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
    const Action = [...callsOf(kind).write].toSorted();
    const Sid = `Shut${kind.split('-').map(capital).join('')}`;
    return Action.length === 0 ? [] : [{ Sid, Effect: 'Allow', Action, Resource: targetsOf(kind) }];
  });
  const look = [...read, ...deliveryCalls.read];
  return [
    { Sid: 'Look', Effect: 'Allow', Action: [...new Set(look)].toSorted(), Resource: '*' },
    ...writes,
    deliverKeys(),
  ];
}

/** New keys go into secrets of this name; the secrets of everybody else are none of our business. */
function deliverKeys(): Statement {
  const Resource = sub('arn:{AWS::Partition}:secretsmanager:*:{AWS::AccountId}:secret:snapshut/*');
  return { Sid: 'DeliverKeys', Effect: 'Allow', Action: [...deliveryCalls.write].toSorted(), Resource };
}

function targetsOf(kind: string): unknown {
  return writeTargets[kind]?.map((target) => sub(`arn:{AWS::Partition}:${target}`)) ?? '*';
}

/** `{Name}` stands for CloudFormation's own placeholder. */
export function sub(text: string) {
  return { 'Fn::Sub': text.replaceAll('{', '${') };
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
