import { describePrincipal } from '../iam/describe.ts';
import type { Change, Json } from '../model.ts';

/**
 * One statement of a policy, exactly as it is written. `id` is its Sid, or a hash of its content where it has
 * none or shares it. `envelope` is the document without its statements: what it needs to stand up again when its
 * last statement was taken out.
 */
export type PolicyStatement = { id: string; statement: Json; envelope: Json };

/** The document that these statements make up, for reasoning: a Deny counts for all of them. */
export function documentOf(statements: readonly { statement: Json }[]): Json {
  return { Statement: statements.map((one) => one.statement) };
}

/** `remove statement PublicRead (Allow s3:GetObject to *)`. */
export function describeStatementChange(change: Change): string {
  if (change.op === 'set') return `set ${change.id} to ${JSON.stringify(change.to)}`;
  const verb = change.op === 'remove' ? 'remove' : 'restore';
  const { statement = null } = change.value;
  return `${verb} statement ${change.value.id} (${describePrincipal(statement)})`;
}
