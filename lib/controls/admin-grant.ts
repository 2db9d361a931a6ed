import * as z from 'zod';
import { grantsEverything } from '../iam/admin.ts';
import type { Attachment, Membership, UserState } from '../kinds/user.ts';
import type { Exposure, Finding } from '../model.ts';
import { fits } from '../policy/glob.ts';
import { control, type Settings } from './control.ts';
import { removals } from './public-statements.ts';

const Options = z.strictObject({
  /** An older role that is an administrator has been one on purpose. */
  newRoleHours: z.number().positive().default(24),
  /** Names of groups whose members are administrators on purpose; `*` stands for any text. */
  adminGroups: z.array(z.string().min(1)).default([]),
});
type Options = z.infer<typeof Options>;

const words = { user: 'The user', role: 'The new role', group: 'The group' };

function check(state: UserState, settings: Settings<Options>): Finding | null {
  if (state.managed || (state.service === 'group' && isMeant(state.name, settings))) return null;
  const exposures = [
    ...state.attachments
      .filter((one) => isAdmin(one) && counts(state, one, settings))
      .map((one) => exposureOf('attachments', one)),
    ...state.inline
      .filter((one) => isAdmin(one) && counts(state, one, settings))
      .map((one) => exposureOf('inline', one)),
    ...state.groups.filter((one) => !isMeant(one.id, settings)).flatMap(membership),
  ];
  if (exposures.length === 0) return null;
  const named = exposures.map((one) => one.id.split('/').pop()).join(', ');
  const why = `${words[state.service]} ${state.name} may do everything in the account (${named}).`;
  return { severity: 'high', why, exposures };
}

function isMeant(group: string, { options }: Settings<Options>): boolean {
  return options.adminGroups.some((one) => fits(one, group));
}

/** Of a role, what is new about it: the role itself, or what its policy says. */
function counts(state: UserState, { changedAt }: Attachment, settings: Settings<Options>): boolean {
  if (state.service !== 'role' || state.createdAt === null) return true;
  return isNew(state.createdAt, settings) || (changedAt !== undefined && isNew(changedAt, settings));
}

function isNew(since: string, { now, options }: Settings<Options>): boolean {
  return now.getTime() - Date.parse(since) < options.newRoleHours * 3_600_000;
}

/** A user is taken out of the group; what its other members may do is the group's own finding. */
function membership({ id, attachments, inline }: Membership): Exposure[] {
  const [all] = [...attachments, ...inline].filter(isAdmin);
  if (!all) return [];
  const what = `every action on everything (${all.id.split('/').pop()} of group ${id})`;
  return [{ part: 'groups', id, what, to: 'whoever holds its keys', severity: 'high' }];
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
  groups: [],
  trust: [],
};
const everything = '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';

export const adminGrant = control({
  name: 'admin-grant',
  kind: 'user',
  title: 'A user, a group or a new role may do everything',
  remedy: 'detaches the policy, deletes the inline one, or takes the user out of the group',
  defaultMode: 'ask',
  options: Options,
  check,
  fix: (state, exposures) => [
    ...removals('attachments', state.attachments, exposures),
    ...removals('inline', state.inline, exposures),
    ...removals('groups', state.groups, exposures),
  ],
  examples: {
    bad: {
      ...plainUser,
      attachments: [admin, reader],
      inline: [{ id: 'all', document: everything }],
      groups: [
        { id: 'readers', attachments: [reader], inline: [] },
        { id: 'owners', attachments: [admin], inline: [] },
      ],
    },
    good: plainUser,
  },
});
