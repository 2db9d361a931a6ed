import { writeFile } from 'node:fs/promises';
import { backtest } from '../backtest/backtest.ts';
import { pageOf } from '../backtest/page.ts';
import { span } from '../backtest/span.ts';
import { tellSummary } from '../backtest/summary.ts';
import type { ExposureLine } from '../backtest/timeline.ts';
import { controls } from '../controls/registry.ts';
import { tellActor } from '../describe-case.ts';
import { policyView } from '../policy/view.ts';
import { clock } from '../wire-clock.ts';
import { readPolicy } from '../wire-policy.ts';
import { badge, plain, printJson, say, warn } from './print.ts';

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
  if (options.html !== undefined) await writeFile(options.html, pageOf(result));
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
