import type { Change } from '../model.ts';

/**
 * A client that is refused, and until when. Its id is the client (an address, a /64, a
 * network), a rule of ours, or a batch of `clients`. `ask`: why a person must decide.
 */
export type BlockEntry = { id: string; until: string; why: string; ask?: string; clients?: string[] };

/** What the log loops want of one client, and what the block lists hold of it by our doing. */
export interface BlocklistState {
  kind: 'blocklist';
  name: string | null;
  tags: { [key: string]: string };
  /** Who must be refused now. */
  wanted: BlockEntry[];
  entries: BlockEntry[];
}

/** `block 203.0.113.5 until 2026-11-24T12:00:00.000Z` */
export function describeBlockChange(change: Change): string {
  if (change.op === 'set') return `set ${change.id} to ${JSON.stringify(change.to)}`;
  const { id, until, clients } = change.value as BlockEntry;
  if (clients) {
    const who = `${clients.length} clients (${clients.join(', ')})`;
    return change.op === 'add' ? `block ${who} until ${until} at the latest` : `let ${who} go`;
  }
  return change.op === 'add' ? `block ${id} until ${until}` : `let ${id} go`;
}
