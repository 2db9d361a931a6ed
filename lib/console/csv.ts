import type { Case } from '../cases.ts';
import { openForMs, openTo } from '../describe-case.ts';
import { resourceKey } from '../model.ts';

/** Cases as a table for a spreadsheet. Pure. */

const columns: { [name: string]: (one: Case) => string } = {
  case: (one) => one.caseId,
  opened: (one) => one.openedAt,
  closed: (one) => one.closedAt ?? '',
  outcome: (one) => one.outcome,
  severity: (one) => one.severity,
  control: (one) => one.control,
  provider: (one) => one.resource.provider,
  account: (one) => one.resource.account,
  region: (one) => one.resource.region,
  resource: (one) => resourceKey(one.resource),
  name: (one) => one.resourceName ?? '',
  open: (one) => openTo(one).join('; '),
  since: (one) => one.since ?? '',
  actor: (one) => one.actor?.name ?? '',
  via: (one) => one.actor?.via ?? '',
  openForMs: (one) => String(openForMs(one) ?? ''),
  why: (one) => one.why,
  changes: (one) => one.changes.map((change) => change.text).join('; '),
};

export const csvHead = `${Object.keys(columns).map(cell).join(',')}\r\n`;

export function csvLine(one: Case): string {
  return `${Object.values(columns)
    .map((of) => cell(of(one)))
    .join(',')}\r\n`;
}

/**
 * A cell that a spreadsheet takes as text: one that would be a formula gets an apostrophe.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export function cell(text: string): string {
  const plain = text.toWellFormed().replaceAll('\0', '');
  const safe = /^[\s\p{Cf}]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u.test(plain) ? `'${plain}` : plain;
  return `"${safe.replaceAll('"', '""')}"`;
}
