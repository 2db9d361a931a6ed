import { escaped } from '../escaped.ts';
import { resourceKey } from '../model.ts';
import type { Backtest } from './backtest.ts';
import { span } from './span.ts';
import { tellSummary } from './summary.ts';
import type { ExposureLine } from './timeline.ts';

/** More rows than this no browser shows with pleasure; what is left out is said. */
const rowsMax = 2000;

/** A page that stands by itself: the summary and every exposure as a bar on one time line. */
export function pageOf({ exposures, summary }: Backtest): string {
  const [from, until] = [summary.from ?? '', summary.until ?? ''];
  const shown = exposures.slice(0, rowsMax);
  const left = exposures.length - shown.length;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Snapshut backtest</title>
<style>${style}</style>
<h1>What Snapshut would have shut</h1>
<ul>${tellSummary(summary)
    .map((line) => `<li>${escaped(line)}</li>`)
    .join('')}</ul>
<table>
<thead><tr><th>Resource</th><th>What was open</th><th>Opened by</th><th>Open</th><th>Would be</th><th class="line">${escaped(from)} <span>${escaped(until)}</span></th></tr></thead>
<tbody>
${shown.map((one) => rowOf(one, from, until)).join('\n')}
</tbody>
</table>
${left > 0 ? `<p>${left} more are left out here; <code>--json</code> has them all.</p>` : ''}
</html>
`;
}

function rowOf(line: ExposureLine, from: string, until: string): string {
  const { resource, control, openedAt, closedAt, outcome, why, actor, changes } = line;
  const open = closedAt === null ? 'to the end' : span(openedAt, closedAt);
  const steps = changes.map(({ text }) => `<br><small>${escaped(text)}</small>`).join('');
  const title = `${openedAt} to ${closedAt ?? 'the end of the records'}`;
  return `<tr><td title="${escaped(resourceKey(resource))}">${escaped(resource.id)}</td><td>${escaped(control)}: ${escaped(why)}${steps}</td><td>${escaped(actor?.name ?? 'nobody named')}</td><td>${escaped(open)}</td><td class="${outcome}">${outcome}</td><td class="line" title="${escaped(title)}">${barOf(line, from, until)}</td></tr>`;
}

/** A bar is never thinner than can be seen. */
function barOf({ openedAt, closedAt, outcome }: ExposureLine, from: string, until: string): string {
  const whole = Math.max(1, Date.parse(until) - Date.parse(from));
  const share = (at: string) => ((Date.parse(at) - Date.parse(from)) / whole) * 100;
  const left = Math.min(99.5, share(openedAt));
  const width = Math.max(0.5, (closedAt === null ? 100 : share(closedAt)) - left);
  return `<div class="bar ${outcome}" style="margin-left:${left.toFixed(2)}%;width:${width.toFixed(2)}%"></div>`;
}

const style = `
body{font:15px/1.45 system-ui,sans-serif;margin:2rem;color:#1c1e21;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #ddd}
small{color:#5c6370}td{overflow-wrap:anywhere}.line{width:32%}th.line span{float:right}
.bar{height:.9rem;background:#888;border-radius:2px}.bar.fixed{background:#2b7a3d}.bar.asked,.bar.held{background:#b7791f}
.bar.told{background:#4a6fa5}td.fixed{color:#2b7a3d}td.asked,td.held{color:#8a5a10}
@media(prefers-color-scheme:dark){body{background:#16181c;color:#e4e6ea}th,td{border-color:#333}small{color:#9aa1ad}}
`;
