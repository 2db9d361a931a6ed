import { styleText } from 'node:util';
import type { Case } from '../cases.ts';
import type { Actor, Outcome, OutcomeName } from '../model.ts';

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
  const where = one.resource
    ? `${one.resource.id}${about?.resourceName ? ` (${about.resourceName})` : ''}`
    : one.eventId;
  const lines = [`${badge(one.outcome)} ${plain(where)}  ${plain(one.why)}`];
  if (about !== null && one.caseId !== null && one.outcome !== 'exempt')
    lines.push(`         ${plain(origin(about))}`);
  for (const change of one.changes) lines.push(`         - ${plain(change.text)}`);
  const next = nextStep(one);
  if (next !== null) lines.push(`         ${next}`);
  return lines.join('\n');
}

function origin(about: Case): string {
  const exposed = about.exposures.map((each) => `${each.what} to ${each.to}`).join(', ');
  const since = about.since ? ` since ${about.since}` : '';
  return `open: ${exposed}${since}; opened by ${tellActor(about.actor)}`;
}

export function tellActor(actor: Actor | null): string {
  if (actor === null) return 'nobody named (found by a sweep)';
  const how = [actor.via, actor.sourceIp].filter((part) => part !== null).join(', ');
  return how === '' ? actor.name : `${actor.name} (${how})`;
}

function nextStep({ outcome, caseId }: Outcome): string | null {
  if (caseId === null) return null;
  if (outcome === 'fixed') return `put back: npx snapshut undo ${caseId}`;
  if (outcome === 'asked' || outcome === 'held')
    return `answer: npx snapshut approve ${caseId}   or   deny ${caseId}`;
  return null;
}
