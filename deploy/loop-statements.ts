import { calls as furtherSetCalls } from '../lib/providers/aws/further-set.ts';
import { calls as ipSetCalls } from '../lib/providers/aws/ip-set.ts';
import { calls as ownAddressCalls } from '../lib/providers/aws/own-addresses.ts';
import { calls as webAclCalls } from '../lib/providers/aws/web-acl.ts';
import { type Statement, sub } from './guard-statements.ts';

/** What the log loops call in an account whose IP sets they fill. */
export function loopStatements(): Statement[] {
  const Action = [...ipSetCalls.read, ...webAclCalls.read, ...ownAddressCalls.read].toSorted();
  return [
    { Sid: 'LookForBlocks', Effect: 'Allow', Action, Resource: '*' },
    {
      Sid: 'Block',
      Effect: 'Allow',
      Action: [...ipSetCalls.write, ...furtherSetCalls.write, ...webAclCalls.write].toSorted(),
      // An update of a web ACL needs every set and rule group that it names.
      Resource: sub('arn:{AWS::Partition}:wafv2:*:{AWS::AccountId}:*'),
    },
  ];
}
