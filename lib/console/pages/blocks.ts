import { type Blocked, isInForce } from '../../logs/block-set.ts';
import { type Html, html } from '../html.ts';
import type { Visit } from '../parts.ts';
import { mayDo } from '../session.ts';
import { tokenField } from './layout.ts';
import { relative } from './words.ts';

const shownMax = 500;

/** Whom the log loops keep out, the longest blocked last. */
export function blocksBody(blocked: readonly Blocked[], visit: Visit, answered: string | null): Html {
  const nowMs = visit.now.getTime();
  const active = blocked.filter((one) => isInForce(one, nowMs)).toSorted((a, b) => a.untilMs - b.untilMs);
  const rows = active.slice(0, shownMax).map(
    (one) => html`<tr><td data-label="Client"><code>${one.client}</code></td>
<td data-label="Until">${new Date(one.untilMs).toISOString().slice(0, 16).replace('T', ' ')} <span class="meta">${relative(new Date(one.untilMs).toISOString(), visit.now)}</span></td>
<td data-label="Times">${one.times}</td><td data-label="Where">${one.within ? `within ${one.within}` : one.sets.join(', ') || 'not written yet'}</td>
<td>${mayDo(visit.session.role, 'admin') ? html`<form method="post" action="/console/blocks/unblock">${tokenField(visit)}<input type="hidden" name="client" value="${one.client}"><button aria-label="Let ${one.client} go">Let go</button></form>` : ''}</td></tr>`,
  );
  const left = active.length - rows.length;
  return html`<h1>Blocks</h1>
${answered === null ? '' : html`<p class="note" role="status">${answered}</p>`}
<div id="list" data-live>${
    rows.length === 0
      ? html`<p class="empty">Nobody is blocked by the log loops now.</p>`
      : html`<table><caption>${active.length} blocked by the log loops, the next to end first</caption><thead><tr><th scope="col">Client</th><th scope="col">Until</th><th scope="col">Times</th><th scope="col">Where</th><th scope="col"><span class="hidden">Answer</span></th></tr></thead><tbody>${rows}</tbody></table>${left > 0 ? html`<p class="meta">${left} more are not shown.</p>` : ''}`
  }</div>`;
}
