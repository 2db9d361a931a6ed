import { isAws, orNull } from '../errors.ts';
import { dmsOf } from '../services.ts';
import type { Store } from './store.ts';

const absent = (error: unknown) => isAws(error, 'ResourceNotFoundFault');

/** DMS replication instances. Whether one is public is decided when it is made: AWS has no call to change it. */
export const replicators: Store = {
  service: 'dms',
  calls: { read: ['dms:DescribeReplicationInstances'], write: [] },
  owns: (arn) => /^arn:[^:]+:dms:[^:]*:\d*:rep:/.test(arn),

  async read(clients, place, arn) {
    const { client, sdk } = await dmsOf(clients, place);
    const Filters = [{ Name: 'replication-instance-arn', Values: [arn] }];
    const command = new sdk.DescribeReplicationInstancesCommand({ Filters });
    const said = await orNull(client.send(command), absent);
    const found = said?.ReplicationInstances?.find((one) => one.ReplicationInstanceArn === arn);
    if (!found || found.ReplicationInstanceStatus === 'deleting') return null;
    return {
      kind: 'database',
      name: found.ReplicationInstanceIdentifier ?? null,
      tags: {},
      service: 'dms',
      status: found.ReplicationInstanceStatus ?? 'unknown',
      // Always encrypted, with a key of AWS's where none is named.
      encrypted: true,
      settings: { publiclyAccessible: found.PubliclyAccessible ?? false },
    };
  },

  async *list(clients, place) {
    const { client, sdk } = await dmsOf(clients, place);
    let Marker: string | undefined;
    do {
      const page = await client.send(
        new sdk.DescribeReplicationInstancesCommand({ MaxRecords: 100, Marker }),
      );
      yield (page.ReplicationInstances ?? []).flatMap((one) => one.ReplicationInstanceArn ?? []);
      Marker = page.Marker || undefined;
    } while (Marker);
  },

  hints: {},
};
