import { AwsProvider, callsOf } from '../lib/providers/aws/aws.ts';
import { publicAddressCalls } from '../lib/providers/aws/public-addresses.ts';
import { publicNameCalls } from '../lib/providers/aws/public-names.ts';

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
  return [{ Sid: 'Look', Effect: 'Allow', Action: [...read].toSorted(), Resource: '*' }, ...writes];
}

function targetsOf(kind: string): unknown {
  return writeTargets[kind]?.map((target) => sub(`arn:{AWS::Partition}:${target}`)) ?? '*';
}

/** `{Name}` stands for CloudFormation's own placeholder. */
export function sub(text: string) {
  return { 'Fn::Sub': text.replaceAll('{', '${') };
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
