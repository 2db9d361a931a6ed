import type { Case } from './cases.ts';
import type { Severity } from './model.ts';
import { type CaseMatch, fitsCase } from './policy/case-match.ts';
import { fits } from './policy/glob.ts';

/** Who may answer which question, for every way in: Slack, the console, a terminal. Pure. */

/** What the policy file says of people. Ids are Slack's: users `U…`/`W…`, user groups `S…`. */
export interface ApprovalRules {
  /** The first that matches a case names who may answer; what matches none goes to `fallback`. */
  approvers: readonly { match?: CaseMatch | undefined; people: readonly string[] }[];
  fallback: readonly string[];
  admins: readonly string[];
  viewers: readonly string[];
  twoPeople: readonly Severity[];
  /** Names that a Slack user goes by elsewhere, `*` for any text. */
  people: { readonly [slackUser: string]: readonly string[] };
}

export const noRules: ApprovalRules = {
  approvers: [],
  fallback: [],
  admins: [],
  viewers: [],
  twoPeople: [],
  people: {},
};

export type Role = 'viewer' | 'approver' | 'admin';

/** Somebody whom Slack, or a session that began there, has vouched for. */
export interface Person {
  slackUser: string;
  /** The user groups that they are in, of those that the policy names. */
  groups: readonly string[];
}

/** `note`: what whoever reads the answer should know. */
export type Permission = { may: true; note: string | null } | { may: false; why: string };

/** How the history names somebody from Slack. */
export const nameOf = (slackUser: string): string => `slack/${slackUser}`;

/** May this person approve, deny, snooze, exempt or undo? Each of these decides over what stays open. */
export function mayAnswer(about: Case, who: Person, rules: ApprovalRules): Permission {
  const asked = approversOf(about, rules);
  if (asked.length === 0 && rules.admins.length === 0)
    return { may: false, why: 'the policy file names nobody who may answer (approvals.approvers)' };
  if (!isAmong(who, asked) && !isAmong(who, rules.admins))
    return { may: false, why: 'you are not among those who may answer this case' };
  const by = nameOf(who.slackUser);
  if (hasCaused(about, by, rules)) return { may: false, why: 'nobody answers for a change of their own' };
  return { may: true, note: unknownCause(about, rules) };
}

/** The best role that somebody has anywhere; null: they may not even look. */
export function roleOf(who: Person, rules: ApprovalRules): Role | null {
  if (isAmong(who, rules.admins)) return 'admin';
  const anywhere = [...rules.approvers.flatMap((one) => one.people), ...rules.fallback];
  if (isAmong(who, anywhere)) return 'approver';
  return isAmong(who, rules.viewers) ? 'viewer' : null;
}

/** Who is asked about a case: users and user groups. */
export function approversOf(about: Case, rules: ApprovalRules): readonly string[] {
  return rules.approvers.find((one) => fitsCase(one.match, about))?.people ?? rules.fallback;
}

/** Every user group that the policy names: those whose members must be known. */
export function groupsIn(rules: ApprovalRules): string[] {
  const all = [
    ...rules.approvers.flatMap((one) => one.people),
    ...rules.fallback,
    ...rules.admins,
    ...rules.viewers,
  ];
  return [...new Set(all.filter((one) => one.startsWith('S')))];
}

export const peopleNeeded = (severity: Severity, rules: ApprovalRules): 1 | 2 =>
  rules.twoPeople.includes(severity) ? 2 : 1;

/** Two names of one person, as far as the policy knows: `slack/U0123` and what is mapped to it. */
export function isSamePerson(a: string, b: string, rules: ApprovalRules): boolean {
  if (a === b) return true;
  const users = slackUsersOf(b, rules);
  return slackUsersOf(a, rules).some((one) => users.includes(one));
}

/** Has this person made the change that the case is about, or one that added to its question? */
export function hasCaused(about: Case, by: string, rules: ApprovalRules): boolean {
  return causesOf(about).some((name) => isSamePerson(name, by, rules));
}

/** Who opened it, and is no Slack user that we know: then nobody can say whether it was the one who answers. */
export function unknownCause(about: Case, rules: ApprovalRules): string | null {
  const unknown = causesOf(about).filter((name) => slackUsersOf(name, rules).length === 0);
  return unknown.length === 0 ? null : `no Slack user is known for ${unknown.join(', ')}`;
}

function causesOf(about: Case): string[] {
  const opener = about.actor === null ? [] : [about.actor.name];
  return [...new Set([...opener, ...(about.asked?.causes ?? [])])];
}

function slackUsersOf(name: string, rules: ApprovalRules): string[] {
  const direct = /^slack\/(\w+)$/.exec(name)?.[1];
  if (direct !== undefined) return [direct];
  return Object.entries(rules.people).flatMap(([user, names]) =>
    names.some((pattern) => fits(pattern, name)) ? [user] : [],
  );
}

function isAmong({ slackUser, groups }: Person, people: readonly string[]): boolean {
  return people.includes(slackUser) || groups.some((group) => people.includes(group));
}
