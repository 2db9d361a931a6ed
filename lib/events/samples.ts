import type { Json } from '../model.ts';

/**
 * What the samples in events/ call the resources of the sandbox. The samples hold these ids, so that they are whole
 * events by themselves; a sandbox, whose ids differ from run to run, fills in its own.
 */
export const sampleIds = {
  'ssh-world': 'sg-0123456789abcdef0',
  'rdp-world': 'sg-0a1b2c3d4e5f60718',
  'wide-open': 'sg-0b2c3d4e5f6071829',
  'all-traffic-world': 'sg-0c3d4e5f60718293a',
  'postgres-v6-world': 'sg-0d4e5f60718293a4b',
  'public-prefix-list': 'sg-0e5f60718293a4b5c',
  'https-only': 'sg-0f60718293a4b5c6d',
  'office-only': 'sg-060718293a4b5c6d7',
  'group-reference': 'sg-00718293a4b5c6d7e',
  default: 'sg-018293a4b5c6d7e8f',
  'nacl-open': 'acl-0293a4b5c6d7e8f90',
  'world-list': 'pl-03a4b5c6d7e8f9012',
  vpc: 'vpc-04b5c6d7e8f901234',
  instance: 'i-05c6d7e8f90123456',
  snapshot: 'snap-06d7e8f901234567a',
  account: '123456789012',
  region: 'eu-central-1',
} as const;

/**
 * The sample with the ids of a sandbox in place of its own, and of `{{name}}`. Names that `ids` leaves out stay as
 * they are; a `{{name}}` without an id is an error.
 */
export function fill(sample: Json, ids: { readonly [name: string]: string }): Json {
  const replacements = Object.entries(sampleIds).flatMap(([name, literal]) => {
    const id = Object.hasOwn(ids, name) ? ids[name] : undefined;
    return id === undefined ? [] : [[literal, id] as const];
  });
  return mapTexts(sample, (text) => {
    const named = text.replace(/\{\{([\w-]+)\}\}/g, (_, name: string) => {
      const id = Object.hasOwn(ids, name) ? ids[name] : undefined;
      if (id === undefined) throw new Error(`the sample needs an id for {{${name}}}`);
      return id;
    });
    return replacements.reduce((filled, [literal, id]) => filled.replaceAll(literal, id), named);
  });
}

function mapTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapTexts(one, change)]));
}
