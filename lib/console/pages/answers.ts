import type { Case } from '../../cases.ts';
import { type Html, html } from '../html.ts';
import type { Visit } from '../parts.ts';
import { mayDo } from '../session.ts';
import { tokenField } from './layout.ts';
import { casePath, relative } from './words.ts';

/** What a person can do about a case, as forms that work without a script. */

interface AnswerParts {
  visit: Visit;
  one: Case;
  /** Why this person may not answer; null when they may. */
  refusal: string | null;
  /** What whoever answers should know. */
  note: string | null;
}

export const exemptSpans = { '12h': '12 hours', '1d': '1 day', '7d': '7 days', '30d': '30 days' } as const;

export function answersOf({ visit, one, refusal, note }: AnswerParts): Html {
  const isWaiting = one.asked !== null;
  const isOpen = one.closedAt === null;
  const isShut = one.shut.length > 0;
  if (!isWaiting && !isOpen && !isShut) return html``;
  const lead = leadOf(one, visit.now);
  if (!mayDo(visit.session.role, 'approver'))
    return html`<section class="answers" aria-label="Answers"><p>${lead}</p><p class="meta">You may look; answering takes an approver.</p></section>`;
  if (refusal !== null)
    return html`<section class="answers" aria-label="Answers"><p>${lead}</p><p class="note bad">${refusal}</p></section>`;
  return html`<section class="answers" aria-label="Answers"><p>${lead}</p>${note === null ? '' : html`<p class="meta">${note}</p>`}<div class="forms">
${isWaiting ? html`${approveForm(visit, one)}${denyForm(visit, one)}` : ''}
${isOpen ? exemptForm(visit, one) : ''}
${isShut ? undoForm(visit, one) : ''}
</div></section>`;
}

function leadOf({ outcome, asked, shut }: Case, now: Date): string {
  if (asked !== null) return `An answer is waited for; the question ends ${relative(asked.expiresAt, now)}.`;
  if (shut.length > 0 && outcome === 'fixed') return 'This was shut. It can be put back exactly, once.';
  return outcome === 'told' ? 'This is open, and the policy only tells.' : 'This is not finished.';
}

/** The plan that was looked at goes with the click: another one is not what was approved. */
function approveForm(visit: Visit, one: Case): Html {
  return html`<form method="post" action="${casePath(one.caseId)}/approve">${tokenField(visit)}<input type="hidden" name="plan" value="${one.asked?.planFingerprint}"><button class="primary">Approve: shut it</button></form>`;
}

function denyForm(visit: Visit, one: Case): Html {
  return html`<form method="post" action="${casePath(one.caseId)}/deny">${tokenField(visit)}<button>Deny: leave it open for a day</button></form>`;
}

function exemptForm(visit: Visit, one: Case): Html {
  return html`<details class="form"><summary>Exempt…</summary><form method="post" action="${casePath(one.caseId)}/exempt">${tokenField(visit)}
<p>It may stay as it is until the end; what is opened beside it is still shut.</p>
<label>For ${spanChoice('7d')}</label>
<label class="wide">Reason <input name="reason" required maxlength="500" autocomplete="off"></label>
<button class="primary">Exempt</button></form></details>`;
}

function undoForm(visit: Visit, one: Case): Html {
  return html`<details class="form"><summary>Undo…</summary><form method="post" action="${casePath(one.caseId)}/undo">${tokenField(visit)}
<p>${one.shut.length === 1 ? 'The change below is' : `All ${one.shut.length} changes below are`} put back exactly, and may stay for</p>
<label>For ${spanChoice('7d')}</label>
<button class="danger">Put it back</button>
<p class="meta">On a terminal: <code>npx snapshut undo ${one.caseId}</code></p></form></details>`;
}

function spanChoice(chosen: string): Html {
  const options = Object.entries(exemptSpans).map(
    ([span, text]) => html`<option value="${span}"${span === chosen ? html` selected` : ''}>${text}</option>`,
  );
  return html`<select name="for">${options}</select>`;
}
