import * as z from 'zod';
import type { AccountState } from '../kinds/account.ts';
import type { PublicAccessBlock } from '../kinds/bucket.ts';
import type { Exposure, Finding } from '../model.ts';
import { cutsOf } from './block-cuts.ts';
import { switchesOff, turnOn } from './bucket-block-public-access.ts';
import { control, type Settings, wasTurnedOff } from './control.ts';

export const neverOn = 'as far as anybody knows it was never on, and turning it on may cut what works today';

function check(state: AccountState, settings: Settings): Finding | null {
  // A region's settings are another resource of the same kind.
  if (!('blockPublicAcls' in state.settings)) return null;
  const off = switchesOff(state.settings as PublicAccessBlock, 'high');
  if (off.length === 0) return null;
  const unknown = state.live === null ? 'whom it would cut off could not be told' : undefined;
  const cuts = cutsOf(state.live ?? [], settings);
  const exposures = off.map((one): Exposure => {
    if (!wasTurnedOff(one.id, settings)) return { ...one, tell: neverOn };
    const ask = cuts[one.id] ?? unknown;
    return ask === undefined ? one : { ...one, ask };
  });
  const names = off.map((one) => one.id).join(', ');
  const why = `The account does not block public access for all its buckets: ${names} ${off.length === 1 ? 'is' : 'are'} off.`;
  return { severity: 'high', why, exposures };
}

/** Whom turning a switch on would cut off matters only where one would be turned on. */
function wants(state: AccountState, settings: Settings): boolean {
  if (!('blockPublicAcls' in state.settings)) return false;
  const off = switchesOff(state.settings as PublicAccessBlock, 'high');
  return off.some((one) => wasTurnedOff(one.id, settings));
}

const off = {
  blockPublicAcls: null,
  ignorePublicAcls: null,
  blockPublicPolicy: null,
  restrictPublicBuckets: null,
};
const on = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
};
const account: AccountState = { kind: 'account', name: null, tags: {}, settings: off, facts: {} };

export const accountBlockPublicAccess = control({
  name: 'account-block-public-access',
  kind: 'account',
  title: 'The account does not block public access for all its buckets',
  remedy: 'turns on the switches of the block that were turned off',
  defaultMode: 'fix',
  options: z.strictObject({}),
  wants,
  check,
  fix: (state, exposures) => turnOn(state.settings, exposures),
  examples: { bad: account, good: { ...account, settings: on } },
});
