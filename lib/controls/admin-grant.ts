import * as z from 'zod';
import { grantsEverything } from '../iam/admin.ts';
import type { Attachment, UserState } from '../kinds/user.ts';
import type { Exposure, Finding } from '../model.ts';
import { control, type Settings } from './control.ts';
import { removals } from './public-statements.ts';

const Options = z.strictObject({
  /** An older role that is an administrator has been one on purpose. */
  newRoleHours: z.number().positive().default(24),
});

function check(state: UserState, settings: Settings<z.infer<typeof Options>>): Finding | null {
  if (state.managed || (state.service === 'role' && !isNew(state, settings))) return null;
  const exposures = [
    ...state.attachments.filter(isAdmin).map((one) => exposureOf('attachments', one)),
    ...state.inline.filter(isAdmin).map((one) => exposureOf('inline', one)),
  ];
  if (exposures.length === 0) return null;
  const named = exposures.map((one) => one.id.split('/').pop()).join(', ');
  const who = state.service === 'role' ? 'The new role' : 'The user';
  const why = `${who} ${state.name} may do everything in the account (${named}).`;
  return { severity: 'high', why, exposures };
}

function isNew({ createdAt }: UserState, { now, options }: Settings<z.infer<typeof Options>>): boolean {
  if (createdAt === null) return true;
  return now.getTime() - Date.parse(createdAt) < options.newRoleHours * 3_600_000;
}

function isAdmin({ id, document }: Attachment): boolean {
  if (/^arn:[^:]+:iam::aws:policy\/AdministratorAccess$/.test(id)) return true;
  return document !== null && grantsEverything(document, '*');
}

function exposureOf(part: string, { id }: Attachment): Exposure {
  return {
    part,
    id,
    what: `every action on everything (${id.split('/').pop()})`,
    to: 'whoever holds its keys',
    severity: 'high',
  };
}

const admin = { id: 'arn:aws:iam::aws:policy/AdministratorAccess', document: null };
const reader = { id: 'arn:aws:iam::aws:policy/ReadOnlyAccess', document: null };
export const plainUser: UserState = {
  kind: 'user',
  name: 'maria',
  tags: {},
  service: 'user',
  owner: '123456789012',
  createdAt: '2026-01-01T00:00:00.000Z',
  managed: false,
  consolePassword: true,
  mfaDevices: 1,
  attachments: [reader],
  inline: [],
  trust: [],
};
const everything = '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';

export const adminGrant = control({
  name: 'admin-grant',
  kind: 'user',
  title: 'A user or a new role may do everything',
  remedy: 'detaches the policy, or deletes the inline one',
  defaultMode: 'ask',
  options: Options,
  check,
  fix: (state, exposures) => [
    ...removals('attachments', state.attachments, exposures),
    ...removals('inline', state.inline, exposures),
  ],
  examples: {
    bad: { ...plainUser, attachments: [admin, reader], inline: [{ id: 'all', document: everything }] },
    good: plainUser,
  },
});
