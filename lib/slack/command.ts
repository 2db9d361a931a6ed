import { nameOf, type Person, type Role, roleOf } from '../approvers.ts';
import type { Case } from '../cases.ts';
import type { Loop } from '../loop.ts';
import { create } from '../sign-in-links.ts';
import type { Groups } from './groups.ts';
import { code, prose } from './inert.ts';
import { timeOf, titles } from './message.ts';

/** What `/snapshut …` answers: a text that only whoever typed it sees. */

export interface CommandParts {
  loop: Loop;
  groups: Groups;
  consoleUrl: string | null;
  /** Gives a case a message of its own, with its buttons. */
  show(about: Case): Promise<void>;
}

export interface Command {
  user: string;
  text: string;
}

interface Asking extends CommandParts {
  who: Person;
  role: Role;
  rest: string;
}

type Answering = (asking: Asking) => Promise<string>;

const listMax = 15;

const verbs: { [verb in string]?: { needs: readonly Role[]; answer: Answering } } = {
  open: { needs: ['viewer', 'approver', 'admin'], answer: openCases },
  history: { needs: ['viewer', 'approver', 'admin'], answer: historyOf },
  show: { needs: ['viewer', 'approver', 'admin'], answer: show },
  console: { needs: ['viewer', 'approver', 'admin'], answer: signIn },
  freeze: { needs: ['approver', 'admin'], answer: freeze },
  unfreeze: { needs: ['admin'], answer: unfreeze },
};

export const help = [
  '`/snapshut open` the open cases',
  '`/snapshut history RESOURCE` what happened to a resource',
  '`/snapshut show CASE` the case with its buttons, in the channel',
  '`/snapshut freeze WHY` and `/snapshut unfreeze`: nothing is changed in between',
  '`/snapshut console` a link that signs you in',
].join('\n');

export async function answerCommand({ user, text }: Command, parts: CommandParts): Promise<string> {
  const [word = '', ...rest] = text.trim().split(/\s+/);
  const verb = Object.hasOwn(verbs, word.toLowerCase()) ? verbs[word.toLowerCase()] : undefined;
  if (verb === undefined) return help;
  const rules = parts.loop.policy.people;
  const who = { slackUser: user, groups: await parts.groups.of(user, rules) };
  // Where the policy names no admin, whoever may freeze may unfreeze.
  const best = roleOf(who, rules);
  const role = best === 'approver' && rules.admins.length === 0 ? 'admin' : best;
  if (role === null || !verb.needs.includes(role))
    return `You may not do that: the policy file names ${verb.needs.join(' or ')}s.`;
  return verb.answer({ ...parts, who, role, rest: rest.join(' ') });
}

async function openCases({ loop }: Asking): Promise<string> {
  const { cases, cursor } = await loop.history.find({ open: true, limit: listMax });
  if (cases.length === 0) return 'No case is open.';
  const more = cursor === null ? '' : `\n… and more: the console has them all.`;
  return `${cases.map(lineOf).join('\n')}${more}`;
}

async function historyOf({ loop, rest }: Asking): Promise<string> {
  if (rest === '') return 'Which resource? `/snapshut history sg-0123`';
  const query = rest.includes('/') ? { resourceKey: rest } : { text: rest };
  const { cases } = await loop.history.find({ ...query, limit: listMax });
  return cases.length === 0 ? `Nothing is known about ${code(rest, 200)}.` : cases.map(lineOf).join('\n');
}

async function show({ loop, rest, show: showCase }: Asking): Promise<string> {
  const about = await loop.history.get(rest);
  if (about === null) return `There is no case ${code(rest, 100)}.`;
  await showCase(about);
  return `Case ${code(about.caseId, 60)} is in the channel.`;
}

async function signIn({ loop, consoleUrl, who, role }: Asking): Promise<string> {
  if (consoleUrl === null) return 'Nobody has said where the console is: set SNAPSHUT_CONSOLE_URL.';
  // The role that the policy gives, not the one that may unfreeze for want of another.
  const given = roleOf(who, loop.policy.people) ?? role;
  const user = nameOf(who.slackUser);
  const token = await create(loop.history, { user, role: given, groups: who.groups }, loop.now());
  await act(loop, who, given, 'sign-in link', null);
  return `<${consoleUrl}/sign-in?token=${token}|Sign in to the console>: once, within five minutes, as ${given}.`;
}

async function freeze({ loop, who, role, rest }: Asking): Promise<string> {
  const why = rest === '' ? 'frozen from Slack' : rest.slice(0, 300);
  await loop.history.set('frozen', `${why} (${nameOf(who.slackUser)})`);
  await act(loop, who, role, 'freeze', why);
  return `Frozen: nothing is changed until ${code('/snapshut unfreeze', 40)}. ${prose(why, 400)}`;
}

async function unfreeze({ loop, who, role }: Asking): Promise<string> {
  await loop.history.set('frozen', null);
  await act(loop, who, role, 'unfreeze', null);
  const still = await loop.frozen();
  return still === null ? 'Changes are allowed again.' : `Still frozen: ${prose(still, 300)}.`;
}

async function act({ history, now }: Loop, who: Person, role: Role, name: string, about: string | null) {
  const at = now().toISOString();
  const by = nameOf(who.slackUser);
  await history.record({ at, by, role, act: name, about, outcome: 'done', from: 'slack' });
}

function lineOf(about: Case): string {
  const { caseId, outcome, severity, control, resource, openedAt } = about;
  const what = `${code(control, 40)} ${code(resource.id, 90)}`;
  return `${code(caseId, 40)} ${titles[outcome]} · ${severity} · ${what} · ${timeOf(openedAt)}`;
}
