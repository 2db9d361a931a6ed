import { isAws, orNull } from '../errors.ts';
import { glacierOf } from '../services.ts';
import { arnOf, nameIn } from './holder.ts';
import { textHolder } from './text-holder.ts';

const absent = (error: unknown) => isAws(error, 'ResourceNotFoundException');

/** Glacier vaults. */
export const archives = textHolder({
  service: 'glacier',
  calls: {
    read: ['glacier:DescribeVault', 'glacier:GetVaultAccessPolicy', 'glacier:ListVaults'],
    write: ['glacier:SetVaultAccessPolicy', 'glacier:DeleteVaultAccessPolicy'],
  },

  async held(clients, place, arn) {
    const { client, sdk } = await glacierOf(clients, place);
    const of = { accountId: place.account, vaultName: nameIn(arn, 'vaults/') };
    // "Not found" is said of a vault without a policy too, so the vault itself is asked for first.
    const vault = await orNull(client.send(new sdk.DescribeVaultCommand(of)), absent);
    if (vault === null) return null;
    const said = await orNull(client.send(new sdk.GetVaultAccessPolicyCommand(of)), absent);
    return { policy: said?.policy?.Policy ?? null, name: of.vaultName };
  },

  async write(clients, place, arn, Policy) {
    const { client, sdk } = await glacierOf(clients, place);
    const of = { accountId: place.account, vaultName: nameIn(arn, 'vaults/') };
    if (Policy === null) await client.send(new sdk.DeleteVaultAccessPolicyCommand(of));
    else await client.send(new sdk.SetVaultAccessPolicyCommand({ ...of, policy: { Policy } }));
  },

  async *list(clients, place) {
    const { client, sdk } = await glacierOf(clients, place);
    let marker: string | undefined;
    do {
      const page = await client.send(
        new sdk.ListVaultsCommand({ accountId: place.account, limit: 50, marker }),
      );
      yield (page.VaultList ?? []).flatMap((vault) => vault.VaultARN ?? []);
      marker = page.Marker || undefined;
    } while (marker);
  },

  hints: { archive: async (_, place, name) => [arnOf('glacier', place, `vaults/${name}`)] },
});
