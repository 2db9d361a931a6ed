import type { Case } from '../../cases.ts';
import { type Html, html } from '../html.ts';
import type { Visit } from '../parts.ts';
import { casePath, headline, outcomeBadge, relative, severityMark, shortActor } from './words.ts';

/** The questions that wait, the one that ends first on top. */
export function waitingBody(cases: readonly Case[], { now }: Visit): Html {
  const items = cases
    .toSorted((a, b) => ends(a).localeCompare(ends(b)))
    .map(
      (one) => html`<li class="case ${one.severity}">
<span class="ends">${one.asked ? html`ends ${relative(one.asked.expiresAt, now)}` : ''}</span>
<div class="what"><a id="case-${one.caseId}" href="${casePath(one.caseId)}">${headline(one)}</a>
<p>${one.resourceName ? html`<b>${one.resourceName}</b> ` : ''}<span class="id">${one.resource.id}</span></p>
<ul class="would">${one.changes.map((change) => html`<li>${change.text}</li>`)}</ul>
<p class="meta">${severityMark(one.severity)} <span>${one.control}</span> <span>${shortActor(one.actor)}</span></p></div>
${outcomeBadge(one.outcome)}</li>`,
    );
  return html`<h1>Waiting for an answer</h1>
<div id="list" data-live>${items.length === 0 ? html`<p class="empty">Nothing waits.</p>` : html`<ol class="cases">${items}</ol>`}</div>`;
}

const ends = (one: Case) => one.asked?.expiresAt ?? '';
