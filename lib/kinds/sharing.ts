import type { Change } from '../model.ts';

/**
 * Somebody who may use a copy: `all`, an account, an organization. `visibility`: what the provider called it, where
 * there are several ways to share with all.
 */
export type Share = { id: string; visibility?: string };

/** Something that can be handed to other accounts whole: a snapshot, an image, a document. */
export interface SharingState {
  kind: 'sharing';
  name: string | null;
  tags: { [key: string]: string };
  /** `ebs-snapshot`, `ami`, `rds-snapshot`, `image` … */
  service: string;
  owner: string;
  encrypted: boolean | null;
  shares: Share[];
}

export function describeSharingChange(change: Change): string {
  if (change.op === 'set') return `set ${change.id}`;
  const who = change.value.id === 'all' ? 'everyone' : change.value.id;
  return change.op === 'remove' ? `stop sharing with ${who}` : `share with ${who} again`;
}
