import type { Json } from '../model.ts';
import { isRecord } from './statement.ts';

/** `Allow s3:GetObject to {"AWS":"*"}`, short enough for a line. */
export function describePrincipal(statement: Json): string {
  if (!isRecord(statement)) return 'unreadable';
  const action = statement.Action ?? statement.NotAction ?? '';
  const who = statement.Principal ?? statement.NotPrincipal ?? '';
  const not = statement.NotPrincipal === undefined ? '' : 'all but ';
  return `${spell(statement.Effect ?? '')} ${spell(action)} to ${not}${spell(who)}`;
}

function spell(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
