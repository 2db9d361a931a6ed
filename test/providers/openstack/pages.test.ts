import { expect, test } from 'vitest';
import * as z from 'zod';
import { pages } from '../../../lib/providers/openstack/pages.ts';
import type { Session } from '../../../lib/providers/openstack/session.ts';

const Thing = z.object({ id: z.string() });

/** Neutron's list as it is with and without a cap on its pages, and from a cloud that knows no pages. */
function neutron(count: number, { cap = Number.POSITIVE_INFINITY, hasPages = true } = {}) {
  const all = Array.from({ length: count }, (_, at) => ({ id: String(at).padStart(4, '0') }));
  const asked: string[] = [];
  const get: Session['get'] = async ({ query = [] }, schema) => {
    const { limit, marker = '' } = Object.fromEntries(query);
    asked.push(marker);
    const left = hasPages ? all.filter((one) => one.id > marker) : all;
    const things = hasPages ? left.slice(0, Math.min(Number(limit), cap)) : left;
    const isFull = hasPages && things.length === Math.min(Number(limit), cap);
    return schema.parse({
      things,
      ...(isFull ? { things_links: [{ rel: 'next' }, { rel: 'previous' }] } : {}),
    });
  };
  return { session: { get }, asked };
}

async function listed(session: Pick<Session, 'get'>, size: number): Promise<string[]> {
  const found: string[] = [];
  for await (const page of pages(session, 'things', [], Thing, size))
    found.push(...page.map((one) => one.id));
  return found;
}

test.each([
  ['fits one page', { count: 7, size: 10 }, {}, 1],
  ['fills pages exactly', { count: 20, size: 10 }, {}, 3],
  ['has a last page of its own', { count: 25, size: 10 }, {}, 3],
  ['is capped below what was asked for', { count: 25, size: 10 }, { cap: 6 }, 5],
  ['comes whole from a cloud without pages', { count: 25, size: 10 }, { hasPages: false }, 2],
  ['is empty', { count: 0, size: 10 }, {}, 1],
] as const)('a list that %s is read whole, each thing once', async (_, { count, size }, over, calls) => {
  const { session, asked } = neutron(count, over);

  const found = await listed(session, size);

  expect(found).toEqual(Array.from({ length: count }, (_, at) => String(at).padStart(4, '0')));
  expect(asked).toHaveLength(calls);
});
