import { isAws, orNull } from '../errors.ts';
import { arnOf, nameIn } from '../policies/holder.ts';
import { efsOf } from '../services.ts';
import { type Store, tagsOf } from './store.ts';

const absent = (error: unknown) => isAws(error, 'FileSystemNotFound');

/** EFS file systems, for their encryption only: who gets in is their policy's and the network's to say. */
export const files: Store = {
  service: 'efs',
  calls: { read: ['elasticfilesystem:DescribeFileSystems'], write: [] },
  owns: (arn) => /^arn:[^:]+:elasticfilesystem:[^:]*:\d*:file-system\//.test(arn),

  async read(clients, place, arn) {
    const { client, sdk } = await efsOf(clients, place);
    const FileSystemId = nameIn(arn, 'file-system/');
    const said = await orNull(client.send(new sdk.DescribeFileSystemsCommand({ FileSystemId })), absent);
    const found = said?.FileSystems?.[0];
    if (!found) return null;
    return {
      kind: 'database',
      name: found.Name ?? FileSystemId,
      tags: tagsOf(found.Tags),
      service: 'efs',
      status: found.LifeCycleState ?? 'unknown',
      encrypted: found.Encrypted ?? null,
      settings: {},
    };
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
};
