/** What a backtest counted. */
export interface Summary {
  records: number;
  /** Records that changed a guarded resource, each counted once. */
  changes: number;
  duplicates: number;
  failedCalls: number;
  /** Calls that change something guarded, of which place or time cannot be read. */
  unusable: number;
  /** Calls that may change something guarded, and told of nothing that a control looks at, or of no resource. */
  silent: number;
  unreadable: string[];
  resources: number;
  /** Resources that were never exposed, as far as the records tell. */
  clean: number;
  /** Resources that were there before the first record that names them: what they had open then is unknown. */
  unknownBefore: number;
  /** Of these, resources of which too little is known to judge them at all. */
  notJudged: number;
  /** Changes of parts that no record tells of. */
  unclearChanges: number;
  exposures: number;
  /** How many approvals would have been asked. */
  approvals: number;
  outcomes: { [outcome: string]: number };
  from: string | null;
  until: string | null;
}

/** Sentences for people. */
export function tellSummary(summary: Summary): string[] {
  const lines = [
    `${summary.records} records, ${summary.changes} changes of ${summary.resources} guarded resources` +
      (summary.from === null ? '' : `, ${summary.from} to ${summary.until}`),
    `${summary.exposures} exposures: ${told(summary.outcomes) || 'none'}; ${summary.approvals} approvals asked; ${summary.clean} resources clean`,
  ];
  const { unknownBefore, notJudged, unclearChanges, duplicates, failedCalls, unusable, silent, unreadable } =
    summary;
  if (unknownBefore > 0)
    lines.push(
      `${unknownBefore} of the resources were there before the first record of them: what they had open then is unknown` +
        (notJudged > 0 ? `, and of ${notJudged} too little is known to judge them` : ''),
    );
  if ((summary.outcomes.fixed ?? 0) > 0)
    lines.push('percentPerHour is not counted: the logs do not tell how many resources there were');
  if (unclearChanges > 0) lines.push(`${unclearChanges} changes were of parts that no record tells of`);
  if (duplicates > 0) lines.push(`${duplicates} records came more than once and count once`);
  if (failedCalls > 0) lines.push(`${failedCalls} calls failed and changed nothing`);
  if (unusable > 0) lines.push(`${unusable} changes name no place or time that can be read`);
  if (silent > 0)
    lines.push(`${silent} calls that may change something guarded told of nothing that is judged`);
  if (unreadable.length > 0) lines.push(`${unreadable.length} unreadable; the rest was read`);
  return lines;
}

function told(outcomes: Summary['outcomes']): string {
  return Object.entries(outcomes)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}
