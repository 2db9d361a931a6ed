import { randomUUID } from 'node:crypto';

/** What the fake Exoscale holds. */

export type Fields = { [name: string]: unknown };

export interface Rule extends Fields {
  id: string;
}
export interface Group extends Fields {
  id: string;
  name: string;
  'external-sources'?: string[];
  rules: Rule[];
}
export interface Operation extends Fields {
  id: string;
  state: 'pending' | 'success' | 'failure';
}

export class ExoscaleState {
  readonly organization = { id: randomUUID(), name: 'example' };
  readonly zones = ['ch-gva-2', 'de-fra-1'];
  readonly groups = new Map<string, Group>();
  readonly publicGroups: Group[] = [];
  readonly instances: Fields[] = [];
  readonly elasticIps: Fields[] = [];
  readonly keys = new Map<string, Fields & { key: string }>();
  readonly roles = new Map<string, Fields & { id: string }>();
  readonly databases = new Map<string, Fields & { name: string; type: string }>();
  readonly clusters = new Map<string, Fields & { id: string }>();
  readonly buckets: Fields[] = [];
  readonly events: Fields[] = [];
  readonly operations = new Map<string, Operation & { polls: number }>();
  /** How often an operation is still pending when it is asked for. */
  pendingPolls = 0;

  /** An operation that is under way and will have ended in this. */
  started(reference: { id?: string }, reason?: string): Operation {
    const id = randomUUID();
    const ended: Operation = reason
      ? { id, state: 'failure', reason, message: `it failed: ${reason}` }
      : { id, state: 'success', ...(reference.id ? { reference: { id: reference.id } } : {}) };
    this.operations.set(id, { ...ended, polls: this.pendingPolls });
    return this.pendingPolls > 0 ? { id, state: 'pending' } : ended;
  }

  polled(id: string): Operation | null {
    const held = this.operations.get(id);
    if (!held) return null;
    const { polls, ...ended } = held;
    held.polls -= 1;
    return polls > 0 ? { id, state: 'pending' } : ended;
  }
}
