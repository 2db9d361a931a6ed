import { isAws, orNull } from '../errors.ts';
import { arnOf, nameIn } from '../policies/holder.ts';
import { rdsOf } from '../services.ts';
import { type Store, tagsOf } from './store.ts';

const absent = (error: unknown) => isAws(error, 'DBClusterNotFoundFault');

/**
 * RDS clusters. Only a Multi-AZ cluster has an address of its own that may be public, and RDS has no call to change
 * that; of an Aurora cluster its instances say it.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html
 */
export const clusters: Store = {
  service: 'rds-cluster',
  calls: { read: ['rds:DescribeDBClusters'], write: [] },
  owns: (arn) => /^arn:[^:]+:rds:[^:]*:\d*:cluster:/.test(arn),

  async read(clients, place, arn) {
    const { client, sdk } = await rdsOf(clients, place);
    const command = new sdk.DescribeDBClustersCommand({ DBClusterIdentifier: nameIn(arn, 'cluster:') });
    const found = (await orNull(client.send(command), absent))?.DBClusters?.[0];
    if (!found || found.Status === 'deleting') return null;
    return {
      kind: 'database',
      name: found.DBClusterIdentifier ?? null,
      tags: tagsOf(found.TagList),
      service: 'rds-cluster',
      status: found.Status ?? 'unknown',
      encrypted: found.StorageEncrypted ?? null,
      settings: { publiclyAccessible: found.PubliclyAccessible ?? false },
    };
  },

  async *list(clients, place) {
    const { client, sdk } = await rdsOf(clients, place);
    let Marker: string | undefined;
    do {
      const page = await client.send(new sdk.DescribeDBClustersCommand({ MaxRecords: 100, Marker }));
      // DocumentDB and Neptune answer here too; their clusters have no public address.
      yield (page.DBClusters ?? []).flatMap((one) => one.DBClusterArn ?? []);
      Marker = page.Marker || undefined;
    } while (Marker);
  },

  hints: {
    'database-cluster': async (_, place, name) => [
      name.startsWith('arn:') ? name : arnOf('rds', place, `cluster:${name.toLowerCase()}`),
    ],
  },
};
