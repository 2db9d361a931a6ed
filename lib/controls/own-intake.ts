import { canonical } from '../fingerprint.ts';
import { elementsOf } from '../iam/document.ts';
import { isRecord } from '../iam/statement.ts';
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
  return service === 'event-rule' ? ruleLosses(before, now) : queueLosses(before, now, about);
}

/** The shape now, with what it lost. */
export function restoredShape({ service, settings }: TrailState, was: Known, about: Settings): Json {
  const [before, now] = [recordOf(was.shape), recordOf(settings.shape)];
  if (!before) return null;
  if (!now) return before;
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

function queueLosses(before: Shape, now: Shape, about: Settings): string[] {
  return Object.entries(wantedAttributes(before, about)).flatMap(([name, value]) =>
    canonical(now[name] ?? null) === canonical(value) ? [] : [`its ${name}`],
  );
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
