import { RetryableError, TerminalError } from '../../../errors.ts';
import { isAws, orNull } from '../errors.ts';
import { arnOf, nameIn } from '../policies/holder.ts';
import { rdsOf } from '../services.ts';
import { settled } from './settled.ts';
import { type Store, tagsOf } from './store.ts';

const absent = (error: unknown) => isAws(error, 'DBInstanceNotFoundFault', 'DBInstanceNotFound');

/** RDS instances, those of Aurora, DocumentDB and Neptune among them. */
export const instances: Store = {
  service: 'rds',
  calls: { read: ['rds:DescribeDBInstances'], write: ['rds:ModifyDBInstance'] },
  owns: (arn) => /^arn:[^:]+:rds:[^:]*:\d*:db:/.test(arn),

  async read(clients, place, arn) {
    const { client, sdk } = await rdsOf(clients, place);
    const command = new sdk.DescribeDBInstancesCommand({ DBInstanceIdentifier: nameIn(arn, 'db:') });
    const found = (await orNull(client.send(command), absent))?.DBInstances?.[0];
    if (!found || found.DBInstanceStatus === 'deleting') return null;
    return {
      kind: 'database',
      name: found.DBInstanceIdentifier ?? null,
      tags: tagsOf(found.TagList),
      service: 'rds',
      status: found.DBInstanceStatus ?? 'unknown',
      encrypted: found.StorageEncrypted ?? null,
      settings: { publiclyAccessible: found.PubliclyAccessible ?? false },
    };
  },

  async set(clients, place, arn, setting, to) {
    if (setting !== 'publiclyAccessible') throw new TerminalError(`RDS has no setting ${setting}`);
    const { client, sdk } = await rdsOf(clients, place);
    const DBInstanceIdentifier = nameIn(arn, 'db:');
    const PubliclyAccessible = to === true;
    try {
      const of = { DBInstanceIdentifier, PubliclyAccessible, ApplyImmediately: true };
      await client.send(new sdk.ModifyDBInstanceCommand(of));
    } catch (error) {
      if (absent(error)) return;
      if (!isAws(error, 'InvalidDBInstanceStateFault', 'InvalidDBInstanceState')) throw error;
      throw new RetryableError(`${DBInstanceIdentifier} is being modified`, { cause: error });
    }
    await settled(DBInstanceIdentifier, async () => {
      const command = new sdk.DescribeDBInstancesCommand({ DBInstanceIdentifier });
      const now = (await orNull(client.send(command), absent))?.DBInstances?.[0];
      return !now || now.PubliclyAccessible === PubliclyAccessible;
    });
  },

  async *list(clients, place) {
    const { client, sdk } = await rdsOf(clients, place);
    let Marker: string | undefined;
    do {
      const page = await client.send(new sdk.DescribeDBInstancesCommand({ MaxRecords: 100, Marker }));
      yield (page.DBInstances ?? []).flatMap((one) => one.DBInstanceArn ?? []);
      Marker = page.Marker || undefined;
    } while (Marker);
  },

  hints: {
    'database-instance': async (_, place, name) => [
      // Its name is kept in lower case, however it was asked for.
      name.startsWith('arn:') ? name : arnOf('rds', place, `db:${name.toLowerCase()}`),
    ],
  },
};
