import { canonical, fingerprint } from '../fingerprint.ts';
import type { PolicyStatement } from '../kinds/statement.ts';
import type { Json } from '../model.ts';
import { isRecord } from './statement.ts';

/**
 * Taking a statement out of a policy text and putting it back, with every other byte of the text as it was:
 * somebody may have formatted it, and its other statements are not ours to spell anew.
 */

/** The statements of a policy as elements; null where it is no policy that we can take apart. */
export function elementsOf(text: string): PolicyStatement[] | null {
  const document = parse(text);
  if (!isRecord(document) || document.Statement === undefined) return null;
  const single = !Array.isArray(document.Statement);
  const statements = single ? [document.Statement] : (document.Statement as Json[]);
  const envelope: Json = { ...document, Statement: single ? {} : [] };
  const sids = statements.map(sidOf);
  const seen = new Map<string, number>();
  return statements.map((statement, index) => {
    const sid = sids[index] ?? null;
    const unique = sid !== null && sids.indexOf(sid) === sids.lastIndexOf(sid);
    const name = unique ? sid : `#${fingerprint(statement).slice(0, 10)}`;
    const nth = (seen.get(name) ?? 0) + 1;
    seen.set(name, nth);
    return { id: nth > 1 ? `${name}-${nth}` : name, statement, envelope };
  });
}

/** The same policy in one spelling, for services that give back another text than they were given. */
export function inOneOrder(text: string): string {
  const elements = elementsOf(text);
  const [first] = elements ?? [];
  if (!elements || !first) return text;
  const Statement = elements.map((one) => one.statement);
  const sorted = Statement.toSorted((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
  return canonical({ ...(isRecord(first.envelope) ? first.envelope : {}), Statement: sorted });
}

function sidOf(statement: Json): string | null {
  return isRecord(statement) && typeof statement.Sid === 'string' && statement.Sid !== ''
    ? statement.Sid
    : null;
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}

/** The text without this statement; null when it was the last one; the same text where it is not in it. */
export function withoutStatement(
  text: string,
  gone: Pick<PolicyStatement, 'id' | 'statement'>,
): string | null {
  const elements = elementsOf(text);
  const at = elements?.findIndex((one) => one.id === gone.id && same(one.statement, gone.statement)) ?? -1;
  if (!elements || at < 0) return text;
  if (elements.length === 1) return null;
  const spans = spansOf(text);
  const [start, end] = spans[at] as Span;
  // The comma and the white space towards the neighbour go with it.
  const next = spans[at + 1];
  const previous = spans[at - 1];
  if (next) return text.slice(0, start) + text.slice(next[0]);
  return previous ? text.slice(0, previous[1]) + text.slice(end) : text;
}

/** The text with this statement at its old place (or at the end); the same text where it is in it already. */
export function withStatement(text: string | null, back: PolicyStatement, index?: number): string {
  const written = JSON.stringify(back.statement);
  if (text === null) return standUp(back);
  const elements = elementsOf(text) ?? [];
  if (elements.some((one) => same(one.statement, back.statement) && one.id === back.id)) return text;
  const spans = spansOf(text);
  const before = spans[index ?? spans.length];
  if (before) return `${text.slice(0, before[0])}${written},${text.slice(before[0])}`;
  const last = spans.at(-1);
  if (!last) return standUp(back);
  return `${text.slice(0, last[1])},${written}${text.slice(last[1])}`;
}

function standUp({ envelope, statement }: PolicyStatement): string {
  const document = isRecord(envelope) ? envelope : { Version: '2012-10-17', Statement: [] };
  return JSON.stringify({
    ...document,
    Statement: Array.isArray(document.Statement) ? [statement] : statement,
  });
}

function same(a: Json, b: Json): boolean {
  return canonical(a) === canonical(b);
}

type Span = readonly [start: number, end: number];

/** Where each element of the top-level `Statement` list stands in a text that JSON.parse accepts. */
function spansOf(text: string): Span[] {
  const list = statementListAt(text);
  if (list < 0) return [];
  const spans: Span[] = [];
  let at = skipSpace(text, list + 1);
  while (at < text.length && text[at] !== ']') {
    const end = skipValue(text, at);
    spans.push([at, end]);
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return spans;
}

/** Index of the `[`. Of a doubled key the last one counts, as for JSON.parse. */
function statementListAt(text: string): number {
  let found = -1;
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (at < text.length && text[at] === '"') {
    const keyEnd = skipValue(text, at);
    const value = skipSpace(text, skipSpace(text, keyEnd) + 1);
    if (JSON.parse(text.slice(at, keyEnd)) === 'Statement') found = text[value] === '[' ? value : -1;
    at = skipSpace(text, skipValue(text, value));
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return found;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text[at] as string)) at++;
  return at;
}

function skipValue(text: string, from: number): number {
  let depth = 0;
  let inString = false;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at++;
      else if (char === '"') inString = false;
      if (!inString && depth === 0) return at + 1;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (char === ',' || ' \t\n\r'.includes(char as string))) return at;
  }
  return text.length;
}
