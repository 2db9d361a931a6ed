import type { EC2Client, Filter, Tag } from '@aws-sdk/client-ec2';
import type { Clients, Place } from './clients.ts';
import { endLists } from './endless-list.ts';

/** The EC2 client of a place, with the commands to send; the SDK is loaded on first use. */
export interface Ec2 {
  client: EC2Client;
  sdk: typeof import('@aws-sdk/client-ec2');
}

export function ec2Of(clients: Clients, place: Place): Promise<Ec2> {
  return clients.get('ec2', place, async (config) => {
    const sdk = await import('@aws-sdk/client-ec2');
    const client = new sdk.EC2Client(config);
    endLists(client);
    return { client, sdk };
  });
}

/** EC2 takes at most this many values in one filter. */
export const filterMax = 200;

export function filter(name: string, values: readonly string[]): Filter {
  return { Name: name, Values: [...values] };
}

/** All items of all pages. A page that fails fails the whole: half a list would pass for the whole one. */
export async function allPages<Item>(
  page: (token: string | undefined) => Promise<{ items: Item[] | undefined; next: string | undefined }>,
): Promise<Item[]> {
  const all: Item[] = [];
  let token: string | undefined;
  do {
    const { items, next } = await page(token);
    all.push(...(items ?? []));
    token = next || undefined;
  } while (token);
  return all;
}

export function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  );
}

export function tagsOf(tags: readonly Tag[] | undefined): { [key: string]: string } {
  return Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
}
