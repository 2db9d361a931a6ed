import type { Case } from '../../cases.ts';
import { controls } from '../../controls/registry.ts';
import { outcomes, providerNames, severities } from '../../model.ts';
import type { CasePage } from '../../ports.ts';
import { type Asked, type Filters, linkOf, spans } from '../filters.ts';
import { type Html, html, type Part } from '../html.ts';
import type { Visit } from '../parts.ts';
import {
  casePath,
  clockTime,
  dayName,
  headline,
  howLong,
  outcomeBadge,
  severityMark,
  shortActor,
} from './words.ts';

/** The history as a timeline. */

export interface CasesParts {
  visit: Visit;
  asked: Asked;
  found: CasePage;
  accounts: readonly string[];
  actors: readonly string[];
}

export function casesBody({ visit, asked, found, accounts, actors }: CasesParts): Html {
  const { filters, problems } = asked;
  return html`<h1 class="quiet">Cases</h1>
${filterForm(filters, accounts, actors)}
${problems.map((one) => html`<p class="note bad" role="alert">${one}</p>`)}
<div id="list" data-live>
${timeline(found.cases, visit.now)}
${paging(asked, found)}
</div>`;
}

export function timeline(cases: readonly Case[], now: Date): Html {
  if (cases.length === 0)
    return html`<p class="empty">No case fits. Nothing was found, or the filters are too narrow.</p>`;
  const byDay = Map.groupBy(cases, (one) => one.openedAt.slice(0, 10));
  return html`${[...byDay.values()].map(
    (those) => html`<section><h2 class="day">${dayName(those[0]?.openedAt ?? '')}</h2>
<ol class="cases">${those.map((one) => row(one, now))}</ol></section>`,
  )}`;
}

function row(one: Case, now: Date): Html {
  const { resource, resourceName, control } = one;
  const name = resourceName ? html`<b>${resourceName}</b> ` : '';
  const long = howLong(one, now);
  return html`<li class="case ${one.severity}">
${clockTime(one.openedAt)}
<div class="what"><a id="case-${one.caseId}" href="${casePath(one.caseId)}">${headline(one)}</a>
<p>${name}<span class="id">${resource.id}</span></p>
<p class="meta">${severityMark(one.severity)} <span>${control}</span> <span>${resource.provider} ${resource.account} ${resource.region}</span> <span>${shortActor(one.actor)}</span>${long === '' ? '' : html` <span>${long}</span>`}</p></div>
${outcomeBadge(one.outcome)}
</li>`;
}

function paging({ filters }: Asked, { cursor }: CasePage): Html {
  if (cursor === null) return html`<p class="empty">This is where the history begins.</p>`;
  return html`<p class="paging"><a class="button" rel="next" href="/console${linkOf(filters, { cursor })}">Older cases</a></p>`;
}

function filterForm(filters: Filters, accounts: readonly string[], actors: readonly string[]): Html {
  const isNarrow = (['account', 'provider', 'control', 'actor', 'resource', 'from', 'to'] as const).some(
    (name) => filters[name],
  );
  return html`<form class="filters" role="search" method="get" action="/console">
<div class="line">
<label class="wide">Search <input type="search" name="q" value="${filters.q}" placeholder="a resource: sg-0123, web …" autocomplete="off" spellcheck="false"></label>
${choice('Opened', 'since', filters.since, spans, 'any time', (span) => `last ${span}`)}
${choice('Outcome', 'outcome', filters.outcome, outcomes, 'any')}
${choice('Severity', 'severity', filters.severity, severities.toReversed(), 'any')}
<label class="check"><input type="checkbox" name="open" value="1"${filters.open ? html` checked` : ''}> unfinished only</label>
<button>Filter</button>
</div>
<details${isNarrow ? html` open` : ''}><summary>More filters, exports</summary>
<div class="line">
${choice(
  'Control',
  'control',
  filters.control,
  controls.map((one) => one.name),
  'any',
)}
${choice('Provider', 'provider', filters.provider, providerNames, 'any')}
${listed('Account', 'account', filters.account, accounts)}
${listed('Actor', 'actor', filters.actor, actors)}
<label class="wide">Resource key <input name="resource" value="${filters.resource}" spellcheck="false" autocomplete="off"></label>
<label>From <input type="datetime-local" name="from" value="${filters.from}"></label>
<label>To <input type="datetime-local" name="to" value="${filters.to}"></label>
</div>
<p class="exports">The first 5,000 of these as <a href="/console/cases.csv${linkOf(filters)}">CSV</a> or <a href="/console/cases.json${linkOf(filters)}">JSON</a>. <a href="/console">Clear all filters</a></p>
</details>
</form>`;
}

function choice<Name extends string>(
  label: string,
  name: string,
  chosen: string | undefined,
  names: readonly Name[],
  none: string,
  tell: (name: Name) => string = (one) => one,
): Html {
  const options: Part = names.map(
    (one) => html`<option value="${one}"${one === chosen ? html` selected` : ''}>${tell(one)}</option>`,
  );
  return html`<label>${label} <select name="${name}"><option value="">${none}</option>${options}</select></label>`;
}

function listed(label: string, name: string, value: string | undefined, known: readonly string[]): Html {
  return html`<label>${label} <input name="${name}" value="${value}" list="known-${name}" spellcheck="false" autocomplete="off"></label>
<datalist id="known-${name}">${known.map((one) => html`<option value="${one}"></option>`)}</datalist>`;
}
