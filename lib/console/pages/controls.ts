import type { Policy } from '../../config.ts';
import type { Control } from '../../controls/control.ts';
import { linkOf } from '../filters.ts';
import { type Html, html } from '../html.ts';

/** What is guarded with, and in which mode. */
export function controlsBody(controls: readonly Control[], policy: Policy): Html {
  const rows = controls.map(({ name, kind, title, remedy, defaultMode }) => {
    const mode = policy.controls[name]?.mode ?? defaultMode;
    const scopes = policy.scopes.filter((one) => one.mode !== undefined && (one.control ?? name) === name);
    return html`<tr><td data-label="Control"><a href="/console${linkOf({ control: name })}">${name}</a><br><span class="meta">${kind}</span></td>
<td data-label="Mode"><span class="mode ${mode}">${mode}</span>${mode === defaultMode ? '' : html`<br><span class="meta">by default ${defaultMode}</span>`}</td>
<td data-label="Finds">${title}</td><td data-label="Does">${remedy}</td>
<td data-label="Elsewhere">${scopes.map((one) => html`<p><span class="mode ${one.mode}">${one.mode}</span> <span class="meta">where ${JSON.stringify(one.match)}</span></p>`)}</td></tr>`;
  });
  return html`<h1>Controls</h1>
<table><caption>Modes are those of the policy file: fix shuts, ask waits for an answer, tell only says, off does not look.</caption>
<thead><tr><th scope="col">Control</th><th scope="col">Mode</th><th scope="col">Finds</th><th scope="col">Does</th><th scope="col">Elsewhere</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}
