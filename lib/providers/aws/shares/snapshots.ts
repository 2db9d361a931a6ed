import { ec2Of, tagsOf } from '../ec2.ts';
import { isAws } from '../errors.ts';
import { orNull } from '../policies/text-holder.ts';
import type { Sharer } from './sharer.ts';

const absent = (error: unknown) => isAws(error, 'InvalidSnapshot.NotFound', 'InvalidSnapshotID.Malformed');

/** EBS snapshots. */
export const snapshots: Sharer = {
  service: 'ebs-snapshot',
  calls: {
    read: ['ec2:DescribeSnapshots', 'ec2:DescribeSnapshotAttribute'],
    write: ['ec2:ModifySnapshotAttribute'],
  },
  owns: (id) => id.startsWith('snap-'),

  async read(clients, place, SnapshotId) {
    const { client, sdk } = await ec2Of(clients, place);
    const described = client.send(new sdk.DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }));
    const about = (await orNull(described, absent))?.Snapshots?.[0];
    if (!about) return null;
    const tags = tagsOf(about.Tags);
    const facts = {
      name: tags.Name ?? null,
      tags,
      encrypted: about.Encrypted ?? null,
      owner: about.OwnerId ?? '',
    };
    // Only its owner may ask with whom it is shared.
    if (about.OwnerId !== place.account) return { ...facts, with: [] };
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
      yield (page.Snapshots ?? []).flatMap((one) => one.SnapshotId ?? []);
      NextToken = page.NextToken || undefined;
    } while (NextToken);
  },
};
