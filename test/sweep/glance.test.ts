import { expect, test } from 'vitest';
import { controls } from '../../lib/controls/registry.ts';
import type { BucketState } from '../../lib/kinds/bucket.ts';

/** A glance leaves out the lists and policies of a bucket whose block ignores them: no control may mind them there. */

const settings = { now: new Date(0), trusted: [], trustedAccounts: [], trustedOrganizations: [] };
const full = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
};

test.each(
  controls.filter((one) => one.kind === 'bucket').map((one) => [one.name, one] as const),
)('%s says the same of a blocked bucket with and without its lists and policies', (_, control) => {
  const options = control.options.parse({});
  for (const example of Object.values(control.examples) as BucketState[]) {
    const blocked = { ...example, settings: { ...example.settings, ...full } };
    const glanced = { ...blocked, grants: [], statements: [], accessPointStatements: [], tags: {} };

    const [whole, part] = [blocked, glanced].map((state) => control.check(state, { ...settings, options }));

    expect(part === null).toBe(whole === null);
  }
});
