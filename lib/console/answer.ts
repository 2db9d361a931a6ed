import { approve, deny, exempt } from '../answer.ts';
import type { Case } from '../cases.ts';
import { durationMs } from '../commands/duration.ts';
import { type OutcomeName, outcomes } from '../model.ts';
import { type Answer, undo } from '../undo.ts';
import { exemptSpans } from './pages/answers.ts';
import type { Visit } from './parts.ts';
import { mayDo } from './session.ts';

/** What a person decides about a case on the page: at once, and in the list of acts whatever came of it. */

export const answerNames = ['approve', 'deny', 'exempt', 'undo'] as const;
export type AnswerName = (typeof answerNames)[number];

/** `changed`: the page showed another plan than the one that waits now. */
export type Answered = OutcomeName | 'changed' | 'incomplete' | 'forbidden';

const dayMs = 86_400_000;

export async function answer(
  visit: Visit,
  name: AnswerName,
  one: Case,
  form: { [name: string]: string },
): Promise<Answered> {
  const permission = await visit.parts.mayAnswer(one, visit.session);
  if (!mayDo(visit.session.role, 'approver') || !permission.may) return 'forbidden';
  const { loop } = visit.parts;
  const given: Answer = { caseId: one.caseId, by: visit.session.user, exemptMs: dayMs };
  if (name === 'deny') return (await deny(given, loop)).outcome;
  if (name === 'approve') {
    const planFingerprint = form.plan ?? '';
    if (planFingerprint !== one.asked?.planFingerprint) return 'changed';
    return (await approve({ ...given, planFingerprint }, loop)).outcome;
  }
  const exemptMs = Object.hasOwn(exemptSpans, form.for ?? '') ? durationMs(form.for ?? '') : null;
  if (exemptMs === null) return 'incomplete';
  if (name === 'undo') return (await undo({ ...given, exemptMs }, loop)).outcome;
  const reason = (form.reason ?? '').trim().slice(0, 500);
  if (reason === '') return 'incomplete';
  return (await exempt({ ...given, exemptMs, reason }, loop)).outcome;
}

const texts: { [answered in Answered]?: string } = {
  fixed: 'Shut, and a fresh read shows it.',
  undone: 'Put back exactly; it may stay so until the end that you chose.',
  exempt: 'It may stay as it is until then.',
  changed: 'Nothing was done: the plan has changed since you looked. Read it again.',
  incomplete: 'Nothing was done: the form was not complete.',
  forbidden: 'Nothing was done: you may not answer this case.',
  refused: 'Refused, and nothing was changed; the last entry says why.',
  failed: 'Not finished; the last entry says why.',
  unfixed: 'Something is still open; the last entry says what.',
  asked: 'It still waits; the last entry says for what.',
  gone: 'The resource does not exist any more.',
  clean: 'Nothing is open any more.',
};

/** The sentence for `?answered=undo-undone`, which anybody can type; null for what is none of ours. */
export function answeredText(param: string | null): string | null {
  const [name, answered] = (param ?? '').split('-');
  const act = answerNames.find((one) => one === name);
  const known = [...outcomes, 'changed', 'incomplete', 'forbidden'] as const;
  const outcome = known.find((one) => one === answered);
  if (act === undefined || outcome === undefined) return null;
  return texts[outcome] ?? `The outcome is ${outcome}.`;
}
