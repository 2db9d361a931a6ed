import { calls as ipSetCalls } from '../lib/providers/aws/ip-set.ts';
import { calls as ownAddressCalls } from '../lib/providers/aws/own-addresses.ts';
import { type Statement, sub } from './guard-statements.ts';

/** What the log loops call in an account whose IP sets they fill. */
export function loopStatements(): Statement[] {
  const Action = [...ipSetCalls.read, ...ownAddressCalls.read].toSorted();
  return [
    { Sid: 'LookForBlocks', Effect: 'Allow', Action, Resource: '*' },
    {
      Sid: 'Block',
      Effect: 'Allow',
      Action: [...ipSetCalls.write],
      Resource: sub('arn:{AWS::Partition}:wafv2:*:{AWS::AccountId}:*/ipset/*'),
    },
  ];
}
