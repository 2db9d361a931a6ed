import type { Json } from '../model.ts';

/** Patterns, or everything except them. */
export interface Choice {
  except: boolean;
  patterns: string[];
}

/** One operator on one key: `StringEquals` of `aws:SourceAccount`. Values are OR, conditions are AND. */
export interface Condition {
  operator: string;
  key: string;
  values: string[];
}

/** A statement of a policy, its one-or-many spellings evened out. */
export interface Statement {
  /** Where it stands in the document. */
  index: number;
  sid: string | null;
  effect: 'Allow' | 'Deny';
  /** Types (`AWS`, `Service`, `Federated`, `CanonicalUser`, or `*` for the bare star) with their values. */
  principals: { type: string; value: string }[];
  principalsExcept: boolean;
  actions: Choice;
  /** The actions as they are written, for sentences. */
  spelled: Choice;
  resources: Choice;
  conditions: Condition[];
}

/** A statement that cannot be read. It is never "not public". */
export interface Unreadable {
  index: number;
  sid: string | null;
  unreadable: string;
}

/** The statements of a document, given as text or parsed; a single statement counts as a list of one. */
export function statementsOf(document: Json): (Statement | Unreadable)[] {
  const parsed = typeof document === 'string' ? parseText(document) : document;
  if (!isRecord(parsed)) return [unreadable(0, null, 'the policy is no JSON object')];
  const list = parsed.Statement;
  if (list === undefined) return [unreadable(0, null, 'the policy has no Statement')];
  return (Array.isArray(list) ? list : [list]).map(readStatement);
}

function parseText(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}

export function readStatement(raw: Json, index: number): Statement | Unreadable {
  if (!isRecord(raw)) return unreadable(index, null, 'the statement is no object');
  const sid = typeof raw.Sid === 'string' && raw.Sid !== '' ? raw.Sid : null;
  if (raw.Effect !== 'Allow' && raw.Effect !== 'Deny') return unreadable(index, sid, 'it has no Effect');
  const principals = readPrincipals(raw.Principal ?? raw.NotPrincipal);
  if (principals === null) return unreadable(index, sid, 'its Principal cannot be read');
  const actions = readChoice(raw, 'Action');
  const resources = readChoice(raw, 'Resource');
  const conditions = readConditions(raw.Condition);
  if (!actions || !resources || !conditions) return unreadable(index, sid, 'a part of it cannot be read');
  return {
    index,
    sid,
    effect: raw.Effect,
    principals,
    principalsExcept: raw.Principal === undefined && raw.NotPrincipal !== undefined,
    // Action names are the same in any letter case.
    actions: { ...actions, patterns: actions.patterns.map((pattern) => pattern.toLowerCase()) },
    spelled: actions,
    resources,
    conditions,
  };
}

function unreadable(index: number, sid: string | null, why: string): Unreadable {
  return { index, sid, unreadable: why };
}

function readPrincipals(raw: Json | undefined): Statement['principals'] | null {
  if (raw === undefined) return [];
  if (typeof raw === 'string') return [{ type: raw === '*' ? '*' : 'AWS', value: raw }];
  if (Array.isArray(raw)) return readList(raw)?.map((value) => ({ type: 'AWS', value })) ?? null;
  if (!isRecord(raw)) return null;
  const found: Statement['principals'] = [];
  for (const [type, held] of Object.entries(raw)) {
    const values = readList(held);
    if (!values) return null;
    for (const value of values) found.push({ type, value });
  }
  return found;
}

/** `Action` or `NotAction`; a statement that names neither speaks of everything (trust policies, ECR). */
function readChoice(raw: { [key: string]: Json }, name: 'Action' | 'Resource'): Choice | null {
  const positive = raw[name];
  const negative = raw[`Not${name}`];
  if (positive === undefined && negative === undefined) return { except: false, patterns: ['*'] };
  const patterns = readList(positive ?? negative ?? null);
  return patterns && { except: positive === undefined, patterns };
}

function readConditions(raw: Json | undefined): Condition[] | null {
  if (raw === undefined || raw === null) return [];
  if (!isRecord(raw)) return null;
  const found: Condition[] = [];
  for (const [operator, keys] of Object.entries(raw)) {
    if (!isRecord(keys)) return null;
    for (const [key, held] of Object.entries(keys)) {
      const values = readList(held);
      if (!values) return null;
      found.push({ operator, key, values });
    }
  }
  return found;
}

function readList(raw: Json): string[] | null {
  const list = Array.isArray(raw) ? raw : [raw];
  const texts: string[] = [];
  for (const one of list) {
    if (typeof one !== 'string' && typeof one !== 'number' && typeof one !== 'boolean') return null;
    texts.push(String(one));
  }
  return texts;
}

export function isRecord(value: unknown): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
