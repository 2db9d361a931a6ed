import { isAws, orNull } from '../errors.ts';
import { arnOf, nameIn } from '../policies/holder.ts';
import { rdsOf } from '../services.ts';
import type { Sharer } from './sharer.ts';

const absent = (error: unknown) => isAws(error, 'DBSnapshotNotFoundFault', 'DBSnapshotNotFound');
const absentCluster = (error: unknown) =>
  isAws(error, 'DBClusterSnapshotNotFoundFault', 'DBClusterSnapshotNotFound');

/** Snapshots of RDS instances; the id is the ARN. */
export const databaseSnapshots: Sharer = {
  service: 'rds-snapshot',
  calls: {
    read: ['rds:DescribeDBSnapshots', 'rds:DescribeDBSnapshotAttributes'],
    write: ['rds:ModifyDBSnapshotAttribute'],
  },
  owns: (id) => /^arn:[^:]+:rds:[^:]*:\d*:snapshot:/.test(id),

  async read(clients, place, arn) {
    const { client, sdk } = await rdsOf(clients, place);
    const DBSnapshotIdentifier = nameIn(arn, 'snapshot:');
    const described = client.send(new sdk.DescribeDBSnapshotsCommand({ DBSnapshotIdentifier }));
    const about = (await orNull(described, absent))?.DBSnapshots?.[0];
    if (!about) return null;
    const command = new sdk.DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier });
    const said = await orNull(client.send(command), absent);
    if (said === null) return null;
    const attributes = said.DBSnapshotAttributesResult?.DBSnapshotAttributes ?? [];
    return {
      name: DBSnapshotIdentifier,
      tags: Object.fromEntries((about.TagList ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
      encrypted: about.Encrypted ?? null,
      owner: place.account,
      with: attributes.find((one) => one.AttributeName === 'restore')?.AttributeValues ?? [],
    };
  },

  async set(clients, place, arn, who, shared) {
    const { client, sdk } = await rdsOf(clients, place);
    const command = new sdk.ModifyDBSnapshotAttributeCommand({
      DBSnapshotIdentifier: nameIn(arn, 'snapshot:'),
      AttributeName: 'restore',
      ...(shared ? { ValuesToAdd: [who] } : { ValuesToRemove: [who] }),
    });
    await orNull(client.send(command), absent);
  },

  async *list(clients, place) {
    const { client, sdk } = await rdsOf(clients, place);
    let Marker: string | undefined;
    do {
      // Automatic ones cannot be shared.
      const of = { SnapshotType: 'manual', MaxRecords: 100, Marker };
      const page = await client.send(new sdk.DescribeDBSnapshotsCommand(of));
      yield (page.DBSnapshots ?? []).flatMap((one) => one.DBSnapshotArn ?? []);
      Marker = page.Marker || undefined;
    } while (Marker);
  },

  hints: {
    'database-snapshot': async (_, place, name) => [
      name.startsWith('arn:') ? name : arnOf('rds', place, `snapshot:${name}`),
    ],
  },
};

/** Snapshots of clusters: Aurora, DocumentDB and Neptune share one API. */
export const clusterSnapshots: Sharer = {
  service: 'cluster-snapshot',
  calls: {
    read: ['rds:DescribeDBClusterSnapshots', 'rds:DescribeDBClusterSnapshotAttributes'],
    write: ['rds:ModifyDBClusterSnapshotAttribute'],
  },
  owns: (id) => /^arn:[^:]+:rds:[^:]*:\d*:cluster-snapshot:/.test(id),

  async read(clients, place, arn) {
    const { client, sdk } = await rdsOf(clients, place);
    const DBClusterSnapshotIdentifier = nameIn(arn, 'cluster-snapshot:');
    const described = client.send(new sdk.DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier }));
    const about = (await orNull(described, absentCluster))?.DBClusterSnapshots?.[0];
    if (!about) return null;
    const command = new sdk.DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier });
    const said = await orNull(client.send(command), absentCluster);
    if (said === null) return null;
    const attributes = said.DBClusterSnapshotAttributesResult?.DBClusterSnapshotAttributes ?? [];
    return {
      name: DBClusterSnapshotIdentifier,
      tags: Object.fromEntries((about.TagList ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
      encrypted: about.StorageEncrypted ?? null,
      owner: place.account,
      with: attributes.find((one) => one.AttributeName === 'restore')?.AttributeValues ?? [],
    };
  },

  async set(clients, place, arn, who, shared) {
    const { client, sdk } = await rdsOf(clients, place);
    const command = new sdk.ModifyDBClusterSnapshotAttributeCommand({
      DBClusterSnapshotIdentifier: nameIn(arn, 'cluster-snapshot:'),
      AttributeName: 'restore',
      ...(shared ? { ValuesToAdd: [who] } : { ValuesToRemove: [who] }),
    });
    await orNull(client.send(command), absentCluster);
  },

  async *list(clients, place) {
    const { client, sdk } = await rdsOf(clients, place);
    let Marker: string | undefined;
    do {
      const of = { SnapshotType: 'manual', MaxRecords: 100, Marker };
      const page = await client.send(new sdk.DescribeDBClusterSnapshotsCommand(of));
      yield (page.DBClusterSnapshots ?? []).flatMap((one) => one.DBClusterSnapshotArn ?? []);
      Marker = page.Marker || undefined;
    } while (Marker);
  },

  hints: {
    'cluster-snapshot': async (_, place, name) => [
      name.startsWith('arn:') ? name : arnOf('rds', place, `cluster-snapshot:${name}`),
    ],
  },
};
