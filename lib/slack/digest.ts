import type { Case } from '../cases.ts';
import { code, prose } from './inert.ts';
import { limits, type Message, type MessageSettings, mrkdwn, titles } from './message.ts';

/** A storm as one message with counts, and its cases in the thread. Pure. */

export const casesPerPage = 15;

export function digestMessage(cases: readonly Case[], since: string): Message {
  const open = cases.filter((one) => one.closedAt === null).length;
  const head = `*${cases.length} more cases* since ${since}, ${open} of them not closed: too many for a message each.`;
  const counts = [
    `*Outcome*\n${counted(cases, (one) => titles[one.outcome])}`,
    `*Severity*\n${counted(cases, (one) => one.severity)}`,
    `*Control*\n${counted(cases, (one) => one.control)}`,
    `*Account*\n${counted(cases, (one) => one.resource.account)}`,
  ];
  return {
    text: `${cases.length} more cases since ${since}, ${open} of them not closed`,
    blocks: [
      { type: 'section', text: mrkdwn(head) },
      { type: 'section', fields: counts.map(mrkdwn) },
      {
        type: 'context',
        elements: [mrkdwn('Each case stands in the thread; `/snapshut show CASE` gives it its buttons.')],
      },
    ],
  };
}

/** The list of the cases, in replies that each hold some of them. */
export function digestPages(cases: readonly Case[], { consoleUrl }: MessageSettings): string[] {
  const lines = cases.map((one) => {
    const id =
      /^[\w-]+$/.test(one.caseId) && consoleUrl !== null
        ? `<${consoleUrl}/cases/${one.caseId}|${one.caseId}>`
        : code(one.caseId, 40);
    return `${id} ${titles[one.outcome]} · ${one.severity} · ${code(one.control, 40)} ${code(one.resource.id, 90)}`;
  });
  const pages: string[] = [];
  for (let at = 0; at < lines.length; at += casesPerPage)
    pages.push(lines.slice(at, at + casesPerPage).join('\n'));
  return pages;
}

function counted(cases: readonly Case[], of: (one: Case) => string): string {
  const counts = new Map<string, number>();
  for (const one of cases) counts.set(of(one), (counts.get(of(one)) ?? 0) + 1);
  const sorted = [...counts].toSorted((a, b) => b[1] - a[1]);
  const shown = sorted.slice(0, 8).map(([name, count]) => `${count} ${prose(name, 60)}`);
  const rest = sorted.slice(8).reduce((sum, [, count]) => sum + count, 0);
  return [...shown, ...(rest > 0 ? [`${rest} others`] : [])].join('\n').slice(0, limits.field);
}
