import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  AddLayerVersionPermissionCommand,
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  PublishVersionCommand,
} from '@aws-sdk/client-lambda';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PolicyState } from '../../../lib/kinds/policy.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { awsOn, onAws, region } from './cloud.ts';
import { controlOf, settingsFor, shutAndUndo, stateOf } from './round.ts';

const moto = useMoto();
const here = () => ({ endpoint: moto().endpoint, region, credentials: motoCredentials });
const lambda = () => new LambdaClient(here());
const arnOf = (name: string) => `arn:aws:lambda:${region}:${motoAccount}:function:${name}`;
// The smallest archive there is: an empty one.
const ZipFile = Buffer.from('504b0506000000000000000000000000000000000000', 'hex');

let Role = '';
beforeAll(async () => {
  const trust = {
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  };
  const made = await new IAMClient(here()).send(
    new CreateRoleCommand({ RoleName: 'fn', AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  Role = made.Role?.Arn ?? '';
});

async function makeFunction(FunctionName: string): Promise<void> {
  await lambda().send(
    new CreateFunctionCommand({
      FunctionName,
      Role,
      Runtime: 'nodejs22.x',
      Handler: 'a.b',
      Code: { ZipFile },
    }),
  );
}

describe('functions on moto', () => {
  const control = controlOf('public-policy', 'policy');

  test('an open statement goes and comes back, and the others stay', async () => {
    await makeFunction('open');
    const of = { FunctionName: 'open', Action: 'lambda:InvokeFunction' };
    await lambda().send(new AddPermissionCommand({ ...of, StatementId: 'kept', Principal: motoAccount }));
    await lambda().send(new AddPermissionCommand({ ...of, StatementId: 'open', Principal: '*' }));

    const { shut, changes } = await shutAndUndo(awsOn(moto()), onAws('policy', arnOf('open')), control);

    expect(changes).toHaveLength(1);
    expect((shut as PolicyState).statements.map((one) => one.id)).toEqual(['$LATEST/kept']);
  });

  test('the policy of an alias is looked at by itself', async () => {
    await makeFunction('aliased');
    await lambda().send(new PublishVersionCommand({ FunctionName: 'aliased' }));
    await lambda().send(
      new CreateAliasCommand({ FunctionName: 'aliased', Name: 'live', FunctionVersion: '1' }),
    );
    const of = {
      FunctionName: 'aliased',
      Action: 'lambda:InvokeFunction',
      StatementId: 'open',
      Principal: '*',
    };
    await lambda().send(new AddPermissionCommand({ ...of, Qualifier: 'live' }));

    const { exposures } = await shutAndUndo(awsOn(moto()), onAws('policy', arnOf('aliased')), control);

    expect(exposures.map((one) => one.id)).toEqual(['live/open']);
  });

  test('a trigger of our own bucket is left alone, one of any bucket is asked about', async () => {
    await makeFunction('fed');
    const of = { FunctionName: 'fed', Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com' };
    await lambda().send(
      new AddPermissionCommand({
        ...of,
        StatementId: 'ours',
        SourceArn: 'arn:aws:s3:::ours',
        SourceAccount: motoAccount,
      }),
    );
    await lambda().send(new AddPermissionCommand({ ...of, StatementId: 'any' }));

    const state = await stateOf(awsOn(moto()), onAws('policy', arnOf('fed')));
    const exposures = control.check(state, settingsFor(control))?.exposures ?? [];

    expect(exposures.map((one) => one.id)).toEqual(['$LATEST/any']);
    expect(exposures[0]?.ask).toBeDefined();
  });

  test('a layer that everybody may use', async () => {
    const made = await lambda().send(
      new PublishLayerVersionCommand({ LayerName: 'tools', Content: { ZipFile } }),
    );
    const of = { LayerName: 'tools', VersionNumber: 1, Action: 'lambda:GetLayerVersion' };
    await lambda().send(new AddLayerVersionPermissionCommand({ ...of, StatementId: 'open', Principal: '*' }));

    const { changes } = await shutAndUndo(
      awsOn(moto()),
      onAws('policy', made.LayerVersionArn ?? ''),
      control,
    );

    expect(changes).toHaveLength(1);
  });
});

test('a public function URL asks for credentials, and its statement goes', async () => {
  const control = controlOf('public-function-url', 'policy');
  await makeFunction('url');
  await lambda().send(new CreateFunctionUrlConfigCommand({ FunctionName: 'url', AuthType: 'NONE' }));
  await lambda().send(
    new AddPermissionCommand({
      FunctionName: 'url',
      StatementId: 'FunctionURLAllowPublicAccess',
      Action: 'lambda:InvokeFunctionUrl',
      Principal: '*',
      FunctionUrlAuthType: 'NONE',
    }),
  );
  const resource = onAws('policy', arnOf('url'));
  const policy = controlOf('public-policy', 'policy');
  expect(policy.check(await stateOf(awsOn(moto()), resource), settingsFor(policy))).toBeNull();

  await shutAndUndo(awsOn(moto()), resource, control, {
    whenShut: async () => {
      const url = await lambda().send(new GetFunctionUrlConfigCommand({ FunctionName: 'url' }));
      expect(url.AuthType).toBe('AWS_IAM');
    },
  });
});
