import { backtest, type Summary } from '../backtest/backtest.ts';
import type { ExposureLine } from '../backtest/timeline.ts';
import { controls } from '../controls/registry.ts';
import { policyView } from '../policy/view.ts';
import { clock, readPolicy } from '../wire.ts';
import { badge, plain, printJson, say, tellActor, warn } from './print.ts';

interface Options {
  json: boolean;
  html?: string;
  policy?: string;
}

/** `snapshut backtest`: no cloud, no credentials. */
export async function backtestFiles(files: readonly string[], options: Options): Promise<number> {
  const policy = await readPolicy(options.policy, clock(undefined)());
  const result = await backtest(files, {
    controls,
    policy: policyView(policy, controls),
    stdin: process.stdin,
    onUnreadable: warn,
  });
  for (const line of result.exposures) {
    if (options.json) printJson(line);
    else say(tellExposure(line));
  }
  const told = tellSummary(result.summary);
  for (const line of told) {
    if (options.json) warn(line);
    else say(line);
  }
  return result.summary.unreadable.length > 0 ? 1 : 0;
}

function tellExposure(line: ExposureLine): string {
  const { resource, control, openedAt, closedAt, outcome, why, actor } = line;
  const until =
    closedAt === null ? 'and no record closes it' : `until ${closedAt}, ${span(openedAt, closedAt)}`;
  const lines = [
    `${badge(outcome)} ${plain(resource.id)}  ${control}: ${plain(why)}`,
    `         since ${openedAt} ${until}; opened by ${plain(tellActor(actor))}`,
  ];
  for (const change of line.changes) lines.push(`         - ${plain(change.text)}`);
  return lines.join('\n');
}

/** `3 d 4 h`, `25 min`, `12 s`. */
export function span(from: string, until: string): string {
  const seconds = Math.round((Date.parse(until) - Date.parse(from)) / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  const hours = Math.round(seconds / 3600);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function tellSummary(summary: Summary): string[] {
  const lines = [
    `${summary.records} records, ${summary.changes} changes of ${summary.resources} guarded resources` +
      (summary.from === null ? '' : `, ${summary.from} to ${summary.until}`),
    `${summary.exposures} exposures: ${told(summary.outcomes) || 'none'}; ${summary.approvals} approvals asked; ${summary.clean} resources clean`,
  ];
  const { unknownBefore, notJudged, unclearChanges, duplicates, failedCalls, unusable, unreadable } = summary;
  if (unknownBefore > 0)
    lines.push(
      `${unknownBefore} of the resources were there before the first record of them: what they had open then is unknown` +
        (notJudged > 0 ? `, and of ${notJudged} too little is known to judge them` : ''),
    );
  if (unclearChanges > 0) lines.push(`${unclearChanges} changes were of parts that no record tells of`);
  if (duplicates > 0) lines.push(`${duplicates} records came more than once and count once`);
  if (failedCalls > 0) lines.push(`${failedCalls} calls failed and changed nothing`);
  if (unusable > 0) lines.push(`${unusable} changes name no place, time or resource that can be read`);
  if (unreadable.length > 0) lines.push(`${unreadable.length} unreadable; the rest was read`);
  return lines;
}

function told(outcomes: Summary['outcomes']): string {
  return Object.entries(outcomes)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}
