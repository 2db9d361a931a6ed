import { canonical } from '../fingerprint.ts';
import { elementsOf, inOneOrder, withoutStatement, withStatement } from '../iam/document.ts';
import { isRecord } from '../iam/statement.ts';
import type { PolicyStatement } from '../kinds/statement.ts';
import type { TrailState } from '../kinds/trail.ts';
import type { Json } from '../model.ts';
import type { Settings } from './control.ts';
import { statementExposures } from './public-statements.ts';

/** What the service's own rules and queues lost since an earlier look, and their shape with it put back. */

type Shape = { [field: string]: Json };
type Known = NonNullable<Settings['was']>;

/** Words for what is missing, empty where nothing is; what was added beside it is nobody's loss. */
export function lossesOf({ service, settings }: TrailState, was: Known, about: Settings): string[] {
  const [before, now] = [recordOf(was.shape), recordOf(settings.shape)];
  if (!before || !now) return [];
  if (service === 'event-rule') return ruleLosses(before, now);
  if (service === 'event-bus') return busLosses(before, now, about);
  return attributeLosses(before, now, about);
}

/** The shape now, with what it lost. */
export function restoredShape({ service, settings }: TrailState, was: Known, about: Settings): Json {
  const [before, now] = [recordOf(was.shape), recordOf(settings.shape)];
  if (!before) return null;
  if (!now) return before;
  if (service === 'event-bus') return restoredBus(before, now, about);
  if (service !== 'event-rule') return { ...now, ...wantedAttributes(before, about) };
  const lost = lostTargets(before, now);
  const ids = new Set(lost.map((one) => one.Id));
  const others = targetsOf(now).filter((one) => !ids.has(one.Id ?? null));
  const targets = [...others, ...lost].toSorted((a, b) => (String(a.Id) < String(b.Id) ? -1 : 1));
  return { rule: before.rule ?? null, targets };
}

function ruleLosses(before: Shape, now: Shape): string[] {
  const lost = lostTargets(before, now);
  const [old, rule] = [recordOf(before.rule) ?? {}, recordOf(now.rule) ?? {}];
  const isOther = (name: string) => canonical(old[name] ?? null) !== canonical(rule[name] ?? null);
  return [
    ...(isOther('EventPattern') || isOther('ScheduleExpression') ? ['the events that it was made for'] : []),
    ...(lost.length > 0 ? [`its target ${lost.map((one) => one.Id).join(', ')}`] : []),
  ];
}

function lostTargets(before: Shape, now: Shape): Shape[] {
  const there = new Set(targetsOf(now).map((one) => canonical(one)));
  return targetsOf(before).filter((one) => !there.has(canonical(one)));
}

function targetsOf({ targets }: Shape): Shape[] {
  return Array.isArray(targets) ? targets.filter(isRecord) : [];
}

function attributeLosses(before: Shape, now: Shape, about: Settings): string[] {
  return Object.entries(wantedAttributes(before, about)).flatMap(([name, value]) =>
    canonical(now[name] ?? null) === canonical(value) ? [] : [`its ${name}`],
  );
}

/** Who may send is one statement each: the others stay as they are. */
function busLosses(before: Shape, now: Shape, about: Settings): string[] {
  const lost = lostStatements(before, now, about);
  return lost.length === 0 ? [] : [`its senders (${lost.map((one) => one.id).join(', ')})`];
}

function restoredBus(before: Shape, now: Shape, about: Settings): Shape {
  const lost = lostStatements(before, now, about);
  const ids = new Set(lost.map((one) => one.id));
  const changed = statementsOf(now).filter((one) => ids.has(one.id));
  const held = typeof now.Policy === 'string' ? now.Policy : null;
  const rest = changed.reduce<string | null>((text, one) => text && withoutStatement(text, one), held);
  const Policy = lost.reduce((text, one) => withStatement(text, one), rest);
  return Policy === null ? now : { ...now, Policy: inOneOrder(Policy) };
}

function lostStatements(before: Shape, now: Shape, about: Settings): PolicyStatement[] {
  const there = new Set(statementsOf(now).map((one) => canonical(one.statement)));
  const wanted = statementsOf(wantedAttributes(before, about));
  return wanted.filter((one) => !there.has(canonical(one.statement)));
}

function statementsOf({ Policy }: Shape): PolicyStatement[] {
  return (typeof Policy === 'string' ? elementsOf(Policy) : null) ?? [];
}

/** A policy that lets everybody in was never meant to come back, and public-policy takes it away. */
function wantedAttributes(before: Shape, about: Settings): Shape {
  const { Policy, ...rest } = before;
  const statements = typeof Policy === 'string' ? elementsOf(Policy) : null;
  if (Policy === undefined || statements === null) return rest;
  const asked = { part: 'statements', statements, owner: '', services: 'trusted', severity: 'high' } as const;
  const isOpen = statementExposures(asked, about).some((one) => one.ask === undefined);
  return isOpen ? rest : before;
}

function recordOf(value: Json | undefined): Shape | null {
  return value !== undefined && isRecord(value) ? value : null;
}
