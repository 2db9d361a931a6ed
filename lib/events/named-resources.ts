import * as z from 'zod';
import { Actor, type Hint, type Leak, providerNames } from '../model.ts';
import { isIdOf } from './ids.ts';
import { field, isFields } from './json.ts';
import { leaking } from './leaked.ts';
import { idOf, malformed, type Normalised, named, timeOf } from './normalised.ts';

const word = z.string().regex(/^[\w.-]{1,64}$/);
const Named = z.object({
  provider: z.enum(providerNames),
  account: word,
  region: word,
  kind: word,
  id: z.string(),
});

const longestBy = 200;

/**
 * Our own event, for scripts: `{resources: [{provider, account, region, kind, id}], eventId?, name?, actor?, leak?}`.
 * `leak: {by, sure?}` says that these credentials are in the wrong hands, and who found out.
 */
export function isNamedResources(value: unknown): boolean {
  // Exactly this spelling: findings of other tools hold `Resources`.
  const list = isFields(value) && Object.hasOwn(value, 'resources') ? value.resources : undefined;
  return Array.isArray(list) && list.every((one) => typeof one === 'object' && one !== null);
}

function leakIn(value: unknown, what: string): Leak | null {
  const leak = field(value, 'leak');
  if (!isFields(leak)) return null;
  const by = named(field(leak, 'by'))?.slice(0, longestBy) ?? 'a report';
  return { by, what, sure: field(leak, 'sure') !== false };
}

export function fromNamedResources(value: unknown): Normalised {
  const listed = field(value, 'resources');
  const list = Array.isArray(listed) ? listed : [];
  const hints: Hint[] = list.flatMap((one) => {
    const { data } = Named.safeParse(one);
    if (!data || !isIdOf(data.provider, data.kind, data.id)) return [];
    return [leaking(data, leakIn(value, data.id))];
  });
  if (list.length > 0 && hints.length === 0) return malformed(value, 'no usable resource in resources');
  const actor = Actor.safeParse(field(value, 'actor'));
  return {
    eventId: idOf([field(value, 'eventId')], value),
    at: timeOf(field(value, 'at')),
    account: hints[0]?.account ?? null,
    region: hints[0]?.region ?? null,
    actor: actor.success ? actor.data : null,
    name: named(field(value, 'name')) ?? 'resources',
    hints,
    dropped: list.length - hints.length,
    ignored: hints.length > 0 ? null : 'an empty list of resources',
    malformed: false,
  };
}
