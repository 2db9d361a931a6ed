import * as z from 'zod';
import { choiceCovers } from '../iam/choice.ts';
import { principalLimit } from '../iam/principals.ts';
import { isRecord, readStatement } from '../iam/statement.ts';
import type { PolicyState } from '../kinds/policy.ts';
import type { Change, Element, Exposure, Finding, Json, Severity } from '../model.ts';
import { worst } from '../model.ts';
import { control, type Settings } from './control.ts';
import { removals, sentenceOf, statementExposures, trustOf } from './public-statements.ts';

const severities: { [service: string]: Severity } = {
  kms: 'critical',
  secretsmanager: 'critical',
  backup: 'critical',
  lambda: 'high',
};

/** Events of other accounts' buckets and topics come to these through the service's own principal. */
const takesEvents = new Set(['sqs', 'sns', 'lambda']);

function check(state: PolicyState, settings: Settings): Finding | null {
  const { service, owner } = state;
  const about = {
    part: 'statements',
    owner,
    services: takesEvents.has(service) ? 'unclear' : 'trusted',
    severity: severities[service] ?? 'high',
    strangers: true,
  } as const;
  // The policies of a function's versions and aliases are apart: a Deny in one says nothing of another.
  const policies = Map.groupBy(state.statements, (one) => one.qualifier ?? '');
  const exposures = [...policies.values()]
    .map((statements) => statements.filter((one) => !isOfUrl(one.statement)))
    .flatMap((statements) => statementExposures({ ...about, statements }, settings));
  if (exposures.length === 0) return null;
  const why = `The policy of ${service} ${state.name ?? ''} lets too many in: ${sentenceOf(exposures)}.`;
  return { severity: worst(exposures.map((one) => one.severity)), why, exposures };
}

/** Statements of a function's URL are public-function-url's. */
export function isOfUrl(statement: Json): boolean {
  if (!isRecord(statement)) return false;
  if (String(statement.Action).toLowerCase() === 'lambda:invokefunctionurl') return true;
  if (!isRecord(statement.Condition)) return false;
  const keys = Object.values(statement.Condition).flatMap((held) =>
    isRecord(held) ? Object.keys(held) : [],
  );
  return keys.some((key) => /^lambda:(functionurlauthtype|invokedviafunctionurl)$/i.test(key));
}

function fix(state: PolicyState, exposures: readonly Exposure[], settings: Settings): Change[] {
  const gone = removals('statements', state.statements, exposures);
  const ids = new Set(exposures.map((one) => one.id));
  const left = state.statements.filter((one) => !ids.has(one.id));
  const owner = ownerKeeps(state, left, settings);
  return owner === null ? gone : [{ op: 'add', part: 'statements', value: owner }, ...gone];
}

/**
 * A key whose policy names no administrator could never be managed again, and a topic has no empty policy. What
 * goes let the owner in too, so the owner keeps exactly that: the same statement, for the owner's account alone.
 */
function ownerKeeps(state: PolicyState, left: PolicyState['statements'], settings: Settings): Element | null {
  const { service, owner } = state;
  const gone = state.statements.filter((one) => !left.includes(one));
  const lets = gone.find((one) => (service === 'kms' ? managesKey(one.statement) : service === 'sns'));
  const isKept =
    service === 'kms' ? left.some((one) => administers(one.statement, owner, settings)) : left.length > 0;
  if (lets === undefined || isKept || !isRecord(lets.statement)) return null;
  const partition = JSON.stringify(lets.statement).match(/arn:(aws[a-z-]*):/)?.[1] ?? 'aws';
  const { NotPrincipal: _, ...statement } = lets.statement;
  const Principal = { AWS: `arn:${partition}:iam::${owner}:root` };
  return {
    id: 'OwnerOnly',
    statement: { ...statement, Sid: 'OwnerOnly', Principal },
    envelope: lets.envelope,
  };
}

const puttingPolicies = { except: false, patterns: ['kms:putkeypolicy'] };

function managesKey(raw: Json): boolean {
  const statement = readStatement(raw, 0);
  return (
    !('unreadable' in statement) &&
    statement.effect === 'Allow' &&
    choiceCovers(statement.actions, puttingPolicies)
  );
}

function administers(raw: Json, owner: string, settings: Settings): boolean {
  const statement = readStatement(raw, 0);
  if ('unreadable' in statement || statement.conditions.length > 0 || !managesKey(raw)) return false;
  const who = principalLimit(statement, trustOf(owner, settings, 'trusted'));
  return who.reach === 'limited' && statement.principals.some(({ value }) => value.includes(owner));
}

const envelope = { Version: '2012-10-17', Id: 'orders', Statement: [] };
const queue = 'arn:aws:sqs:eu-central-1:123456789012:orders';
const statementOf = (Sid: string, Principal: Json) => ({
  id: Sid,
  envelope,
  statement: { Sid, Effect: 'Allow', Principal, Action: 'sqs:*', Resource: queue },
});
const good: PolicyState = {
  kind: 'policy',
  name: 'orders',
  tags: {},
  service: 'sqs',
  owner: '123456789012',
  statements: [statementOf('Owner', { AWS: 'arn:aws:iam::123456789012:root' })],
  settings: {},
};

export const publicPolicy = control({
  name: 'public-policy',
  kind: 'policy',
  title: 'A queue, topic, key, function or store lets everybody in by its policy',
  remedy: 'removes the offending statements, and nothing else; the owner stays in',
  defaultMode: 'fix',
  options: z.strictObject({}),
  check,
  fix,
  examples: {
    bad: {
      ...good,
      statements: [statementOf('Open', '*'), ...good.statements, statementOf('OpenToo', { AWS: '*' })],
    },
    good,
  },
});
