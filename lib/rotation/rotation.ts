import type { DeliverTo } from './delivery.ts';

/**
 * What is being done, recorded before it is done; a process that finds it after a crash does it again.
 * - create: make a new key
 * - deliver: bring its secret to the owner
 * - verify: wait until the new key is used and the old one is not
 * - deactivate: switch the old key off
 * - hold: keep it switched off, so that it can be switched on again
 * - delete: remove it
 * - done, stopped: nothing any more
 */
export type RotationStep =
  | 'create'
  | 'deliver'
  | 'verify'
  | 'deactivate'
  | 'hold'
  | 'delete'
  | 'done'
  | 'stopped';

/** How far the replacement of a key is. The old key is the case's resource. Times in ISO 8601. */
export interface Rotation {
  step: RotationStep;
  /** `policy`, or who asked for it or approved it. */
  by: string;
  owner: string;
  /** The owner's keys before we made one. */
  existing: string[];
  /** The new key's id, once it is known. */
  replacement: string | null;
  /** Keys of ours whose secret was lost in a crash: deleted wherever they show. */
  discarded: string[];
  deliverTo: DeliverTo;
  /** When this step was recorded. */
  since: string;
  /** verify: the date that the owner was given; hold: when the old key is deleted. */
  until: string | null;
  /** Who agreed that the old key is deleted; null while nobody has. */
  deletionBy: string | null;
}

export function isUnderWay(rotation: Rotation | null | undefined): rotation is Rotation {
  return rotation !== null && rotation !== undefined && !['done', 'stopped'].includes(rotation.step);
}

/** Who begins a rotation that nobody asked for. */
export const policyItself = 'policy';
