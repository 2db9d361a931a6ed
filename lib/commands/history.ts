import type { Case, Entry } from '../cases.ts';
import { openTo, tellActor } from '../describe-case.ts';
import { TerminalError } from '../errors.ts';
import { verify } from '../history/chain.ts';
import { outcomes, resourceKey } from '../model.ts';
import type { CaseQuery } from '../ports.ts';
import { clock } from '../wire-clock.ts';
import { openHistory } from '../wire-state.ts';
import { pastTime } from './past-time.ts';
import { badge, plain, printJson, say, warn } from './print.ts';

interface ListOptions {
  json: boolean;
  since?: string;
  until?: string;
  resource?: string;
  control?: string;
  outcome?: string;
  actor?: string;
  account?: string;
  open: boolean;
  limit: number;
}

/** `snapshut history` */
export async function listCases(options: ListOptions): Promise<number> {
  const history = openHistory(true);
  try {
    const query = queryOf(options, clock(undefined)());
    let left = options.limit;
    let cursor: string | null = null;
    do {
      const page = await history.find({
        ...query,
        limit: Math.min(left, 500),
        ...(cursor === null ? {} : { cursor }),
      });
      for (const one of page.cases.filter((each) => fitsResource(each, options.resource))) {
        left -= 1;
        if (options.json) printJson(caseLine(one));
        else say(listed(one));
      }
      cursor = page.cursor;
    } while (cursor !== null && left > 0);
    if (left === options.limit && !options.json) say('no cases');
  } finally {
    await history.close();
  }
  return 0;
}

function queryOf(options: ListOptions, now: Date): CaseQuery {
  const { control, actor, account, open, limit } = options;
  const outcome = outcomes.find((name) => name === options.outcome);
  if (options.outcome !== undefined && outcome === undefined) {
    throw new TerminalError(`--outcome ${options.outcome}: expected one of ${outcomes.join(', ')}`);
  }
  return {
    limit,
    ...(options.since && { since: pastTime('--since', options.since, now) }),
    ...(options.until && { until: pastTime('--until', options.until, now) }),
    ...(options.resource?.includes('/') && { resourceKey: options.resource }),
    ...(control && { control }),
    ...(outcome && { outcome }),
    ...(actor && { actor }),
    ...(account && { account }),
    ...(open && { open }),
  };
}

function fitsResource(one: Case, resource: string | undefined): boolean {
  return resource === undefined || one.resource.id === resource || resourceKey(one.resource) === resource;
}

function caseLine(one: Case) {
  const { caseId, resource, control, outcome, openedAt, closedAt, actor, changes } = one;
  return { caseId, resource, control, outcome, openedAt, closedAt, actor, changes };
}

function listed(one: Case): string {
  const name = one.resourceName ? ` (${one.resourceName})` : '';
  const what = openTo(one).join('; ');
  const where = `${one.resource.account} ${one.resource.region} ${one.resource.id}${name}`;
  return `${one.caseId}  ${badge(one.outcome)} ${one.openedAt}  ${plain(`${one.control}  ${where}  ${what}`)}`;
}

/** `snapshut show CASE`: the whole story, and whether its chain is whole. Exit 1 where it is not. */
export async function showCase(caseId: string, options: { json: boolean }): Promise<number> {
  const history = openHistory(true);
  try {
    const found = await history.get(caseId);
    if (found === null) throw new TerminalError(`there is no case ${caseId}`);
    const entries = await history.entries(caseId);
    const broken = await verify(history, caseId);
    if (options.json) printJson({ ...caseLine(found), ...storyOf(found), entries, broken });
    else for (const text of told(found, entries)) say(text);
    if (broken === null) return 0;
    warn(`the history of ${caseId} cannot be trusted: ${broken}`);
    return 1;
  } finally {
    await history.close();
  }
}

function storyOf({ resourceName, severity, why, exposures, since, eventName, asked }: Case) {
  return { resourceName, severity, why, exposures, since, eventName, asked };
}

function told(one: Case, entries: readonly Entry[]): string[] {
  const name = one.resourceName ? ` (${one.resourceName})` : '';
  return [
    `${badge(one.outcome)} ${one.caseId}  ${one.control}, ${one.severity}`,
    plain(`resource   ${resourceKey(one.resource)}${name}`),
    plain(`why        ${one.why}`),
    ...one.exposures.map((each) => plain(`open       ${each.what} to ${each.to}`)),
    plain(`since      ${one.since ?? 'unknown'} (${one.eventName})`),
    plain(`opened by  ${tellActor(one.actor)}`),
    `case       opened ${one.openedAt}, ${one.closedAt ? `closed ${one.closedAt}` : 'still open'}`,
    ...one.changes.map((change) => plain(`change     ${change.text}`)),
    ...(one.shut.length > 0 ? [`put back   npx snapshut undo ${one.caseId}`] : []),
    ...(one.asked ? [`answer     npx snapshut approve ${one.caseId} (until ${one.asked.expiresAt})`] : []),
    'entries',
    ...entries.map((entry) => plain(`  ${entry.seq}  ${entry.at}  ${entry.story.type}${sentence(entry)}`)),
  ];
}

function sentence({ story }: Entry): string {
  if (story.type === 'note') return ` by ${story.by}: ${story.text}`;
  const by = 'by' in story ? ` by ${story.by}` : '';
  const why = 'why' in story ? `: ${story.why}` : 'text' in story ? `: ${story.text}` : '';
  const changes =
    'changes' in story && story.changes.length > 0
      ? `: ${story.changes.map((one) => one.text).join('; ')}`
      : '';
  return `${by}${why || changes}`;
}
