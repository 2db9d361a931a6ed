import { CreateRepositoryCommand, ECRClient, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { CreateFileSystemCommand, EFSClient, PutFileSystemPolicyCommand } from '@aws-sdk/client-efs';
import { CreateEventBusCommand, EventBridgeClient, PutPermissionCommand } from '@aws-sdk/client-eventbridge';
import { CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { CreateDomainCommand, OpenSearchClient } from '@aws-sdk/client-opensearch';
import {
  CreateSecretCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  CreateTopicCommand,
  GetTopicAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import type { PolicyState } from '../../../lib/kinds/policy.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { awsOn, onAws, region } from './cloud.ts';
import { controlOf, settingsFor, shutAndUndo, stateOf } from './round.ts';

const moto = useMoto();
const here = () => ({ endpoint: moto().endpoint, region, credentials: motoCredentials });
const control = controlOf('public-policy', 'policy');

const root = { AWS: `arn:aws:iam::${motoAccount}:root` };
const statement = (Sid: string, Principal: unknown, Action: string, Resource = '*') => ({
  Sid,
  Effect: 'Allow',
  Principal,
  Action,
  Resource,
});
const open = (action: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Id: 'ours',
    Statement: [
      statement('Open', '*', action),
      statement('Kept', root, `${action.split(':')[0]}:*`),
      { ...statement('', { AWS: '*' }, action), Sid: undefined },
    ],
  });

/** Makes a resource with this policy and answers its ARN. */
const makers: { [service: string]: { action: string; make(policy: string): Promise<string> } } = {
  sqs: {
    action: 'sqs:SendMessage',
    async make(Policy) {
      await new SQSClient(here()).send(new CreateQueueCommand({ QueueName: 'open', Attributes: { Policy } }));
      return `arn:aws:sqs:${region}:${motoAccount}:open`;
    },
  },
  sns: {
    action: 'sns:Publish',
    async make(Policy) {
      const made = await new SNSClient(here()).send(
        new CreateTopicCommand({ Name: 'open', Attributes: { Policy } }),
      );
      return made.TopicArn ?? '';
    },
  },
  kms: {
    action: 'kms:Decrypt',
    async make(Policy) {
      const { KeyMetadata } = await new KMSClient(here()).send(new CreateKeyCommand({ Policy }));
      return KeyMetadata?.Arn ?? '';
    },
  },
  ecr: {
    action: 'ecr:BatchGetImage',
    async make(policyText) {
      const client = new ECRClient(here());
      const made = await client.send(new CreateRepositoryCommand({ repositoryName: 'team/open' }));
      await client.send(new SetRepositoryPolicyCommand({ repositoryName: 'team/open', policyText }));
      return made.repository?.repositoryArn ?? '';
    },
  },
  secretsmanager: {
    action: 'secretsmanager:GetSecretValue',
    async make(ResourcePolicy) {
      const client = new SecretsManagerClient(here());
      const { ARN } = await client.send(new CreateSecretCommand({ Name: 'open', SecretString: 'x' }));
      await client.send(new PutResourcePolicyCommand({ SecretId: ARN, ResourcePolicy }));
      return ARN ?? '';
    },
  },
  elasticfilesystem: {
    action: 'elasticfilesystem:ClientMount',
    async make(Policy) {
      const client = new EFSClient(here());
      const { FileSystemId, FileSystemArn } = await client.send(
        new CreateFileSystemCommand({ CreationToken: 'open' }),
      );
      await client.send(new PutFileSystemPolicyCommand({ FileSystemId, Policy }));
      return FileSystemArn ?? '';
    },
  },
  es: {
    action: 'es:ESHttpGet',
    async make(AccessPolicies) {
      const made = await new OpenSearchClient(here()).send(
        new CreateDomainCommand({ DomainName: 'open', AccessPolicies }),
      );
      return made.DomainStatus?.ARN ?? '';
    },
  },
  events: {
    action: 'events:PutEvents',
    async make(Policy) {
      const client = new EventBridgeClient(here());
      const { EventBusArn } = await client.send(new CreateEventBusCommand({ Name: 'open' }));
      // moto keeps statements by Sid and principal, so it cannot hold the one without.
      const named = JSON.parse(Policy) as { Statement: { Sid?: string; Principal: unknown }[] };
      for (const [index, one] of named.Statement.entries()) one.Sid ??= `Too${index}`;
      const all = JSON.stringify(named);
      await client.send(new PutPermissionCommand({ EventBusName: 'open', Policy: all }));
      return EventBusArn ?? '';
    },
  },
};

describe('public-policy on moto', () => {
  test.each(Object.entries(makers))('%s: the open statements go, and undo brings them back', async (_, {
    action,
    make,
  }) => {
    const arn = await make(open(action));

    const { changes, before, shut } = await shutAndUndo(awsOn(moto()), onAws('policy', arn), control);

    expect((before as PolicyState).statements).toHaveLength(3);
    expect((shut as PolicyState).statements.map((one) => one.id)).toEqual(['Kept']);
    expect(changes.map((change) => change.op)).toEqual(['remove', 'remove']);
  });

  test('a queue whose only statement goes has no policy', async () => {
    const client = new SQSClient(here());
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement('Open', '*', 'sqs:*')] });
    await client.send(new CreateQueueCommand({ QueueName: 'only', Attributes: { Policy } }));

    const { shut } = await shutAndUndo(
      awsOn(moto()),
      onAws('policy', `arn:aws:sqs:${region}:${motoAccount}:only`),
      control,
    );

    expect((shut as PolicyState).statements).toEqual([]);
  });

  test('a key keeps its administrators: the owner is named before the open statement goes', async () => {
    const client = new KMSClient(here());
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [statement('All', { AWS: '*' }, 'kms:*')],
    });
    await client.send(new PutKeyPolicyCommand({ KeyId: KeyMetadata?.KeyId, PolicyName: 'default', Policy }));

    const { changes, shut } = await shutAndUndo(
      awsOn(moto()),
      onAws('policy', KeyMetadata?.Arn ?? ''),
      control,
    );

    expect(changes.map((change) => change.op)).toEqual(['add', 'remove']);
    const [left] = (shut as PolicyState).statements;
    expect(left?.statement).toMatchObject({ Principal: root, Action: 'kms:*' });
  });

  test("a topic's own default policy is not public", async () => {
    const { TopicArn = '' } = await new SNSClient(here()).send(new CreateTopicCommand({ Name: 'usual' }));

    const state = await stateOf(awsOn(moto()), onAws('policy', TopicArn));

    expect((state as PolicyState).statements.length).toBeGreaterThan(0);
    expect(control.check(state, settingsFor(control))).toBeNull();
  });

  test('a topic is never left without a policy', async () => {
    const client = new SNSClient(here());
    const { TopicArn = '' } = await client.send(new CreateTopicCommand({ Name: 'only' }));
    const AttributeValue = JSON.stringify({
      Version: '2012-10-17',
      Statement: [statement('All', '*', 'sns:Publish', TopicArn)],
    });
    await client.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }));

    await shutAndUndo(awsOn(moto()), onAws('policy', TopicArn), control, {
      whenShut: async () => {
        const { Attributes } = await client.send(new GetTopicAttributesCommand({ TopicArn }));
        expect(JSON.parse(Attributes?.Policy ?? '').Statement[0].Principal).toEqual(root);
      },
    });
  });

  test('a queue that any bucket of the world may write to through S3 is asked about', async () => {
    const Policy = JSON.stringify({
      Statement: [statement('S3', { Service: 's3.amazonaws.com' }, 'sqs:SendMessage')],
    });
    const client = new SQSClient(here());
    await client.send(new CreateQueueCommand({ QueueName: 'fed' }));
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: 'fed' }));
    await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));

    const state = await stateOf(awsOn(moto()), onAws('policy', `arn:aws:sqs:${region}:${motoAccount}:fed`));

    expect(control.check(state, settingsFor(control))?.exposures[0]?.ask).toContain('whoever sends it');
  });

  test('what does not exist is gone', async () => {
    const ids = [
      'sqs:EU:no',
      'sns:EU:no',
      'kms:EU:key/00000000-0000-4000-8000-000000000000',
      'ecr:EU:repository/no',
      'secretsmanager:EU:secret:no',
      'lambda:EU:function:no',
      'lambda:EU:layer:no:1',
      // Not EFS: moto answers 500 for a file system that it does not have.
      'es:EU:domain/no',
      'events:EU:event-bus/no',
    ];
    const resources = ids.map((id) =>
      onAws('policy', `arn:aws:${id.replace('EU', `${region}:${motoAccount}`)}`),
    );

    const readings = await awsOn(moto()).read(resources);

    expect(
      readings.map((one, index) => [ids[index], one.status === 'error' ? one.error.message : one.status]),
    ).toEqual(ids.map((id) => [id, 'gone']));
  });

  test('what events call a resource becomes its ARN', async () => {
    const hint = (kind: string, id: string) => ({
      provider: 'aws' as const,
      account: motoAccount,
      region,
      kind,
      id,
    });
    const idOf = async (kind: string, id: string) =>
      (await awsOn(moto()).resolve(hint(kind, id))).map((one) => one.id);
    const arn = (rest: string) => [`arn:aws:${rest.replace('EU', `${region}:${motoAccount}`)}`];

    expect(await idOf('queue', `https://sqs.${region}.amazonaws.com/${motoAccount}/orders`)).toEqual(
      arn('sqs:EU:orders'),
    );
    expect(await idOf('function', 'resize')).toEqual(arn('lambda:EU:function:resize'));
    expect(await idOf('function', `${motoAccount}:resize`)).toEqual(arn('lambda:EU:function:resize'));
    expect(await idOf('function', `arn:aws:lambda:${region}:${motoAccount}:function:resize:live`)).toEqual(
      arn('lambda:EU:function:resize'),
    );
    expect(await idOf('layer-version', 'tools:3')).toEqual(arn('lambda:EU:layer:tools:3'));
    expect(await idOf('repository', 'team/app')).toEqual(arn('ecr:EU:repository/team/app'));
    expect(await idOf('key', 'alias/nobody')).toEqual([]);
  });
});
