import * as z from 'zod';
import { type BucketState, blockSwitches, type PublicAccessBlock } from '../kinds/bucket.ts';
import type { Change, Exposure, Finding, Severity } from '../model.ts';
import { cutsOf, type Switch } from './block-cuts.ts';
import { control, type Settings } from './control.ts';
import { privateBucket } from './public-bucket.ts';

/** What each switch keeps out. */
export const meanings: { [name in Switch]: string } = {
  blockPublicAcls: 'new public access lists',
  ignorePublicAcls: 'public access lists that are there',
  blockPublicPolicy: 'new public policies',
  restrictPublicBuckets: 'public policies that are there',
};

export function switchesOff(block: PublicAccessBlock, severity: Severity): (Exposure & { id: Switch })[] {
  return blockSwitches
    .filter((name) => !block[name])
    .map((name) => ({
      part: 'settings',
      id: name,
      what: `no block of ${meanings[name]} (${name} is off)`,
      to: 'everyone',
      severity,
    }));
}

export function turnOn(
  settings: { readonly [name: string]: unknown },
  exposures: readonly Exposure[],
): Change[] {
  return exposures
    .filter((one) => one.part === 'settings')
    .map(({ id }) => {
      const from = settings[id];
      return { op: 'set', part: 'settings', id, from: typeof from === 'boolean' ? from : null, to: true };
    });
}

function check(state: BucketState, settings: Settings): Finding | null {
  if (state.lacks?.includes('block')) return null;
  const off = switchesOff(state.settings, 'medium');
  if (off.length === 0) return null;
  const cut = cutsOf([{ ...state, grants: state.grants.map((one) => one.id) }], settings);
  const exposures = off.map((one): Exposure => {
    const ask = cut[one.id];
    return ask ? { ...one, ask } : one;
  });
  const names = off.map((one) => one.id).join(', ');
  const why = `Bucket ${state.name} does not block public access: ${names} ${off.length === 1 ? 'is' : 'are'} off.`;
  return { severity: 'medium', why, exposures };
}

const on = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
};

export const bucketBlockPublicAccess = control({
  name: 'bucket-block-public-access',
  kind: 'bucket',
  title: 'A bucket does not block public access',
  remedy: 'turns on the switches of the block that are off',
  defaultMode: 'fix',
  options: z.strictObject({}),
  check,
  fix: (state, exposures) => turnOn(state.settings, exposures),
  examples: {
    bad: { ...privateBucket, settings: { ...privateBucket.settings, blockPublicAcls: true } },
    good: { ...privateBucket, settings: { ...privateBucket.settings, ...on } },
  },
});
