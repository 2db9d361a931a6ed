import * as z from 'zod';
import type { AccountState } from '../kinds/account.ts';
import type { Exposure } from '../model.ts';
import { plainUser } from './admin-grant.ts';
import { control } from './control.ts';

/** Sign-ins that an attacker would make; there is nothing in the account that a fix could change back. */
const shared = {
  name: 'risky-sign-in',
  title: 'The root user signed in or has access keys, or a user signs in without a second factor',
  remedy: 'nothing can be fixed: it is told at once',
  defaultMode: 'tell',
  options: z.strictObject({}),
} as const;

const tell = 'only people can tell whether this was one of them';

const account: AccountState = {
  kind: 'account',
  name: null,
  tags: {},
  settings: {},
  facts: { rootAccessKeys: 0, rootMfa: true },
};

/** Undefined: nobody says why it is looked at. */
const isEvent = (trigger: string | undefined, name: string) => trigger === undefined || trigger === name;

export const riskyRoot = control({
  ...shared,
  kind: 'account',
  check(state, { trigger }) {
    // Only the account as a whole has a root user; a region's settings do not.
    if (!('rootAccessKeys' in state.facts)) return null;
    const exposure = { part: 'settings', to: 'whoever holds it', severity: 'critical', tell } as const;
    const exposures: Exposure[] = [];
    // What merely stands there is root-key's.
    if (Number(state.facts.rootAccessKeys) > 0 && isEvent(trigger, 'CreateAccessKey')) {
      exposures.push({ ...exposure, id: 'rootAccessKeys', what: 'an access key of the root user' });
    }
    if (trigger === 'ConsoleLogin') {
      exposures.push({ ...exposure, id: 'rootSignIn', what: 'a console session of the root user' });
    }
    if (exposures.length === 0) return null;
    const factor = state.facts.rootMfa === false ? ', which has no second factor' : '';
    const why = `Somebody has ${exposures.map((one) => one.what).join(' and ')}${factor}.`;
    return { severity: 'critical', why, exposures };
  },
  fix: () => [],
  examples: { bad: { ...account, facts: { rootAccessKeys: 1, rootMfa: false } }, good: account },
});

export const riskyUser = control({
  ...shared,
  kind: 'user',
  check(state, { trigger }) {
    // What merely stands there is user-without-mfa's.
    if (!isEvent(trigger, 'ConsoleLogin')) return null;
    if (!state.consolePassword || state.mfaDevices > 0) return null;
    const what = `the console as ${state.name} with a password alone`;
    const exposure = { part: 'attachments', id: 'console', what, to: 'whoever knows the password' } as const;
    const why = `The user ${state.name} signs in to the console without a second factor.`;
    return { severity: 'critical', why, exposures: [{ ...exposure, severity: 'critical', tell }] };
  },
  fix: () => [],
  examples: { bad: { ...plainUser, mfaDevices: 0 }, good: plainUser },
});
