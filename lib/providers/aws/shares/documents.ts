import { isAws, orNull } from '../errors.ts';
import { arnOf, nameIn } from '../policies/holder.ts';
import { ssmOf } from '../services.ts';
import type { Sharer } from './sharer.ts';

const absent = (error: unknown) => isAws(error, 'InvalidDocument');

/** Systems Manager documents: what a stranger can run them with is what we wrote into them. */
export const documents: Sharer = {
  service: 'ssm-document',
  calls: {
    read: ['ssm:DescribeDocumentPermission', 'ssm:ListDocuments'],
    write: ['ssm:ModifyDocumentPermission'],
  },
  owns: (id) => /^arn:[^:]+:ssm:[^:]*:\d*:document\//.test(id),

  async read(clients, place, arn) {
    const { client, sdk } = await ssmOf(clients, place);
    const Name = nameIn(arn, 'document/');
    const accounts: string[] = [];
    let NextToken: string | undefined;
    do {
      const command = new sdk.DescribeDocumentPermissionCommand({ Name, PermissionType: 'Share', NextToken });
      const said = await orNull(client.send(command), absent);
      if (said === null) return null;
      accounts.push(...(said.AccountIds ?? []));
      NextToken = said.NextToken || undefined;
    } while (NextToken);
    const whos = accounts.map((who) => (who.toLowerCase() === 'all' ? 'all' : who));
    return { name: Name, tags: {}, encrypted: null, owner: place.account, with: whos };
  },

  async set(clients, place, arn, who, shared) {
    const { client, sdk } = await ssmOf(clients, place);
    const account = who === 'all' ? 'All' : who;
    const command = new sdk.ModifyDocumentPermissionCommand({
      Name: nameIn(arn, 'document/'),
      PermissionType: 'Share',
      ...(shared ? { AccountIdsToAdd: [account] } : { AccountIdsToRemove: [account] }),
    });
    await orNull(client.send(command), absent);
  },

  async *list(clients, place) {
    const { client, sdk } = await ssmOf(clients, place);
    let NextToken: string | undefined;
    do {
      const Filters = [{ Key: 'Owner', Values: ['Self'] }];
      const page = await client.send(new sdk.ListDocumentsCommand({ Filters, MaxResults: 50, NextToken }));
      yield (page.DocumentIdentifiers ?? []).map((one) => arnOf('ssm', place, `document/${one.Name}`));
      NextToken = page.NextToken || undefined;
    } while (NextToken);
  },

  hints: {
    document: async (_, place, name) => [
      name.startsWith('arn:') ? name : arnOf('ssm', place, `document/${name}`),
    ],
  },
};
