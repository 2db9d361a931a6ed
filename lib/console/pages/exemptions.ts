import type { Policy } from '../../config.ts';
import type { Exemption } from '../../model.ts';
import { endOf } from '../../policy/dates.ts';
import { linkOf } from '../filters.ts';
import { type Html, html } from '../html.ts';
import { relative } from './words.ts';

/** What may stay open, and until when; what ends soon stands first. */

interface Line {
  resource: Html;
  control: string;
  until: Date;
  reason: string;
  by: string;
}

const shownMax = 500;
const soonMs = 7 * 86_400_000;

export function exemptionsBody(stored: readonly Exemption[], policy: Policy, now: Date): Html {
  const lines = [...stored.map(storedLine), ...policy.exemptions.map(writtenLine)].flatMap((one) =>
    one === null ? [] : [one],
  );
  const inEffect = lines.filter((one) => one.until > now).toSorted((a, b) => +a.until - +b.until);
  const ended = lines.filter((one) => one.until <= now).toSorted((a, b) => +b.until - +a.until);
  return html`<h1>Exemptions</h1>
<div id="list" data-live>
${inEffect.length === 0 ? html`<p class="empty">Nothing is exempt now.</p>` : table(inEffect, now, 'In effect, the next to end first')}
${ended.length === 0 ? '' : html`<details><summary>${ended.length} that ended</summary>${table(ended, now, 'Ended')}</details>`}
</div>`;
}

function table(lines: readonly Line[], now: Date, caption: string): Html {
  const rows = lines.slice(0, shownMax).map(
    (
      one,
    ) => html`<tr><td data-label="Ends"><time datetime="${one.until.toISOString()}">${one.until.toISOString().slice(0, 16).replace('T', ' ')}</time> <span class="${+one.until - +now < soonMs && one.until > now ? 'soon' : 'meta'}">${relative(one.until.toISOString(), now)}</span></td>
<td data-label="Resource">${one.resource}</td><td data-label="Control">${one.control}</td><td data-label="Reason">${one.reason}</td><td data-label="By">${one.by}</td></tr>`,
  );
  const left = lines.length - rows.length;
  return html`<table><caption>${caption}</caption><thead><tr><th scope="col">Ends</th><th scope="col">Resource</th><th scope="col">Control</th><th scope="col">Reason</th><th scope="col">By</th></tr></thead><tbody>${rows}</tbody></table>${left > 0 ? html`<p class="meta">${left} more are not shown.</p>` : ''}`;
}

function storedLine({ resourceKey, control, until, reason, by }: Exemption): Line | null {
  const end = endOf(until);
  if (end === null) return null;
  const resource = html`<a href="/console${linkOf({ resource: resourceKey })}">${resourceKey}</a>`;
  return { resource, control, until: end, reason, by };
}

function writtenLine({ resource, control, until, reason, by }: Policy['exemptions'][number]): Line | null {
  const end = endOf(until);
  return end && { resource: html`${resource}`, control, until: end, reason, by: by ?? 'the policy file' };
}
