import * as z from 'zod';
import type { BucketState } from '../kinds/bucket.ts';
import { control } from './control.ts';
import { privateBucket } from './public-bucket.ts';

/** Where keys stand, as people call it. */
const places: { [place: string]: string } = { container: 'the container', account: 'the whole project' };

export const signedLinks = control({
  name: 'signed-links',
  kind: 'bucket',
  title: 'Keys are set with which anybody who has them makes links to objects without signing in',
  remedy:
    'tells where; a key that is taken away ends every link that was made with it, and cannot be put back',
  defaultMode: 'tell',
  options: z.strictObject({}),
  check({ name, settings }: BucketState) {
    const held = settings.linkKeys ?? [];
    if (held.length === 0) return null;
    const where = held.map((place) => places[place] ?? place).join(' and of ');
    const exposure = {
      part: 'settings',
      id: 'linkKeys',
      what: `the objects of ${name}`,
      to: 'whoever has the key or a link that was made with it',
      severity: 'low',
      tell: 'links that are in use would break, and no secret is kept to put the key back',
    } as const;
    const why = `Temporary links to the objects of ${name} can be made with the key of ${where}.`;
    return { severity: 'low', why, exposures: [exposure] };
  },
  fix: () => [],
  examples: {
    bad: { ...privateBucket, settings: { ...privateBucket.settings, linkKeys: ['container'] } },
    good: privateBucket,
  },
});
