import * as z from 'zod';
import { fingerprint } from '../../fingerprint.ts';
import type { Json, Resource } from '../../model.ts';
import type { Said, Source } from '../../polling.ts';
import { pages } from './pages.ts';
import type { Session } from './session.ts';

/**
 * What moved since the last look: Neutron raises a group's revision with every rule that comes or goes. A default
 * Neutron refuses `changed_since`, so the list is compared.
 */

const Mark = z.object({
  id: z.string(),
  revision_number: z.number().int(),
  updated_at: z.string().nullish(),
});
type Mark = z.infer<typeof Mark>;

/** Every id with what its last look said. */
export type Marks = { [id: string]: string };
const Remembered = z.object({
  groups: z.record(z.string(), z.string()),
  addressGroups: z.record(z.string(), z.string()),
  polls: z.number(),
});
type Remembered = z.infer<typeof Remembered>;

export interface Moved {
  id: string;
  how: 'created' | 'changed' | 'deleted';
  /** What the new look says; empty for what is gone. */
  mark: string;
}

/** The difference of two looks, by id. Pure. */
export function moved(before: Marks, now: Marks): Moved[] {
  const came = Object.entries(now).flatMap(([id, mark]): Moved[] => {
    if (!Object.hasOwn(before, id)) return [{ id, how: 'created', mark }];
    return before[id] === mark ? [] : [{ id, how: 'changed', mark }];
  });
  const went = Object.keys(before).filter((id) => !Object.hasOwn(now, id));
  return [...came, ...went.map((id): Moved => ({ id, how: 'deleted', mark: '' }))];
}

/** Address groups move the groups that name them without touching those; they are looked at this often. */
const addressGroupsEvery = 10;

/** Three fields of each: a list of this many is a megabyte. */
const lookSize = 10_000;

/** Asks one project in one region: one list call while nothing moves. */
export async function openstackChanges(
  session: Session,
  timing: { everyMs: number; jitterMs: number },
): Promise<Source> {
  const { account, region } = await session.place();
  return {
    name: `poll/openstack/${account}/${region}`,
    ...timing,
    async ask(remembered, _now): Promise<Said> {
      const before = Remembered.safeParse(remembered).data ?? { groups: {}, addressGroups: {}, polls: 0 };
      const groups = await looked(session, 'security-groups', account);
      const isDue = before.polls % addressGroupsEvery === 0 || Object.keys(before.addressGroups).length > 0;
      const addressGroups = isDue ? await looked(session, 'address-groups', account) : before.addressGroups;
      const place = { provider: 'openstack', account, region } as const;
      const events = [
        ...moved(before.groups, groups).map((one) => eventOf({ ...place, kind: 'firewall' }, one)),
        ...moved(before.addressGroups, addressGroups).map((one) =>
          eventOf({ ...place, kind: 'address-group' }, one),
        ),
      ];
      const next: Remembered = { groups, addressGroups, polls: before.polls + 1 };
      return { events, remembered: next satisfies Json };
    },
  };
}

async function looked(session: Session, collection: string, account: string): Promise<Marks> {
  const query: [string, string][] = [
    ['project_id', account],
    ...Object.keys(Mark.shape).map((field): [string, string] => ['fields', field]),
  ];
  const marks: Marks = {};
  for await (const page of pages(session, collection, query, Mark, lookSize)) {
    for (const mark of page) marks[mark.id] = markOf(mark);
  }
  return marks;
}

/** Two changes within one second have one `updated_at`; a group that is restored may have an old revision. */
function markOf({ revision_number, updated_at }: Mark): string {
  return `${revision_number}@${updated_at ?? ''}`;
}

/** The id is the same for the same change, so that a repeated look adds nothing to the inbox. */
function eventOf(resource: Omit<Resource, 'kind' | 'id'> & { kind: string }, { id, how, mark }: Moved) {
  const named = { ...resource, id };
  const what = resource.kind === 'firewall' ? 'security group' : 'address group';
  const [, updatedAt] = mark.split('@');
  return {
    eventId: `poll-${fingerprint({ named, how, mark }).slice(0, 32)}`,
    body: {
      resources: [named],
      eventId: `poll-${fingerprint({ named, how, mark }).slice(0, 32)}`,
      name: `${what} ${how}`,
      ...(updatedAt ? { at: updatedAt } : {}),
    },
  };
}
