import { tellCalls } from '../lib/notify/calls.ts';
import { type Statement, sub } from './guard-statements.ts';

/** What telling people takes: secrets, topics and senders of this account. */
export function tellStatements(): Statement[] {
  const own = '{AWS::AccountId}';
  return [
    statement('TellSecrets', tellCalls.secrets, `secretsmanager:{AWS::Region}:${own}:secret:snapshut/*`),
    statement('TellTopics', tellCalls.topics, `sns:*:${own}:*`),
    statement('TellMail', tellCalls.mail, `ses:*:${own}:identity/*`),
  ];
}

function statement(Sid: string, actions: readonly string[], target: string): Statement {
  return { Sid, Effect: 'Allow', Action: [...actions], Resource: sub(`arn:{AWS::Partition}:${target}`) };
}
