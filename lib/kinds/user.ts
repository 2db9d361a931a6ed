import type { Change, Json } from '../model.ts';
import { describeSetting } from './describe-setting.ts';
import { describeStatementChange, type PolicyStatement } from './statement.ts';

/**
 * A policy that is attached; `document` is what it says, where that matters, and `changedAt` since when it says so
 * (ISO 8601).
 */
export type Attachment = { id: string; document: Json; changedAt?: string };

/** A group that a user is in, with what it hands on to its members. */
export type Membership = { id: string; attachments: Attachment[]; inline: Attachment[] };

/** Somebody or something that acts in an account: a user, a role, a group. */
export interface UserState {
  kind: 'user';
  name: string;
  tags: { [key: string]: string };
  service: 'user' | 'role' | 'group';
  owner: string;
  /** ISO 8601. */
  createdAt: string | null;
  /** AWS's own service role, which nobody can change. */
  managed: boolean;
  consolePassword: boolean;
  mfaDevices: number;
  /** When the user last signed in to the console, ISO 8601; null: never. Left out where a look does not learn it. */
  passwordLastUsedAt?: string | null;
  attachments: Attachment[];
  /** Inline policies. */
  inline: Attachment[];
  /** Of a user. */
  groups: Membership[];
  /** Who may take on the role. */
  trust: PolicyStatement[];
}

export function describeUserChange(change: Change): string {
  if (change.op === 'set') return describeSetting(change);
  if (change.part === 'trust') return describeStatementChange(change);
  if (change.part === 'groups')
    return `${change.op === 'remove' ? 'take out of' : 'put back into'} group ${change.value.id}`;
  return `${change.op === 'remove' ? 'detach' : 'attach'} ${change.value.id}`;
}
