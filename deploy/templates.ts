import { stringify } from 'yaml';
import { tableDefinition, ttlAttribute } from '../lib/history/dynamodb-table.ts';
import { eventPatterns } from './event-rules.ts';
import { guardStatements } from './guard-statements.ts';
import { loopStatements } from './loop-statements.ts';
import { memberRole } from './member-role.ts';
import { tellStatements } from './tell-statements.ts';

/** The parts of the deployment that follow from the code; `npm run deploy:write` writes them, a test compares. */
export function templates(): { [file: string]: string } {
  return {
    'deploy/hub.yml': written({
      Resources: { ...table(), ...hubRules(), ...guardPolicy(), ...tellPolicy() },
    }),
    'deploy/member-account.yml': written(memberAccount()),
  };
}

function written(template: object): string {
  return `# Written by \`npm run deploy:write\` from the code.\n${stringify(template, { version: '1.1', lineWidth: 110, aliasDuplicateObjects: false })}`;
}

function table() {
  const Properties = {
    ...tableDefinition,
    TimeToLiveSpecification: { AttributeName: ttlAttribute, Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    SSESpecification: { SSEEnabled: true },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of serverless.yml
    DeletionProtectionEnabled: '${self:custom.isKept}',
  };
  return {
    History: {
      Type: 'AWS::DynamoDB::Table',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of serverless.yml
      DeletionPolicy: '${self:custom.deletionPolicy}',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of serverless.yml
      UpdateReplacePolicy: '${self:custom.deletionPolicy}',
      Properties,
    },
  };
}

/** What happens in the hub's own account, straight to the queue; undeliverable events keep their dead letter. */
function hubRules() {
  const Targets = [
    {
      Id: 'changes',
      Arn: getAtt('Changes', 'Arn'),
      DeadLetterConfig: { Arn: getAtt('DeadLetters', 'Arn') },
    },
  ];
  return rules(Targets);
}

function rules(Targets: object[]) {
  return Object.fromEntries(
    [...eventPatterns()].map(([id, EventPattern]) => [
      id,
      { Type: 'AWS::Events::Rule', Properties: { EventPattern, Targets } },
    ]),
  );
}

/** All functions shut what they find, so all hold both. One policy would be longer than IAM takes. */
function guardPolicy() {
  const [look, ...rest] = guardStatements();
  const policy = (Statement: readonly unknown[]) => ({
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { PolicyDocument: { Version: '2012-10-17', Statement } },
  });
  return { Guard: policy([look]), GuardChanges: policy(rest) };
}

/** Whoever shuts something tells of it. */
function tellPolicy() {
  const PolicyDocument = { Version: '2012-10-17', Statement: tellStatements() };
  return { Tell: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument } } };
}

function memberAccount() {
  const Targets = [{ Id: 'hub', Arn: { Ref: 'HubBusArn' }, RoleArn: getAtt('Forwarder', 'Arn') }];
  const { Resources, ...rest } = memberRole([...guardStatements(), ...loopStatements()]);
  return { ...rest, Resources: { ...Resources, ...rules(Targets) } };
}

function getAtt(id: string, name: string) {
  return { 'Fn::GetAtt': [id, name] };
}
