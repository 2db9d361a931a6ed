import * as z from 'zod';
import { plainUser } from './admin-grant.ts';
import { control } from './control.ts';

const dayMs = 86_400_000;

export const unusedUser = control({
  name: 'unused-user',
  kind: 'user',
  title: 'A user who can sign in to the console has not done so for long',
  remedy: 'nothing is fixed: a password that is removed cannot be put back',
  defaultMode: 'tell',
  options: z.strictObject({ unusedMaxDays: z.int().min(1).default(90) }),
  check(state, { now, options }) {
    // Undefined: this look did not learn it.
    if (!state.consolePassword || state.passwordLastUsedAt === undefined) return null;
    const since = state.passwordLastUsedAt ?? state.createdAt;
    if (since === null || now.getTime() - Date.parse(since) <= options.unusedMaxDays * dayMs) return null;
    const last =
      state.passwordLastUsedAt === null
        ? `has never signed in since ${since.slice(0, 10)}`
        : `signed in last on ${since.slice(0, 10)}`;
    return {
      severity: 'medium',
      why: `The user ${state.name} has a console password and ${last}.`,
      exposures: [
        {
          part: 'attachments',
          id: 'console',
          what: `the console as ${state.name}, who does not use it`,
          to: 'whoever knows the password',
          severity: 'medium',
          tell: 'a password that is removed cannot be put back: remove it where the user has left',
        },
      ],
    };
  },
  fix: () => [],
  examples: {
    bad: {
      ...plainUser,
      consolePassword: true,
      mfaDevices: 1,
      passwordLastUsedAt: '2026-01-10T08:00:00.000Z',
    },
    good: {
      ...plainUser,
      consolePassword: true,
      mfaDevices: 1,
      passwordLastUsedAt: '2026-11-20T08:00:00.000Z',
    },
  },
});
