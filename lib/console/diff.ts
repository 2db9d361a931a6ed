import type { Entry } from '../cases.ts';
import { type Kind, kinds, type State } from '../kinds.ts';
import type { Change, Element, Json, ToldChange } from '../model.ts';

/** What a resource was and is, as lines that were taken out, put in, or stayed. Pure. */

export interface DiffLine {
  sign: '-' | '+' | ' ';
  text: string;
  /** More of it: a whole statement, as it is written. */
  detail: string | null;
}

export interface DiffPart {
  part: string;
  lines: DiffLine[];
  /** Lines that stayed and are not shown. */
  left: number;
}

const stayedMax = 30;

/** The state before our first change, and all changes that entries of the case name; null before any. */
export function changedBy(entries: readonly Entry[]): { before: State; changes: ToldChange[] } | null {
  const intents = entries.flatMap(({ story }) => (story.type === 'intent' ? [story] : []));
  const last = intents.at(-1);
  return last === undefined ? null : { before: last.before, changes: last.changes };
}

/** Part by part, as `before` is once these changes are made. */
export function diffOf(before: State, changes: readonly Change[]): DiffPart[] {
  const parts = kinds[before.kind].parts.filter((part) => changes.some((change) => change.part === part));
  return parts.map((part) => {
    const own = changes.filter((change) => change.part === part);
    // Unlike `partOf`: a state that an earlier version stored may lack a part of today.
    const held = (before as unknown as { [part: string]: Element[] | { [name: string]: Json } })[part] ?? {};
    return Array.isArray(held) ? elementsDiff(before.kind, part, held, own) : settingsDiff(part, held, own);
  });
}

/** Where the state before is not stored: the changes alone. */
export function changesDiff(kind: Kind, changes: readonly Change[]): DiffPart[] {
  const parts = [...new Set(changes.map((change) => change.part))];
  return parts.map((part) => {
    const own = changes.filter((change) => change.part === part);
    const lines = own.flatMap((change) =>
      change.op === 'set' ? setLines(change) : [elementLine(kind, part, change.value, signOf(change))],
    );
    return { part, lines, left: 0 };
  });
}

const signOf = (change: Change) => (change.op === 'remove' ? '-' : '+');

function elementsDiff(kind: Kind, part: string, held: Element[], changes: readonly Change[]): DiffPart {
  const removed = new Set(changes.flatMap((one) => (one.op === 'remove' ? [one.value.id] : [])));
  const added = changes.flatMap((one) => (one.op === 'add' ? [one.value] : []));
  const stayed = held.filter((one) => !removed.has(one.id));
  const shown = new Set(stayed.slice(0, stayedMax).map((one) => one.id));
  const lines = held.flatMap((one) => {
    if (removed.has(one.id)) return [elementLine(kind, part, one, '-')];
    return shown.has(one.id) ? [elementLine(kind, part, one, ' ')] : [];
  });
  lines.push(...added.map((one) => elementLine(kind, part, one, '+')));
  return { part, lines, left: stayed.length - shown.size };
}

function elementLine(kind: Kind, part: string, value: Element, sign: DiffLine['sign']): DiffLine {
  // A change tells what is done; the line is about what it is done to.
  const told = kinds[kind].describe({ op: 'add', part, value }).replace(/^\S+ /, '');
  const { description, statement } = value;
  const text = typeof description === 'string' && description !== '' ? `${told}  “${description}”` : told;
  const detail = sign !== ' ' && statement !== undefined ? JSON.stringify(statement, null, 2) : null;
  return { sign, text, detail };
}

function settingsDiff(part: string, held: { [name: string]: Json }, changes: readonly Change[]): DiffPart {
  const set = new Map(changes.flatMap((one) => (one.op === 'set' ? [[one.id, one] as const] : [])));
  const names = [...new Set([...Object.keys(held), ...set.keys()])];
  const lines = names.flatMap((name): DiffLine[] => {
    const change = set.get(name);
    if (change) return setLines({ ...change, from: held[name] ?? change.from });
    return [{ sign: ' ', text: `${name}: ${spelt(held[name] ?? null)}`, detail: null }];
  });
  return { part, lines, left: 0 };
}

function setLines({ id, from, to }: Extract<Change, { op: 'set' }>): DiffLine[] {
  return [
    { sign: '-', text: `${id}: ${spelt(from)}`, detail: null },
    { sign: '+', text: `${id}: ${spelt(to)}`, detail: null },
  ];
}

function spelt(value: Json): string {
  if (value === null) return 'not set';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
