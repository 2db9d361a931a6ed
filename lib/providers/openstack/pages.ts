import * as z from 'zod';
import type { Call, Session } from './session.ts';

const Links = z.array(z.object({ rel: z.string() }));
const pageSize = 500;
const byId: [string, string][] = [
  ['sort_key', 'id'],
  ['sort_dir', 'asc'],
];
/** A cloud that never ends its list is answering wrongly; 2,000 pages are a million things. */
const maxPages = 2_000;

/**
 * Every page of a Neutron list, by id. The marker is built here: the links in the answer name whatever host the
 * service believes it has.
 */
export async function* pages<Schema extends z.ZodType<{ id: string }>>(
  session: Pick<Session, 'get'>,
  collection: string,
  query: [string, string][],
  schema: Schema,
  size: number = pageSize,
  sort: [string, string][] = byId,
): AsyncIterable<z.infer<Schema>[]> {
  const name = collection.replaceAll('-', '_');
  const links = `${name}_links`;
  const Page = z.looseObject({ [name]: z.array(schema), [links]: Links.optional() });
  const seen = new Set<string>();
  let marker: string | null = null;
  for (let page = 0; page < maxPages; page += 1) {
    const call: Omit<Call, 'method'> = {
      service: 'network',
      path: `/${collection}`,
      query: [
        ...query,
        ['limit', String(size)],
        ...sort,
        ...(marker === null ? [] : ([['marker', marker]] as [string, string][])),
      ],
    };
    const said = await session.get(call, Page);
    // zod cannot type a computed key; the schema above has just checked it.
    const found = said[name] as z.infer<Schema>[];
    const goesOn = (said[links] as z.infer<typeof Links> | undefined)?.some((one) => one.rel === 'next');
    const fresh = found.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    if (fresh.length > 0) yield fresh;
    const last = found.at(-1);
    // A cloud without paging answers everything at once, and the same again for any marker.
    // A cloud that caps its pages below what was asked for says so by a link.
    if (!last || fresh.length === 0 || (found.length < size && goesOn !== true)) return;
    marker = last.id;
  }
  throw new Error(`the list of ${collection} does not end`);
}
