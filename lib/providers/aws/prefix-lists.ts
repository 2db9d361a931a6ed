import type { Clients, Place } from './clients.ts';
import { allPages, chunks, ec2Of, filter, filterMax } from './ec2.ts';

/**
 * The addresses behind prefix lists. Null for lists that AWS keeps itself, and for shared lists whose owner
 * lets us see them no longer: nobody can say what is in them, so they are never "the world".
 */
export async function readPrefixLists(
  clients: Clients,
  place: Place,
  ids: readonly string[],
): Promise<Map<string, string[] | null>> {
  const cidrs = new Map<string, string[] | null>(ids.map((id) => [id, null]));
  if (ids.length === 0) return cidrs;
  const { client, sdk } = await ec2Of(clients, place);
  const described = chunks(ids, filterMax).map((some) =>
    allPages(async (NextToken) => {
      const Filters = [filter('prefix-list-id', some)];
      const page = await client.send(new sdk.DescribeManagedPrefixListsCommand({ Filters, NextToken }));
      return { items: page.PrefixLists, next: page.NextToken };
    }),
  );
  const lists = (await Promise.all(described)).flat();
  for (const { PrefixListId: id, OwnerId } of lists) {
    if (!id || OwnerId?.toUpperCase() === 'AWS') continue;
    const entries = await allPages(async (NextToken) => {
      const page = await client.send(
        new sdk.GetManagedPrefixListEntriesCommand({ PrefixListId: id, NextToken }),
      );
      return { items: page.Entries, next: page.NextToken };
    });
    cidrs.set(
      id,
      entries.flatMap((entry) => entry.Cidr ?? []),
    );
  }
  return cidrs;
}

export const calls = ['ec2:DescribeManagedPrefixLists', 'ec2:GetManagedPrefixListEntries'] as const;
