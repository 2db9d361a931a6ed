import { escaped } from '../escaped.ts';
import { type OutcomeName, resourceKey } from '../model.ts';
import type { Backtest } from './backtest.ts';
import { notReplayed } from './not-replayed.ts';
import { style } from './page-style.ts';
import { span } from './span.ts';
import { type Summary, tellSummary } from './summary.ts';
import { type Axis, axisOver, percentAt } from './time-axis.ts';
import type { ExposureLine } from './timeline.ts';

/** More rows than this no browser shows with pleasure; what is left out is said. */
const rowsMax = 2000;

/** A page that stands by itself, with no script and nothing from elsewhere: the summary, and every exposure as a bar over time. */
export function pageOf({ exposures, summary }: Backtest): string {
  const shown = exposures.slice(0, rowsMax);
  const left = exposures.length - shown.length;
  const axis = axisOver(timesOf(summary, shown));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Snapshut backtest</title>
<style>${style}</style>
<main>
<h1>What Snapshut would have shut</h1>
<ul>${tellSummary(summary).map(listItem).join('')}</ul>
${shown.length > 0 ? timelineOf(shown, axis) : ''}
${left > 0 ? `<p>${left} more are left out here; <code>--json</code> has them all.</p>` : ''}
<details><summary>What an audit log cannot tell</summary>
<ul>${Object.entries(notReplayed)
    .map(([control, why]) => listItem(`${control}: ${why}`))
    .join('')}</ul></details>
</main>
</html>
`;
}

const listItem = (text: string) => `<li>${escaped(text)}</li>`;

function timesOf({ from, until }: Summary, exposures: readonly ExposureLine[]): number[] {
  const told = exposures.flatMap(({ openedAt, closedAt }) => [openedAt, closedAt]);
  return [from, until, ...told].flatMap((time) => (time === null ? [] : [Date.parse(time)]));
}

function timelineOf(exposures: readonly ExposureLine[], axis: Axis): string {
  const marks = axis.ticks
    .map(({ atMs, label }) => `<span style="left:${at(axis, atMs)}">${escaped(label)}</span>`)
    .join('');
  return `<p class="legend">${legend(exposures)}</p>
<table>
<thead><tr><th scope="col">What was open</th><th scope="col" class="line">When (UTC)<div class="axis">${marks}</div></th></tr></thead>
<tbody>
${exposures.map((one) => rowOf(one, axis)).join('\n')}
</tbody>
</table>`;
}

const meanings: { [outcome in OutcomeName]?: string } = {
  fixed: 'would have been shut at once',
  asked: 'a person would have been asked',
  held: 'would have waited for a person: over the limits',
  told: 'would have been told',
  exempt: 'was allowed to stay',
};

/** Colours alone tell nobody anything: only what is on the page, each with its words. */
function legend(exposures: readonly ExposureLine[]): string {
  const outcomes = [...new Set(exposures.map((one) => one.outcome))];
  const marks = outcomes.map(
    (outcome) => `<span><i class="bar ${outcome}"></i>${outcome}: ${meanings[outcome] ?? outcome}</span>`,
  );
  const isOpen = exposures.some((one) => one.closedAt === null);
  return [
    ...marks,
    ...(isOpen ? ['<span><i class="bar" data-open></i>no record closes it</span>'] : []),
  ].join('');
}

function rowOf(line: ExposureLine, axis: Axis): string {
  const { resource, control, outcome, severity, why, changes } = line;
  const steps = changes.map(({ text }) => listItem(text)).join('');
  return `<tr><th scope="row"><b class="${outcome}">${outcome}</b> ${escaped(resource.id)}
<div>${escaped(control)} (${severity}): ${escaped(why)}</div>
<details><summary>${escaped(shortly(line))}</summary><ul>${told(line).map(listItem).join('')}${steps}</ul></details></th>
<td class="line">${barOf(line, axis)}</td></tr>`;
}

function shortly({ openedAt, closedAt }: ExposureLine): string {
  if (closedAt === null) return `since ${timeOf(openedAt)}, and no record closes it`;
  return closedAt === openedAt
    ? `at ${timeOf(openedAt)}`
    : `${span(openedAt, closedAt)} from ${timeOf(openedAt)}`;
}

function told(line: ExposureLine): string[] {
  const { resource, openedAt, openedBy, closedAt, closedBy, initialState } = line;
  const isClosed = closedAt !== null && closedAt !== openedAt;
  return [
    resourceKey(resource),
    `${openedBy} by ${whoOf(line)} at ${timeOf(openedAt)}`,
    ...(isClosed ? [`${closedBy ?? 'closed'} at ${timeOf(closedAt)}`] : []),
    ...(initialState === 'unknown' ? ['what was there before the records is unknown'] : []),
  ];
}

/** `2026-01-01 10:00:00`, as CloudTrail tells it: to the second. */
const timeOf = (iso: string) => iso.slice(0, 19).replace('T', ' ');

const whoOf = ({ actor }: ExposureLine) => actor?.name ?? 'nobody who is named';

/** A bar, and beside it who opened it. */
function barOf(line: ExposureLine, axis: Axis): string {
  const { openedAt, closedAt, outcome } = line;
  const from = percentAt(axis, Date.parse(openedAt));
  const until = closedAt === null ? 100 : percentAt(axis, Date.parse(closedAt));
  const who = escaped(whoOf(line).split('/').at(-1) ?? '');
  const end = closedAt === null ? 'the end of the records' : timeOf(closedAt);
  const title = escaped(`${timeOf(openedAt)} to ${end}`);
  const shape = `left:${from.toFixed(2)}%;width:${(until - from).toFixed(2)}%`;
  const grid = axis.ticks.map(({ atMs }) => `<i style="left:${at(axis, atMs)}"></i>`).join('');
  // Beside the bar where there is room, on the side that has more of it.
  const place = from < 100 - until ? `left:${until.toFixed(2)}%` : `right:${(100 - from).toFixed(2)}%`;
  const label =
    until - from > 60
      ? `<span class="who inside" style="left:${from.toFixed(2)}%">${who}</span>`
      : `<span class="who" style="${place}">${who}</span>`;
  return `<div class="lane">${grid}<div class="bar ${outcome}"${closedAt === null ? ' data-open' : ''} style="${shape}" title="${title}"></div>${label}</div>`;
}

function at(axis: Axis, atMs: number): string {
  return `${percentAt(axis, atMs).toFixed(2)}%`;
}
