import { expect, test } from 'vitest';
import { bucketBlockPublicAccess } from '../../lib/controls/bucket-block-public-access.ts';
import type { BucketState } from '../../lib/kinds/bucket.ts';
import { touchedFingerprint } from '../../lib/kinds.ts';
import type { Change } from '../../lib/model.ts';

/** A bucket's block holds four switches or does not exist. */

test('a block that does not exist is one whose switches are all off, and none that is on', () => {
  const bucket = bucketBlockPublicAccess.examples.good as BucketState;
  const names = ['blockPublicAcls', 'ignorePublicAcls', 'blockPublicPolicy', 'restrictPublicBuckets'];
  const changes = names.map((id): Change => ({ op: 'set', part: 'settings', id, from: null, to: true }));
  const print = (value: boolean | null) => {
    const settings = { ...bucket.settings, ...Object.fromEntries(names.map((name) => [name, value])) };
    return touchedFingerprint({ ...bucket, settings }, changes);
  };

  expect(print(null)).toBe(print(false));
  expect(print(true)).not.toBe(print(false));
});
