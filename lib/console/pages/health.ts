import { tellSpan } from '../../describe-case.ts';
import type { LastSweep, QueueHealth } from '../../health.ts';
import type { AccountScope, DeadLetter } from '../../ports.ts';
import { type Html, html } from '../html.ts';
import type { Visit } from '../parts.ts';
import { mayDo } from '../session.ts';
import { tokenField } from './layout.ts';
import { dateTime, relative } from './words.ts';

/** Is the service itself well? */

export interface HealthParts {
  visit: Visit;
  queue: QueueHealth | null;
  deadLetters: readonly DeadLetter[] | null;
  accounts: readonly (AccountScope & { lastEventAt: string | null })[];
  sweep: LastSweep | null;
  frozen: string | null;
}

export function healthBody(parts: HealthParts): Html {
  return html`<h1>Health</h1>
<div id="list" data-live>
<section aria-labelledby="queue"><h2 id="queue">Queue</h2>${queueTiles(parts.queue)}${letters(parts)}</section>
<section aria-labelledby="events"><h2 id="events">Last event per account</h2>${accountTable(parts)}</section>
<section aria-labelledby="sweep"><h2 id="sweep">Sweep</h2>${sweepLine(parts.sweep, parts.visit.now)}</section>
</div>
${parts.frozen === null && mayDo(parts.visit.session.role, 'admin') ? freezeForm(parts.visit) : ''}`;
}

const slowMs = 5 * 60_000;

function queueTiles(queue: QueueHealth | null): Html {
  if (queue === null) return html`<p class="empty">The queue cannot be asked now.</p>`;
  const { waiting, taken, dead, oldestAgeMs } = queue;
  const isSlow = oldestAgeMs !== null && oldestAgeMs > slowMs;
  return html`<ul class="tiles"><li><b>${waiting}</b> waiting</li><li><b>${taken}</b> under way or put off</li>
<li class="${isSlow ? 'bad' : ''}"><b>${oldestAgeMs === null ? '–' : tellSpan(oldestAgeMs)}</b> age of the oldest</li>
<li class="${dead > 0 ? 'bad' : ''}"><b>${dead}</b> dead letters</li></ul>`;
}

function letters({ deadLetters, visit }: HealthParts): Html {
  if (deadLetters === null || deadLetters.length === 0) return html``;
  const rows = deadLetters.map(
    (one) =>
      html`<li><span class="meta">${relative(new Date(one.deadMs).toISOString(), visit.now)}</span> <code>${one.eventId ?? `message ${one.id}`}</code> ${one.reason}</li>`,
  );
  return html`<h3>The newest dead letters</h3><ul class="related">${rows}</ul>`;
}

function accountTable({ accounts, visit }: HealthParts): Html {
  if (accounts.length === 0) return html`<p class="empty">No account is guarded.</p>`;
  const rows = accounts.map(
    (
      one,
    ) => html`<tr><td data-label="Account">${one.provider} ${one.account}</td><td data-label="Regions">${one.regions.join(', ')}</td>
<td data-label="Last event">${one.lastEventAt === null ? 'none yet' : html`${dateTime(one.lastEventAt)} <span class="meta">${relative(one.lastEventAt, visit.now)}</span>`}</td></tr>`,
  );
  return html`<table><thead><tr><th scope="col">Account</th><th scope="col">Regions</th><th scope="col">Last event</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function sweepLine(sweep: LastSweep | null, now: Date): Html {
  if (sweep === null) return html`<p class="empty">No sweep has run yet.</p>`;
  const { startedAt, endedAt, outcomes } = sweep;
  const counts = Object.entries(outcomes)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
  if (endedAt === null)
    return html`<p>Began ${dateTime(startedAt)} (${relative(startedAt, now)}) and has not ended.</p>`;
  return html`<p>Ended ${dateTime(endedAt)} (${relative(endedAt, now)}) after ${tellSpan(Date.parse(endedAt) - Date.parse(startedAt))}: ${counts || 'nothing there'}.</p>`;
}

function freezeForm(visit: Visit): Html {
  return html`<details class="form freeze"><summary>Kill switch…</summary><form method="post" action="/console/freeze">${tokenField(visit)}
<p>From the next call on nothing is changed anywhere, until somebody allows it again.</p>
<label class="wide">Why <input name="reason" required maxlength="300" autocomplete="off"></label>
<button class="danger">Freeze</button></form></details>`;
}
