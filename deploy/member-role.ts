import { type Statement, sub } from './guard-statements.ts';

/** What a member account gives the hub: a role that only the hub's functions may take, and its events. */
export function memberRole(guard: Statement[]) {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Lets a Snapshut hub guard this account. One stack per region; the role in one of them.',
    Parameters: {
      HubAccountId: { Type: 'String', AllowedPattern: '\\d{12}', Description: 'The account of the hub' },
      HubStage: { Type: 'String', Default: 'prod', AllowedPattern: '[a-z0-9-]+', Description: 'Its stage' },
      HubBusArn: {
        Type: 'String',
        AllowedPattern: 'arn:.+:event-bus/.+',
        Description: 'Output BusArn of the hub',
      },
      ExternalId: {
        Type: 'String',
        MinLength: 12,
        AllowedPattern: '[\\w+=,.@:/-]+',
        Description: 'As externalId in snapshut.yml; chosen once per account, not guessable',
      },
      CreateRole: {
        Type: 'String',
        AllowedValues: ['yes', 'no'],
        Default: 'yes',
        Description: 'no in all regions but one: roles are global',
      },
    },
    Conditions: { WithRole: { 'Fn::Equals': [{ Ref: 'CreateRole' }, 'yes'] } },
    Resources: { Member: role(guard), Forwarder: forwarder() },
    Outputs: {
      RoleArn: {
        Condition: 'WithRole',
        Description: 'role in snapshut.yml',
        Value: { 'Fn::GetAtt': ['Member', 'Arn'] },
      },
    },
  };
}

function role(Statement: Statement[]) {
  return {
    Type: 'AWS::IAM::Role',
    Condition: 'WithRole',
    Properties: {
      RoleName: sub('snapshut-member-{HubStage}'),
      MaxSessionDuration: 3600,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: sub('arn:{AWS::Partition}:iam::{HubAccountId}:root') },
            Action: 'sts:AssumeRole',
            Condition: {
              StringEquals: { 'sts:ExternalId': { Ref: 'ExternalId' } },
              ArnLike: { 'aws:PrincipalArn': hubRoles() },
            },
          },
        ],
      },
      Policies: [{ PolicyName: 'guard', PolicyDocument: { Version: '2012-10-17', Statement } }],
    },
  };
}

function hubRoles() {
  return ['on-change', 'on-schedule', 'on-waf-logs', 'console'].map((name) =>
    sub(`arn:{AWS::Partition}:iam::{HubAccountId}:role/snapshut-{HubStage}-${name}-*`),
  );
}

function forwarder() {
  const trust = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const put = { Effect: 'Allow', Action: 'events:PutEvents', Resource: { Ref: 'HubBusArn' } };
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [trust] },
      Policies: [{ PolicyName: 'forward', PolicyDocument: { Version: '2012-10-17', Statement: [put] } }],
    },
  };
}
