import { approve, deny, exempt, snooze } from '../answer.ts';
import { mayAnswer, nameOf, type Permission, roleOf } from '../approvers.ts';
import type { Case } from '../cases.ts';
import { type Loop, line } from '../loop.ts';
import type { Outcome } from '../model.ts';
import { type Answer, undo } from '../undo.ts';
import type { Slack } from './client.ts';
import type { Groups } from './groups.ts';
import { code, prose } from './inert.ts';
import type { Click } from './interaction.ts';
import { forgetClick, keptClick } from './stored-clicks.ts';

export interface AnsweringParts {
  loop: Loop;
  slack: Slack;
  groups: Groups;
  warn(text: string): void;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Carries out a stored click once, and tells whoever clicked what came of it. */
export async function carryOut(nonce: string, parts: AnsweringParts): Promise<Outcome[]> {
  const { loop } = parts;
  const eventId = `slack/${nonce}`;
  const click = await keptClick(loop.history, nonce);
  if (click === null) {
    const why = 'there is no such answer, or it was carried out before';
    return [line({ trigger: { eventId }, resource: null, outcome: 'ignored', why })];
  }
  const about = await loop.history.get(click.caseId);
  const outcome = about === null ? noCase(click, eventId) : await answered(about, click, eventId, parts);
  await whisper(outcome, click, parts);
  await forgetClick(loop.history, nonce);
  return [outcome];
}

async function answered(about: Case, click: Click, eventId: string, parts: AnsweringParts): Promise<Outcome> {
  const { loop } = parts;
  // The process may have ended between the deed and its being ticked off.
  const entries = await loop.history.entries(about.caseId);
  const before = entries.findLast((entry) => entry.eventId === eventId && entry.story.type !== 'intent');
  if (before !== undefined) return told(about, about.outcome, 'carried out before', eventId);

  const permission = await permissionOf(about, click, parts);
  const outcome = permission.may
    ? await act(about, click, eventId, loop)
    : told(about, 'refused', permission.why, eventId);
  const role = roleOf(await personOf(click, parts), loop.policy.people);
  const { act: name, user, at } = click;
  await loop.history.record({
    at,
    by: nameOf(user),
    role,
    act: name,
    about: about.caseId,
    outcome: outcome.outcome,
    from: 'slack',
  });
  return permission.may && permission.note !== null
    ? { ...outcome, why: `${outcome.why} (${permission.note})` }
    : outcome;
}

async function permissionOf(about: Case, click: Click, parts: AnsweringParts): Promise<Permission> {
  return mayAnswer(about, await personOf(click, parts), parts.loop.policy.people);
}

async function personOf({ user }: Click, { groups, loop }: AnsweringParts) {
  return { slackUser: user, groups: await groups.of(user, loop.policy.people) };
}

function act(about: Case, click: Click, eventId: string, loop: Loop): Promise<Outcome> {
  const { caseId } = about;
  const answer: Answer = {
    caseId,
    by: nameOf(click.user),
    exemptMs: (click.days ?? 1) * dayMs,
    eventId,
    ...(click.plan !== null && { planFingerprint: click.plan }),
  };
  switch (click.act) {
    case 'approve':
      return approve(answer, loop);
    case 'deny':
      return deny(answer, loop);
    case 'snooze':
      return snooze({ ...answer, untilMs: loop.now().getTime() + hourMs }, loop);
    case 'exempt':
      return exempt({ ...answer, reason: click.reason ?? '' }, loop);
    case 'undo':
      return undo(answer, loop);
  }
}

const told = (
  { resource, control, caseId }: Case,
  outcome: Outcome['outcome'],
  why: string,
  eventId: string,
) => line({ trigger: { eventId }, resource, control, caseId, outcome, why });

const noCase = ({ caseId }: Click, eventId: string) =>
  line({ trigger: { eventId }, resource: null, outcome: 'refused', why: `there is no case ${caseId}` });

/** Whoever clicked may have left the channel: the deed stands all the same. */
async function whisper(outcome: Outcome, click: Click, { slack, warn }: AnsweringParts): Promise<void> {
  const changes = outcome.changes.slice(0, 5).map((change) => `• ${prose(change.text, 200)}`);
  const text = [`${code(outcome.outcome, 20)} ${prose(outcome.why, 1_000)}`, ...changes].join('\n');
  try {
    await slack.whisper(click.channel, click.user, text, click.thread ?? undefined);
  } catch (error) {
    warn(`the answer to a click on case ${click.caseId} could not be shown: ${String(error)}`);
  }
}
