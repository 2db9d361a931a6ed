import { tellSpan } from '../../describe-case.ts';
import { barList, columns, times } from '../chart.ts';
import type { Days } from '../days.ts';
import { type Counts, most, quantileMs, together } from '../figures.ts';
import { linkOf } from '../filters.ts';
import { type Html, html } from '../html.ts';

/** What the cases of some weeks add up to. */

export const ranges = { '7': '7 days', '30': '30 days', '90': '90 days' } as const;

/** More cases than this in one hour are a storm. */
const stormMin = 20;

export function figuresBody({ days, left }: Days, range: keyof typeof ranges): Html {
  const all = together(days.map((one) => one.figures));
  const choices = Object.entries(ranges).map(
    ([name, text]) =>
      html`<li><a href="/console/figures?days=${name}"${name === range ? html` aria-current="true"` : ''}>${text}</a></li>`,
  );
  const [median, p95] = [quantileMs(all, 0.5), quantileMs(all, 0.95)];
  const waiting =
    left === 0 ? '' : html`<p class="note" role="status">${left} days are still being counted.</p>`;
  return html`<h1>Figures</h1><ul class="choices" aria-label="How far back">${choices}</ul>
<div id="list" data-live>${waiting}
<ul class="tiles"><li><b>${all.cases}</b> cases</li><li><b>${all.shut}</b> shut by us</li><li><b>${spanOrNone(median)}</b> open until shut, median</li><li><b>${spanOrNone(p95)}</b> open until shut, 95 %</li></ul>
<div class="columns">
<section aria-labelledby="times"><h2 id="times">Time open until shut</h2>${timesOf(days)}</section>
<section aria-labelledby="storms"><h2 id="storms">Cases over time, and storms</h2>${stormsOf(days, all.byHour)}</section>
<section aria-labelledby="by-control"><h2 id="by-control">By control</h2>${bars(all.byControl, (control) => linkOf({ control }))}</section>
<section aria-labelledby="by-account"><h2 id="by-account">By account</h2>${bars(all.byAccount, (name) => linkOf({ account: name.slice(name.indexOf('/') + 1) }))}</section>
<section aria-labelledby="by-actor"><h2 id="by-actor">By actor</h2>${bars(all.byActor, (actor) => linkOf({ actor }))}</section>
<section aria-labelledby="by-outcome"><h2 id="by-outcome">By outcome</h2>${bars(all.byOutcome, (outcome) => linkOf({ outcome }))}</section>
</div></div>`;
}

const spanOrNone = (ms: number | null) => (ms === null ? '–' : tellSpan(ms));

function bars(counts: Counts, link: (name: string) => string): Html {
  const list = most(counts, 12).map(([label, value]) => {
    // The day keeps only so many names.
    const href = label === 'others' ? null : `/console${link(label)}`;
    return { label, value, href };
  });
  return list.length === 0 ? html`<p class="empty">Nothing yet.</p>` : barList(list, 'cases');
}

function timesOf(days: Days['days']): Html {
  const shut = days.filter((one) => one.figures.shut > 0);
  if (shut.length === 0) return html`<p class="empty">Nothing was shut in these days.</p>`;
  const of = (share: number) => days.map((one) => quantileMs(one.figures, share));
  const chart = times(
    [
      { name: 'median', values: of(0.5) },
      { name: 'p95', values: of(0.95) },
    ],
    days.map((one) => one.day.slice(5)),
    'Time open until shut, by day: median and 95 percent. The table below has the numbers.',
  );
  const rows = shut.map(
    ({ day, figures }) =>
      html`<tr><td data-label="Day">${day}</td><td data-label="Shut">${figures.shut}</td><td data-label="Median">${spanOrNone(quantileMs(figures, 0.5))}</td><td data-label="95 %">${spanOrNone(quantileMs(figures, 0.95))}</td></tr>`,
  );
  return html`<figure tabindex="0" aria-label="Time open until shut">${chart}<figcaption><span class="key median">median</span> <span class="key p95">95 %</span></figcaption></figure>
<details><summary>As a table</summary><table><thead><tr><th scope="col">Day</th><th scope="col">Shut</th><th scope="col">Median</th><th scope="col">95 %</th></tr></thead><tbody>${rows}</tbody></table></details>`;
}

function stormsOf(days: Days['days'], byHour: Counts): Html {
  const isShort = days.length <= 7;
  const list = isShort
    ? days.flatMap(({ day }) =>
        Array.from({ length: 24 }, (_, hour) => {
          const at = `${day}T${String(hour).padStart(2, '0')}`;
          return { label: day.slice(5), title: `${at}: ${byHour[at] ?? 0}`, value: byHour[at] ?? 0 };
        }),
      )
    : days.map(({ day, figures }) => ({
        label: day.slice(5),
        title: `${day}: ${figures.cases}`,
        value: figures.cases,
      }));
  const storms = most(byHour, 5).filter(([, count]) => count > stormMin);
  const told = storms.map(([hour, count]) => {
    const from = `${hour}:00`;
    const to = new Date(Date.parse(`${from}Z`) + 3_600_000).toISOString().slice(0, 16);
    return html`<li><a href="/console${linkOf({ from, to })}">${hour.replace('T', ' ')}:00</a> ${count} cases</li>`;
  });
  return html`<figure tabindex="0" aria-label="Cases over time">${columns(list, { mark: isShort ? stormMin : Number.POSITIVE_INFINITY, alt: `Cases opened per ${isShort ? 'hour' : 'day'}` })}</figure>
${storms.length === 0 ? html`<p class="meta">No hour had more than ${stormMin} cases.</p>` : html`<p>The stormiest hours:</p><ul class="related">${told}</ul>`}`;
}
