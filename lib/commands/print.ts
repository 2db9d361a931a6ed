import { styleText } from 'node:util';
import type { Case } from '../cases.ts';
import { openTo, tellActor } from '../describe-case.ts';
import type { Outcome, OutcomeName } from '../model.ts';

/** What commands print. Colours only where the stream is a terminal and NO_COLOR is not set. */

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Text from clouds and people may hold anything: control characters would drive the reader's terminal. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\u00b7');
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function warn(text: string): void {
  process.stderr.write(`snapshut: ${plain(text)}\n`);
}

const colours: { [name in OutcomeName]: 'green' | 'yellow' | 'red' | 'gray' | 'cyan' } = {
  clean: 'gray',
  gone: 'gray',
  ignored: 'gray',
  exempt: 'gray',
  told: 'yellow',
  asked: 'yellow',
  held: 'yellow',
  planned: 'cyan',
  fixed: 'green',
  undone: 'cyan',
  unfixed: 'red',
  failed: 'red',
  refused: 'red',
};

/** `FIXED   ` in its colour. */
export function badge(outcome: OutcomeName): string {
  return styleText(colours[outcome], outcome.toUpperCase().padEnd(8), { stream: process.stdout });
}

/** 0 done, 1 something is left unfixed or failed. */
export function exitCodeOf(outcomes: Iterable<OutcomeName>): 0 | 1 {
  const bad: readonly OutcomeName[] = ['unfixed', 'failed', 'refused'];
  for (const outcome of outcomes) if (bad.includes(outcome)) return 1;
  return 0;
}

/** One outcome for people: what was open, to whom, since when, who opened it, what was shut, how to undo. */
export function tellOutcome(one: Outcome, about: Case | null): string {
  const name = about?.resourceName ? ` (${about.resourceName})` : '';
  const where = one.resource ? `${one.resource.id}${name}` : one.eventId;
  const lines = [`${badge(one.outcome)} ${plain(where)}  ${plain(one.why)}`];
  const say = (label: string, text: string) => lines.push(`         ${label.padEnd(9)} ${plain(text)}`);
  if (about !== null && one.caseId !== null && one.outcome !== 'exempt') {
    for (const text of openTo(about)) say('open', text);
    say('since', `${about.since ?? 'unknown'}, opened by ${tellActor(about.actor)}`);
    if (one.resource) say('where', placeOf(one, about));
  }
  for (const change of one.changes) say(changeLabels[one.outcome] ?? 'planned', change.text);
  const next = nextStep(one);
  if (next !== null) say(next.label, next.command);
  return lines.join('\n');
}

const changeLabels: { [name in OutcomeName]?: string } = {
  fixed: 'done',
  undone: 'done',
  unfixed: 'left',
  asked: 'would',
  held: 'would',
  told: 'could',
};

function placeOf({ resource, control }: Outcome, { severity }: Case): string {
  return `${resource?.provider} ${resource?.account} ${resource?.region}, ${control}, ${severity}`;
}

function nextStep({ outcome, caseId }: Outcome): { label: string; command: string } | null {
  if (caseId === null) return null;
  if (outcome === 'fixed') return { label: 'put back', command: `npx snapshut undo ${caseId}` };
  if (outcome === 'asked' || outcome === 'held')
    return { label: 'answer', command: `npx snapshut approve ${caseId}   or   npx snapshut deny ${caseId}` };
  if (outcome === 'unfixed' || outcome === 'told' || outcome === 'refused')
    return { label: 'story', command: `npx snapshut show ${caseId}` };
  return null;
}
