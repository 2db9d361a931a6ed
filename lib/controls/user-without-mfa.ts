import * as z from 'zod';
import { plainUser } from './admin-grant.ts';
import { control } from './control.ts';

export const userWithoutMfa = control({
  name: 'user-without-mfa',
  kind: 'user',
  title: 'A user can sign in to the console with a password alone',
  remedy: 'nothing can be fixed: only the user can register a second factor',
  defaultMode: 'tell',
  options: z.strictObject({}),
  check(state) {
    if (!state.consolePassword || state.mfaDevices > 0) return null;
    return {
      severity: 'high',
      why: `The user ${state.name} has a console password and no second factor.`,
      exposures: [
        {
          part: 'attachments',
          id: 'mfa',
          what: `the console as ${state.name}`,
          to: 'whoever knows the password',
          severity: 'high',
          tell: 'only the user can register a second factor',
        },
      ],
    };
  },
  fix: () => [],
  examples: {
    bad: { ...plainUser, consolePassword: true, mfaDevices: 0 },
    good: { ...plainUser, consolePassword: true, mfaDevices: 1 },
  },
});
