import { isAws, orNull } from '../errors.ts';
import { arnOf, nameIn } from '../policies/holder.ts';
import { redshiftOf } from '../services.ts';
import type { Sharer } from './sharer.ts';

const absent = (error: unknown) => isAws(error, 'ClusterSnapshotNotFoundFault', 'ClusterSnapshotNotFound');
const alreadySo = (error: unknown) =>
  absent(error) ||
  isAws(
    error,
    'AuthorizationNotFoundFault',
    'AuthorizationNotFound',
    'AuthorizationAlreadyExistsFault',
    'AuthorizationAlreadyExists',
    'AccessToSnapshotDeniedFault',
  );

/** Redshift snapshots; the id is `arn:…:snapshot:cluster/name`. They are shared with accounts, never with all. */
export const warehouseSnapshots: Sharer = {
  service: 'redshift-snapshot',
  calls: {
    read: ['redshift:DescribeClusterSnapshots'],
    write: ['redshift:AuthorizeSnapshotAccess', 'redshift:RevokeSnapshotAccess'],
  },
  owns: (id) => /^arn:[^:]+:redshift:[^:]*:\d*:snapshot:/.test(id),

  async read(clients, place, arn) {
    const { client, sdk } = await redshiftOf(clients, place);
    const SnapshotIdentifier = nameOf(arn);
    const command = new sdk.DescribeClusterSnapshotsCommand({ SnapshotIdentifier });
    const about = (await orNull(client.send(command), absent))?.Snapshots?.[0];
    if (!about) return null;
    return {
      name: SnapshotIdentifier,
      tags: Object.fromEntries((about.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
      encrypted: about.Encrypted ?? null,
      owner: about.OwnerAccount ?? place.account,
      with: (about.AccountsWithRestoreAccess ?? []).flatMap((one) => one.AccountId ?? []),
    };
  },

  async set(clients, place, arn, AccountWithRestoreAccess, shared) {
    const { client, sdk } = await redshiftOf(clients, place);
    const of = { SnapshotIdentifier: nameOf(arn), AccountWithRestoreAccess };
    if (shared) await orNull(client.send(new sdk.AuthorizeSnapshotAccessCommand(of)), alreadySo);
    else await orNull(client.send(new sdk.RevokeSnapshotAccessCommand(of)), alreadySo);
  },

  async *list(clients, place) {
    const { client, sdk } = await redshiftOf(clients, place);
    let Marker: string | undefined;
    do {
      const of = { SnapshotType: 'manual', MaxRecords: 100, Marker };
      const page = await client.send(new sdk.DescribeClusterSnapshotsCommand(of));
      yield (page.Snapshots ?? []).map((one) =>
        arnOf('redshift', place, `snapshot:${one.ClusterIdentifier}/${one.SnapshotIdentifier}`),
      );
      Marker = page.Marker || undefined;
    } while (Marker);
  },

  hints: {
    'warehouse-snapshot': async (clients, place, SnapshotIdentifier) => {
      const { client, sdk } = await redshiftOf(clients, place);
      const command = new sdk.DescribeClusterSnapshotsCommand({ SnapshotIdentifier });
      const said = await orNull(client.send(command), absent);
      return (said?.Snapshots ?? []).map((one) =>
        arnOf('redshift', place, `snapshot:${one.ClusterIdentifier}/${one.SnapshotIdentifier}`),
      );
    },
  },
};

function nameOf(arn: string): string {
  return nameIn(arn, 'snapshot:').split('/').pop() ?? '';
}
