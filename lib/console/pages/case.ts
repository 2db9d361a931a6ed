import type { Case, Entry } from '../../cases.ts';
import { tellActor } from '../../describe-case.ts';
import { resourceKey } from '../../model.ts';
import { changedBy, changesDiff, type DiffPart, diffOf } from '../diff.ts';
import { linkOf } from '../filters.ts';
import { type Html, html } from '../html.ts';
import type { Visit } from '../parts.ts';
import { answersOf } from './answers.ts';
import { entryItem } from './entry.ts';
import { casePath, dateTime, headline, howLong, outcomeBadge, relative, severityMark } from './words.ts';

/** One case: the whole story, and what a person can do about it. */

export interface CaseParts {
  visit: Visit;
  one: Case;
  entries: readonly Entry[];
  /** Why its history cannot be trusted; null when the chain is whole. */
  broken: string | null;
  ofResource: readonly Case[];
  ofActor: readonly Case[];
  /** Why this person may not answer; null when they may. */
  refusal: string | null;
  /** What whoever answers should know. */
  note: string | null;
  /** What became of the answer that led here. */
  answered: string | null;
}

export function caseBody(parts: CaseParts): Html {
  const { one, entries, broken, answered } = parts;
  return html`<p class="back"><a href="/console">All cases</a></p>
${answered === null ? '' : html`<p class="note good" role="status">${answered}</p>`}
${broken === null ? '' : html`<p class="note bad" role="alert">The history of this case cannot be trusted: ${broken}.</p>`}
<div id="case" data-live>
<header class="case-head ${one.severity}">
<p>${outcomeBadge(one.outcome)} ${severityMark(one.severity)} <a href="/console${linkOf({ control: one.control })}">${one.control}</a></p>
<h1>${headline(one)}</h1>
<p class="where">${one.resourceName ? html`<b>${one.resourceName}</b> ` : ''}<span class="id">${one.resource.id}</span></p>
<p>${one.why}</p>
</header>
${answersOf(parts)}
<div class="columns">
<section aria-labelledby="facts"><h2 id="facts">What is known</h2>${facts(parts)}</section>
<section aria-labelledby="changes"><h2 id="changes">${changesTitle(one)}</h2>${diff(one, entries)}</section>
</div>
<section aria-labelledby="entries"><h2 id="entries">Every entry</h2>
<ol class="entries">${entries.map((entry) => entryItem(entry))}</ol>
<p class="meta">${broken === null ? `All ${entries.length} entries are chained and unchanged.` : ''}</p></section>
</div>
${related('On the same resource', parts.ofResource, parts.visit)}
${related('By the same actor', parts.ofActor, parts.visit)}`;
}

function facts({ one, visit }: CaseParts): Html {
  const { resource, actor, since, openedAt, closedAt } = one;
  const key = resourceKey(resource);
  const by =
    actor === null
      ? html`${tellActor(actor)}`
      : html`<a href="/console${linkOf({ actor: actor.name })}">${tellActor(actor)}</a>`;
  return html`<dl class="facts">
<dt>Open since</dt><dd>${dateTime(since)} ${since === null ? '' : html`<span class="meta">${relative(since, visit.now)}</span>`}</dd>
<dt>How</dt><dd>${one.eventName}</dd>
<dt>Opened by</dt><dd>${by}</dd>
<dt>Found</dt><dd>${dateTime(openedAt)}</dd>
<dt>Closed</dt><dd>${closedAt === null ? 'not yet' : dateTime(closedAt)} <span class="meta">${howLong(one, visit.now)}</span></dd>
<dt>Where</dt><dd>${resource.provider} <a href="/console${linkOf({ account: resource.account })}">${resource.account}</a> ${resource.region}</dd>
<dt>Resource</dt><dd><a href="/console${linkOf({ resource: key })}">${key}</a></dd>
<dt>Case</dt><dd><code>${one.caseId}</code></dd>
</dl>`;
}

function changesTitle({ outcome, shut }: Case): string {
  if (outcome === 'undone') return 'What was shut, and put back';
  return shut.length > 0 ? 'Before and after' : 'What would be changed';
}

function diff(one: Case, entries: readonly Entry[]): Html {
  const known = changedBy(entries);
  const parts =
    known !== null
      ? diffOf(known.before, one.shut.length > 0 ? one.shut : known.changes)
      : changesDiff(one.resource.kind as Parameters<typeof changesDiff>[0], one.changes);
  if (parts.length === 0) return html`<p class="empty">Nothing is changed by this case.</p>`;
  return html`${parts.map(diffPart)}`;
}

const signWords = { '-': 'taken out: ', '+': 'put in: ', ' ': 'stays: ' };
const signClasses = { '-': 'out', '+': 'in', ' ': 'stays' };

function diffPart({ part, lines, left }: DiffPart): Html {
  const items = lines.map(
    ({ sign, text, detail }) =>
      html`<li class="${signClasses[sign]}"><span class="sign" aria-hidden="true">${sign === '-' ? '−' : sign}</span><span><span class="hidden">${signWords[sign]}</span>${text}${detail === null ? '' : html`<pre tabindex="0">${detail}</pre>`}</span></li>`,
  );
  return html`<figure class="diff"><figcaption>${part}</figcaption><ul>${items}</ul>${left > 0 ? html`<p class="meta">${left} more stay as they were</p>` : ''}</figure>`;
}

function related(title: string, cases: readonly Case[], { now }: Visit): Html {
  if (cases.length === 0) return html``;
  const items = cases.map(
    (one) =>
      html`<li>${outcomeBadge(one.outcome)} <a href="${casePath(one.caseId)}">${headline(one)}</a> <span class="meta">${one.resource.id} · ${relative(one.openedAt, now)}</span></li>`,
  );
  return html`<section><h2>${title}</h2><ul class="related">${items}</ul></section>`;
}
