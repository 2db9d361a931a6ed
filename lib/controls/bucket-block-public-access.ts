import * as z from 'zod';
import { type BucketState, blockSwitches, type PublicAccessBlock } from '../kinds/bucket.ts';
import type { Change, Exposure, Finding, Severity } from '../model.ts';
import { control, type Settings } from './control.ts';
import { privateBucket } from './public-bucket.ts';
import { statementExposures } from './public-statements.ts';

type Switch = (typeof blockSwitches)[number];

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
  const cut = whatItCuts(state, settings);
  const exposures = off.map((one): Exposure => {
    const ask = cut[one.id];
    return ask ? { ...one, ask } : one;
  });
  const names = off.map((one) => one.id).join(', ');
  const why = `Bucket ${state.name} does not block public access: ${names} ${off.length === 1 ? 'is' : 'are'} off.`;
  return { severity: 'medium', why, exposures };
}

/** What somebody may be using now and turning the switch on would stop. */
function whatItCuts(state: BucketState, settings: Settings): { [name in Switch]?: string } {
  const { statements, owner, grants } = state;
  const asked = { part: 'statements', statements, owner, services: 'trusted', severity: 'high' } as const;
  const policyIsPublic = statementExposures(asked, settings).length > 0;
  const groups = grants.map((one) => one.id.split('/')[0] ?? '');
  const listIsPublic = groups.some((group) => group === 'AllUsers' || group === 'AuthenticatedUsers');
  const logs = groups.includes('LogDelivery')
    ? 'it would touch the access list that logs are delivered by'
    : null;
  const list = listIsPublic ? 'it would cut a public access list that is live' : logs;
  const policy = policyIsPublic ? 'it would cut a public policy that is live' : null;
  return {
    ...(list && { blockPublicAcls: list, ignorePublicAcls: list }),
    ...(policy && { blockPublicPolicy: policy, restrictPublicBuckets: policy }),
  };
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
