import { RetryableError, TerminalError } from '../../../errors.ts';
import { isAws, orNull } from '../errors.ts';
import { arnOf, nameIn } from '../policies/holder.ts';
import { redshiftOf } from '../services.ts';
import { settled } from './settled.ts';
import { type Store, tagsOf } from './store.ts';

const absent = (error: unknown) => isAws(error, 'ClusterNotFoundFault', 'ClusterNotFound');

/** Redshift clusters. */
export const warehouses: Store = {
  service: 'redshift',
  calls: { read: ['redshift:DescribeClusters'], write: ['redshift:ModifyCluster'] },
  owns: (arn) => /^arn:[^:]+:redshift:[^:]*:\d*:cluster:/.test(arn),

  async read(clients, place, arn) {
    const { client, sdk } = await redshiftOf(clients, place);
    const command = new sdk.DescribeClustersCommand({ ClusterIdentifier: nameIn(arn, 'cluster:') });
    const found = (await orNull(client.send(command), absent))?.Clusters?.[0];
    if (!found || found.ClusterStatus === 'deleting') return null;
    return {
      kind: 'database',
      name: found.ClusterIdentifier ?? null,
      tags: tagsOf(found.Tags),
      service: 'redshift',
      status: found.ClusterStatus ?? 'unknown',
      encrypted: found.Encrypted ?? null,
      settings: { publiclyAccessible: found.PubliclyAccessible ?? false },
    };
  },

  async set(clients, place, arn, setting, to) {
    if (setting !== 'publiclyAccessible') throw new TerminalError(`Redshift has no setting ${setting}`);
    const { client, sdk } = await redshiftOf(clients, place);
    const ClusterIdentifier = nameIn(arn, 'cluster:');
    const PubliclyAccessible = to === true;
    try {
      await client.send(new sdk.ModifyClusterCommand({ ClusterIdentifier, PubliclyAccessible }));
    } catch (error) {
      if (absent(error)) return;
      if (!isAws(error, 'InvalidClusterStateFault', 'InvalidClusterState')) throw error;
      throw new RetryableError(`${ClusterIdentifier} is being modified`, { cause: error });
    }
    await settled(ClusterIdentifier, async () => {
      const command = new sdk.DescribeClustersCommand({ ClusterIdentifier });
      const now = (await orNull(client.send(command), absent))?.Clusters?.[0];
      return !now || (now.PubliclyAccessible ?? false) === PubliclyAccessible;
    });
  },

  async *list(clients, place) {
    const { client, sdk } = await redshiftOf(clients, place);
    let Marker: string | undefined;
    do {
      const page = await client.send(new sdk.DescribeClustersCommand({ MaxRecords: 100, Marker }));
      yield (page.Clusters ?? []).map((one) => arnOf('redshift', place, `cluster:${one.ClusterIdentifier}`));
      Marker = page.Marker || undefined;
    } while (Marker);
  },

  hints: {
    warehouse: async (_, place, name) => [arnOf('redshift', place, `cluster:${name.toLowerCase()}`)],
  },
};
