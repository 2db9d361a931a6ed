import { barList } from './console/chart.ts';
import { style } from './console/client-text.ts';
import { Html, html, type Part } from './console/html.ts';
import { tellSpan } from './describe-case.ts';
import type { Report, ReportLine } from './report.ts';

/** The report as Markdown, for a wiki or a mail, and as a page that stands by itself. Pure. */

const spanOf = (ms: number | null) => (ms === null ? '–' : tellSpan(ms));
const dayOf = (at: string) => at.slice(0, 10);

function summary({ cases, shut, meanMs, medianMs, p95Ms }: Report): [label: string, value: string][] {
  return [
    ['cases', String(cases)],
    ['shut by Snapshut', String(shut)],
    ['open until shut, mean', spanOf(meanMs)],
    ['median', spanOf(medianMs)],
    ['95 %', spanOf(p95Ms)],
  ];
}

export function reportMarkdown(report: Report): string {
  const { since, until, byControl, byAccount, byOutcome, topOpeners } = report;
  const list = (rows: [string, number][]) => rows.map(([name, count]) => `| ${safe(name)} | ${count} |`);
  const counted = (title: string, head: string, rows: [string, number][]) =>
    rows.length === 0 ? [] : [`## ${title}`, '', `| ${head} | cases |`, '|---|---:|', ...list(rows), ''];
  return [
    `# What was open, ${dayOf(since)} to ${dayOf(until)}`,
    '',
    ...summary(report).map(([label, value]) => `- ${label}: **${value}**`),
    '',
    ...counted('Top openers', 'actor', topOpeners),
    ...counted('By control', 'control', byControl),
    ...counted('By account', 'account', byAccount),
    ...counted('By outcome', 'outcome', byOutcome),
    ...caseTable('What was shut', report.shutCases, report.shut),
    ...caseTable('What is not finished', report.leftOpen, report.leftOpen.length),
    ...exemptionTable(report),
  ].join('\n');
}

function caseTable(title: string, lines: readonly ReportLine[], total: number): string[] {
  if (lines.length === 0) return [`## ${title}`, '', 'Nothing.', ''];
  const rows = lines.map(
    (one) =>
      `| ${dayOf(one.openedAt)} | ${safe(one.name ?? '')} ${safe(one.resource)} | ${safe(one.open)} | ${one.severity} | ${spanOf(one.openForMs)} | ${safe(one.actor ?? 'nobody named')} | ${safe(one.caseId)} |`,
  );
  const left = total - lines.length;
  return [
    `## ${title}`,
    '',
    '| day | resource | open | severity | open for | opened by | case |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
    ...(left > 0 ? [`${left} more are not listed.`, ''] : []),
  ];
}

function exemptionTable({ exemptionsEnding }: Report): string[] {
  if (exemptionsEnding.length === 0) return ['## Exemptions that end soon', '', 'None.', ''];
  const rows = exemptionsEnding.map(
    (one) =>
      `| ${dayOf(one.until)} | ${safe(one.resource)} | ${safe(one.control)} | ${safe(one.reason)} | ${safe(one.by)} |`,
  );
  const head = ['| ends | resource | control | reason | by |', '|---|---|---|---|---|'];
  return ['## Exemptions that end soon', '', ...head, ...rows, ''];
}

/** A name stays a name: no link, no tag, no table cell of its own. */
function safe(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
      .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '·')
      .replace(/[\\`*_{}[\]<>()#|!~&@]|:\/\//g, (sign) => (sign === '://' ? '\\://' : `\\${sign}`))
  );
}

export function reportPage(report: Report): string {
  const { since, until, topOpeners, byControl, byAccount, byOutcome } = report;
  const bars = (title: string, rows: [string, number][]) =>
    html`<section><h2>${title}</h2>${
      rows.length === 0
        ? html`<p class="empty">Nothing.</p>`
        : barList(
            rows.map(([label, value]) => ({ label, value, href: null })),
            'cases',
          )
    }</section>`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>What was open, ${dayOf(since)} to ${dayOf(until)}</title><style>${new Html(style)}</style></head><body><main>
<h1>What was open, ${dayOf(since)} to ${dayOf(until)}</h1>
<ul class="tiles">${summary(report).map(([label, value]) => html`<li><b>${value}</b> ${label}</li>`)}</ul>
<div class="columns">${bars('Top openers', topOpeners)}${bars('By control', byControl)}${bars('By account', byAccount)}${bars('By outcome', byOutcome)}</div>
${caseSection('What was shut', report.shutCases, report.shut)}
${caseSection('What is not finished', report.leftOpen, report.leftOpen.length)}
${exemptionSection(report)}
</main></body></html>
`.text;
}

function caseSection(title: string, lines: readonly ReportLine[], total: number): Html {
  const rows = lines.map((one) => [
    dayOf(one.openedAt),
    html`${one.name ? html`<b>${one.name}</b> ` : ''}<span class="id">${one.resource}</span>`,
    one.open,
    html`<span class="severity ${one.severity}">${one.severity}</span>`,
    spanOf(one.openForMs),
    one.actor ?? 'nobody named',
    html`<code>${one.caseId}</code>`,
  ]);
  const left = total - lines.length;
  return html`<section><h2>${title}</h2>${table(['Day', 'Resource', 'Open', 'Severity', 'Open for', 'Opened by', 'Case'], rows)}${left > 0 ? html`<p class="meta">${left} more are not listed.</p>` : ''}</section>`;
}

function exemptionSection({ exemptionsEnding }: Report): Html {
  const rows = exemptionsEnding.map((one) => [
    dayOf(one.until),
    one.resource,
    one.control,
    one.reason,
    one.by,
  ]);
  return html`<section><h2>Exemptions that end soon</h2>${table(['Ends', 'Resource', 'Control', 'Reason', 'By'], rows)}</section>`;
}

function table(heads: readonly string[], rows: readonly (readonly Part[])[]): Html {
  if (rows.length === 0) return html`<p class="empty">Nothing.</p>`;
  return html`<table><thead><tr>${heads.map((one) => html`<th scope="col">${one}</th>`)}</tr></thead><tbody>${rows.map(
    (row) => html`<tr>${row.map((cell, at) => html`<td data-label="${heads[at]}">${cell}</td>`)}</tr>`,
  )}</tbody></table>`;
}
