import type { Snapshot } from '@aws-sdk/client-ec2';
import type { Clients, Place } from '../clients.ts';
import { chunks, ec2Of, filter, filterMax, tagsOf } from '../ec2.ts';
import { isAws, orNull } from '../errors.ts';
import type { Facts, Sharer } from './sharer.ts';

const absent = (error: unknown) => isAws(error, 'InvalidSnapshot.NotFound', 'InvalidSnapshotID.Malformed');

/** EBS snapshots. */
export const snapshots: Sharer = {
  service: 'ebs-snapshot',
  calls: {
    read: ['ec2:DescribeSnapshots', 'ec2:DescribeSnapshotAttribute'],
    write: ['ec2:ModifySnapshotAttribute'],
  },
  owns: (id) => id.startsWith('snap-'),

  async describe(clients, place, ids) {
    const { client, sdk } = await ec2Of(clients, place);
    const pages = chunks(ids, filterMax).map(async (some) => {
      const said = await client.send(
        new sdk.DescribeSnapshotsCommand({ Filters: [filter('snapshot-id', some)] }),
      );
      return said.Snapshots ?? [];
    });
    return new Map((await Promise.all(pages)).flat().map((one) => [one.SnapshotId ?? '', factsOf(one)]));
  },

  async read(clients, place, SnapshotId, known) {
    const { client, sdk } = await ec2Of(clients, place);
    const facts = known ?? (await describeOne(clients, place, SnapshotId));
    if (!facts) return null;
    // Only its owner may ask with whom it is shared.
    if (facts.owner !== place.account) return { ...facts, with: [] };
    const of = { SnapshotId, Attribute: 'createVolumePermission' as const };
    const said = await orNull(client.send(new sdk.DescribeSnapshotAttributeCommand(of)), absent);
    if (said === null) return null;
    const permissions = said.CreateVolumePermissions ?? [];
    return { ...facts, with: permissions.flatMap((one) => one.Group ?? one.UserId ?? []) };
  },

  async set(clients, place, SnapshotId, who, shared) {
    const { client, sdk } = await ec2Of(clients, place);
    const command = new sdk.ModifySnapshotAttributeCommand({
      SnapshotId,
      Attribute: 'createVolumePermission',
      OperationType: shared ? 'add' : 'remove',
      ...(who === 'all' ? { GroupNames: ['all'] } : { UserIds: [who] }),
    });
    await orNull(client.send(command), absent);
  },

  async *list(clients, place) {
    const { client, sdk } = await ec2Of(clients, place);
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new sdk.DescribeSnapshotsCommand({ OwnerIds: [place.account], MaxResults: 1000, NextToken }),
      );
      // An engine that does not know the filter names everybody's.
      const own = (page.Snapshots ?? []).filter((one) => one.OwnerId === place.account);
      yield own.flatMap((one) => one.SnapshotId ?? []);
      NextToken = page.NextToken || undefined;
    } while (NextToken);
  },
};

function factsOf(one: Snapshot): Facts {
  const tags = tagsOf(one.Tags);
  return { name: tags.Name ?? null, tags, encrypted: one.Encrypted ?? null, owner: one.OwnerId ?? '' };
}

async function describeOne(clients: Clients, place: Place, SnapshotId: string): Promise<Facts | null> {
  const { client, sdk } = await ec2Of(clients, place);
  const described = client.send(new sdk.DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }));
  const found = (await orNull(described, absent))?.Snapshots?.[0];
  return found ? factsOf(found) : null;
}
