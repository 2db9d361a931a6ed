import { isAws, orNull } from '../errors.ts';
import { backupOf } from '../services.ts';
import { arnOf, nameIn } from './holder.ts';
import { textHolder } from './text-holder.ts';

const absent = (error: unknown) => isAws(error, 'ResourceNotFoundException');

export const backupVaults = textHolder({
  service: 'backup',
  calls: {
    read: ['backup:DescribeBackupVault', 'backup:GetBackupVaultAccessPolicy', 'backup:ListBackupVaults'],
    write: ['backup:PutBackupVaultAccessPolicy', 'backup:DeleteBackupVaultAccessPolicy'],
  },

  async held(clients, place, arn) {
    const { client, sdk } = await backupOf(clients, place);
    const BackupVaultName = nameIn(arn, 'backup-vault:');
    // "Not found" is said of a vault without a policy too, so the vault itself is asked for first.
    const vault = await orNull(client.send(new sdk.DescribeBackupVaultCommand({ BackupVaultName })), absent);
    if (vault === null) return null;
    const command = new sdk.GetBackupVaultAccessPolicyCommand({ BackupVaultName });
    const said = await orNull(client.send(command), absent);
    return { policy: said?.Policy ?? null, name: BackupVaultName };
  },

  async write(clients, place, arn, Policy) {
    const { client, sdk } = await backupOf(clients, place);
    const BackupVaultName = nameIn(arn, 'backup-vault:');
    if (Policy === null) await client.send(new sdk.DeleteBackupVaultAccessPolicyCommand({ BackupVaultName }));
    else await client.send(new sdk.PutBackupVaultAccessPolicyCommand({ BackupVaultName, Policy }));
  },

  async *list(clients, place) {
    const { client, sdk } = await backupOf(clients, place);
    let NextToken: string | undefined;
    do {
      const page = await client.send(new sdk.ListBackupVaultsCommand({ MaxResults: 1000, NextToken }));
      yield (page.BackupVaultList ?? []).flatMap((vault) => vault.BackupVaultArn ?? []);
      NextToken = page.NextToken || undefined;
    } while (NextToken);
  },

  hints: { 'backup-vault': async (_, place, name) => [arnOf('backup', place, `backup-vault:${name}`)] },
});
