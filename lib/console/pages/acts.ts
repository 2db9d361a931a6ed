import { type Act, brokenActs } from '../../acts.ts';
import { type Html, html } from '../html.ts';
import { casePath, dateTime } from './words.ts';

/** Who did what by hand. */
export function actsBody(acts: readonly Act[], limit: number): Html {
  const broken = brokenActs(acts);
  const rows = acts.map(
    (
      one,
    ) => html`<tr><td data-label="When">${dateTime(one.at)}</td><td data-label="Who">${one.by}${one.role ? html` <span class="meta">${one.role}</span>` : ''}</td>
<td data-label="What">${one.act}</td><td data-label="About">${aboutOf(one)}</td><td data-label="Outcome">${one.outcome}</td><td data-label="From">${one.from}</td></tr>`,
  );
  const oldest = acts.at(-1)?.seq ?? 1;
  return html`<h1>Acts</h1>
<p>What people did here by hand, newest first. ${broken === null ? 'The list is chained and unchanged.' : ''}</p>
${broken === null ? '' : html`<p class="note bad" role="alert">This list cannot be trusted: ${broken}.</p>`}
${rows.length === 0 ? html`<p class="empty">Nobody has done anything yet.</p>` : html`<table><thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">About</th><th scope="col">Outcome</th><th scope="col">From</th></tr></thead><tbody>${rows}</tbody></table>`}
${acts.length === limit && oldest > 1 ? html`<p class="paging"><a class="button" rel="next" href="/console/acts?before=${oldest}">Older</a></p>` : ''}`;
}

const onCases: readonly string[] = ['approve', 'deny', 'exempt', 'undo'];

function aboutOf({ act, about }: Act): Html {
  if (about === null) return html``;
  return onCases.includes(act) ? html`<a href="${casePath(about)}">${about}</a>` : html`${about}`;
}
