import { isAws, orNull } from '../errors.ts';
import { efsOf } from '../services.ts';
import { arnOf, nameIn } from './holder.ts';
import { textHolder } from './text-holder.ts';

export const fileSystems = textHolder({
  service: 'elasticfilesystem',
  calls: {
    read: ['elasticfilesystem:DescribeFileSystemPolicy', 'elasticfilesystem:DescribeFileSystems'],
    write: ['elasticfilesystem:PutFileSystemPolicy', 'elasticfilesystem:DeleteFileSystemPolicy'],
  },

  async held(clients, place, arn) {
    const { client, sdk } = await efsOf(clients, place);
    const FileSystemId = nameIn(arn, 'file-system/');
    try {
      const said = await client.send(new sdk.DescribeFileSystemPolicyCommand({ FileSystemId }));
      return { policy: said.Policy ?? null, name: FileSystemId };
    } catch (error) {
      if (isAws(error, 'PolicyNotFound')) return { policy: null, name: FileSystemId };
      if (isAws(error, 'FileSystemNotFound')) return null;
      throw error;
    }
  },

  async write(clients, place, arn, Policy) {
    const { client, sdk } = await efsOf(clients, place);
    const FileSystemId = nameIn(arn, 'file-system/');
    if (Policy !== null) {
      await client.send(new sdk.PutFileSystemPolicyCommand({ FileSystemId, Policy }));
      return;
    }
    const command = new sdk.DeleteFileSystemPolicyCommand({ FileSystemId });
    await orNull(client.send(command), (error) => isAws(error, 'PolicyNotFound'));
  },

  async *list(clients, place) {
    const { client, sdk } = await efsOf(clients, place);
    let Marker: string | undefined;
    do {
      const page = await client.send(new sdk.DescribeFileSystemsCommand({ MaxItems: 100, Marker }));
      yield (page.FileSystems ?? []).map((one) =>
        arnOf('elasticfilesystem', place, `file-system/${one.FileSystemId}`),
      );
      Marker = page.NextMarker || undefined;
    } while (Marker);
  },

  hints: {
    'file-system': async (_, place, id) => [
      arnOf('elasticfilesystem', place, `file-system/${id.split('/').pop()}`),
    ],
  },
});
