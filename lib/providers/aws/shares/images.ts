import { ec2Of, tagsOf } from '../ec2.ts';
import { isAws, orNull } from '../errors.ts';
import type { Sharer } from './sharer.ts';

const absent = (error: unknown) =>
  isAws(error, 'InvalidAMIID.NotFound', 'InvalidAMIID.Unavailable', 'InvalidAMIID.Malformed');

/** Machine images. */
export const images: Sharer = {
  service: 'ami',
  calls: {
    read: ['ec2:DescribeImages', 'ec2:DescribeImageAttribute'],
    write: ['ec2:ModifyImageAttribute'],
  },
  owns: (id) => id.startsWith('ami-'),

  async read(clients, place, ImageId) {
    const { client, sdk } = await ec2Of(clients, place);
    const described = client.send(new sdk.DescribeImagesCommand({ ImageIds: [ImageId] }));
    const about = (await orNull(described, absent))?.Images?.[0];
    if (!about) return null;
    const disks = about.BlockDeviceMappings ?? [];
    const facts = {
      name: about.Name ?? null,
      tags: tagsOf(about.Tags),
      encrypted: disks.length > 0 ? disks.every((disk) => disk.Ebs?.Encrypted) : null,
      owner: about.OwnerId ?? '',
    };
    // Only its owner may ask with whom it is shared.
    if (about.OwnerId !== place.account) return { ...facts, with: [] };
    const of = { ImageId, Attribute: 'launchPermission' as const };
    const said = await orNull(client.send(new sdk.DescribeImageAttributeCommand(of)), absent);
    if (said === null) return null;
    const permissions = said.LaunchPermissions ?? [];
    const whos = permissions.map(
      (one) => one.Group ?? one.UserId ?? one.OrganizationArn ?? one.OrganizationalUnitArn,
    );
    return { ...facts, with: whos.filter((who) => who !== undefined) };
  },

  async set(clients, place, ImageId, who, shared) {
    const { client, sdk } = await ec2Of(clients, place);
    const permission =
      who === 'all'
        ? { Group: 'all' as const }
        : who.includes(':ou/')
          ? { OrganizationalUnitArn: who }
          : who.startsWith('arn:')
            ? { OrganizationArn: who }
            : { UserId: who };
    const LaunchPermission = shared ? { Add: [permission] } : { Remove: [permission] };
    await orNull(client.send(new sdk.ModifyImageAttributeCommand({ ImageId, LaunchPermission })), absent);
  },

  async *list(clients, place) {
    const { client, sdk } = await ec2Of(clients, place);
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new sdk.DescribeImagesCommand({ Owners: ['self'], MaxResults: 1000, NextToken }),
      );
      yield (page.Images ?? []).flatMap((one) => one.ImageId ?? []);
      NextToken = page.NextToken || undefined;
    } while (NextToken);
  },
};
