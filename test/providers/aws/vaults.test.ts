import {
  BackupClient,
  DeleteBackupVaultAccessPolicyCommand,
  DescribeBackupVaultCommand,
  GetBackupVaultAccessPolicyCommand,
  PutBackupVaultAccessPolicyCommand,
} from '@aws-sdk/client-backup';
import {
  DeleteVaultAccessPolicyCommand,
  DescribeVaultCommand,
  GetVaultAccessPolicyCommand,
  GlacierClient,
  SetVaultAccessPolicyCommand,
} from '@aws-sdk/client-glacier';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { AwsProvider } from '../../../lib/providers/aws/aws.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { onAws, region } from './cloud.ts';
import { controlOf, shutAndUndo } from './round.ts';

// No engine keeps the policies of backup and Glacier vaults: here the SDK's own commands are answered.
const provider = new AwsProvider({
  accounts: [{ account: motoAccount }],
  version: 'test',
  credentials: motoCredentials,
});
const control = controlOf('public-policy', 'policy');
const notFound = () =>
  Promise.reject(Object.assign(new Error('none'), { name: 'ResourceNotFoundException' }));
const statement = (Sid: string, Principal: object | string) => ({
  Sid,
  Effect: 'Allow',
  Principal,
  Action: '*',
  Resource: '*',
});
const own = { AWS: `arn:aws:iam::${motoAccount}:root` };
const policies = {
  'with another statement': JSON.stringify({
    Version: '2012-10-17',
    Statement: [statement('Open', '*'), statement('Kept', own)],
  }),
  'as the only statement': JSON.stringify({ Version: '2012-10-17', Statement: [statement('Open', '*')] }),
};

test.each(
  Object.entries(policies),
)('an open statement of a backup vault goes and comes back, %s', async (_, policy) => {
  let held: string | null = policy;
  const backup = mockClient(BackupClient);
  backup.on(DescribeBackupVaultCommand).resolves({ BackupVaultName: 'daily' });
  backup
    .on(GetBackupVaultAccessPolicyCommand)
    .callsFake(() => (held === null ? notFound() : { Policy: held }));
  backup.on(PutBackupVaultAccessPolicyCommand).callsFake((input) => {
    held = input.Policy;
    return {};
  });
  backup.on(DeleteBackupVaultAccessPolicyCommand).callsFake(() => {
    held = null;
    return {};
  });

  await shutAndUndo(
    provider,
    onAws('policy', `arn:aws:backup:${region}:${motoAccount}:backup-vault:daily`),
    control,
  );

  expect(held).toBe(policy);
  backup.restore();
});

test.each(
  Object.entries(policies),
)('an open statement of a Glacier vault goes and comes back, %s', async (_, policy) => {
  let held: string | null = policy;
  const glacier = mockClient(GlacierClient);
  glacier.on(DescribeVaultCommand).resolves({ VaultName: 'old' });
  glacier
    .on(GetVaultAccessPolicyCommand)
    .callsFake(() => (held === null ? notFound() : { policy: { Policy: held } }));
  glacier.on(SetVaultAccessPolicyCommand).callsFake((input) => {
    held = input.policy.Policy;
    return {};
  });
  glacier.on(DeleteVaultAccessPolicyCommand).callsFake(() => {
    held = null;
    return {};
  });

  await shutAndUndo(
    provider,
    onAws('policy', `arn:aws:glacier:${region}:${motoAccount}:vaults/old`),
    control,
  );

  expect(held).toBe(policy);
  glacier.restore();
});
