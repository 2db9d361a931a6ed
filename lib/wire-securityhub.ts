import { environment, type Policy } from './config.ts';
import type { Resource } from './model.ts';
import { SecurityHubNotifier } from './notify/securityhub.ts';
import type { Notifier } from './ports.ts';
import { Clients } from './providers/aws/clients.ts';
import { securityHubOf } from './providers/aws/services.ts';
import { version } from './version.ts';

/** The part of the composition root that knows Security Hub: the hub of each guarded account, by that account's role. */
export function securityHubChannels(policy: Policy): Notifier[] {
  if (policy.alerts.securityHub !== true) return [];
  const accounts = (policy.accounts ?? []).filter((one) => one.provider === 'aws');
  const known = accounts.map(({ id, role, externalId }) => ({
    account: id,
    ...(role !== undefined && { role }),
    ...(externalId !== undefined && { externalId }),
  }));
  const named = known.length > 0 ? new Clients({ accounts: known, version }) : null;
  /** Without accounts in the policy file, the present credentials are those of the one that is guarded. */
  const own = new Map<string, Clients>();
  const clientsOf = (account: string): Clients => {
    const clients = named ?? own.get(account) ?? new Clients({ accounts: [{ account }], version });
    if (named === null) own.set(account, clients);
    return clients;
  };
  return [
    new SecurityHubNotifier(
      (place) => securityHubOf(clientsOf(place.account), place),
      (resource) => homeOf(resource, accounts),
    ),
  ];
}

/** Where what has no region is told of: where AWS keeps it, if that is guarded, else the first region that is. */
function homeOf(
  { account }: Resource,
  accounts: readonly { id: string; regions: readonly string[] }[],
): string {
  const regions = accounts.find((one) => one.id === account)?.regions ?? [
    environment().region ?? 'us-east-1',
  ];
  return regions.includes('us-east-1') ? 'us-east-1' : (regions[0] ?? 'us-east-1');
}
