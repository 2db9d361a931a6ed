import { escaped } from '../escaped.ts';
import type { EndpointState } from '../kinds/endpoint.ts';
import { severities } from '../model.ts';
import type { ScanLine } from './line.ts';
import { gradeOf } from './tls/grade.ts';

/** The scan as one page without scripts, that can be mailed and read anywhere. */
export function scanPage(states: readonly EndpointState[], lines: readonly ScanLine[], at: Date): string {
  const counts = severities
    .toReversed()
    .map(
      (severity) =>
        `<li class="${severity}"><b>${lines.filter((one) => one.severity === severity).length}</b> ${severity}</li>`,
    );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>What we expose</title><style>${style}</style></head><body>
<h1>What we expose</h1>
<p>${states.length} addresses, ${states.reduce((sum, one) => sum + one.ports.length, 0)} open ports, ${escaped(at.toISOString())}</p>
<ul class="counts">${counts.join('')}</ul>
${states.map((state) => section(state, lines)).join('\n')}
</body></html>
`;
}

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1b1f;background:#fff}
h1{margin-bottom:0}table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #ddd;vertical-align:top;overflow-wrap:anywhere}
.counts{list-style:none;display:flex;gap:1rem;padding:0;flex-wrap:wrap}.counts li{padding:.3rem .8rem;border-radius:.4rem;background:#eee}
.critical b,.high b,td.critical,td.high{color:#a40000;font-weight:600}td.medium,.medium b{color:#7a4a00;font-weight:600}
@media(prefers-color-scheme:dark){body{color:#e6e6e9;background:#1b1b1f}th,td{border-color:#444}.counts li{background:#2c2c33}
.critical b,.high b,td.critical,td.high{color:#ff8a80}td.medium,.medium b{color:#ffc46b}}`;

function section(state: EndpointState, lines: readonly ScanLine[]): string {
  const target = state.name ?? state.address;
  const own = lines.filter(
    (one) => one.target === target && state.ports.some((port) => port.port === one.port),
  );
  const title = state.name === null ? state.address : `${state.name} (${state.address})`;
  return `<h2>${escaped(title)}</h2>
<table><thead><tr><th>Port</th><th>Service</th><th>TLS</th><th>Headers</th></tr></thead><tbody>
${state.ports.map((one) => portRow(one.port, state)).join('\n') || '<tr><td colspan="4">no open ports</td></tr>'}
</tbody></table>
${own.length === 0 ? '<p>Nothing to tell.</p>' : findings(own)}`;
}

function portRow(port: number, state: EndpointState): string {
  const service = state.ports.find((one) => one.port === port);
  const tls = state.tls.find((one) => one.port === port);
  const http = state.http.find((one) => one.port === port);
  const banner = service?.banner ? ` <small>${escaped(service.banner)}</small>` : '';
  const grade =
    tls === undefined || tls.versions.length === 0
      ? ''
      : `${gradeOf(tls) ?? 'below old'} (${tls.versions.join(', ')})`;
  const score = http === undefined ? '' : `${http.grade} (${http.score})`;
  return `<tr><td>tcp/${port}</td><td>${escaped(service?.service ?? '')}${banner}</td><td>${escaped(grade)}</td><td>${score}</td></tr>`;
}

function findings(lines: readonly ScanLine[]): string {
  const rows = lines.map(
    (one) =>
      `<tr><td class="${one.severity}">${one.severity}</td><td>tcp/${one.port}</td><td>${escaped(one.control)}</td><td>${escaped(one.why)}</td></tr>`,
  );
  return `<table><thead><tr><th>Severity</th><th>Port</th><th>Control</th><th>Why</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}
