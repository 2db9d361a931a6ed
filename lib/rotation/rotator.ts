import type { Resource } from '../model.ts';
import type { Secret } from './secret.ts';

/** A key as its provider lists it. Times in ISO 8601. */
export interface HeldKey {
  id: string;
  isActive: boolean;
  createdAt: string | null;
  /** Null: never, as far as the provider knows; always null where it does not know (`knowsUse`). */
  lastUsedAt: string | null;
}

export interface NewKey {
  id: string;
  secret: Secret;
}

/** Whose keys are meant: where they are, which key is replaced, and the owner's name as the state gave it. */
export interface Holder {
  resource: Resource;
  owner: string;
}

/**
 * How a provider's keys are replaced: one per sort of key. Every call may be repeated, "already so" is success.
 * All throw RetryableError or TerminalError, and none of their texts holds a secret.
 */
export interface Rotator {
  /** The most keys that an owner may have; null where there is no limit. */
  readonly keysMax: number | null;
  /** Whether a key can be switched off and on again. Where it cannot, the old key works until it is deleted. */
  readonly canDeactivate: boolean;
  /** Whether `lastUsedAt` says something. */
  readonly knowsUse: boolean;
  /** What people must know when an old key has gone, as a clause: `its tokens live on for up to five minutes`. */
  readonly afterwards: string | null;

  /** Every key of the owner, fresh and complete; null when the owner does not exist any more. */
  keysOf(holder: Holder): Promise<HeldKey[] | null>;
  /** Makes a key that can do what the old one can. The case's id must end up where `madeBy` can find it. */
  create(holder: Holder, caseId: string): Promise<NewKey>;
  /**
   * Whether a key that appeared since `since` was made by `create` for this case. `unknown` while the provider's
   * records cannot tell yet. Only `us` gets a key removed, so it must be certain.
   */
  madeBy(
    holder: Holder,
    keyId: string,
    caseId: string,
    since: string,
  ): Promise<'us' | 'somebody' | 'unknown'>;
  /** Never called where `canDeactivate` is false. */
  setActive(holder: Holder, keyId: string, isActive: boolean): Promise<void>;
  delete(holder: Holder, keyId: string): Promise<void>;
}

/** Why an owner can have no further key, or null. */
export function limitOf(keys: readonly HeldKey[], keysMax: number | null, owner: string): string | null {
  if (keysMax === null || keys.length < keysMax) return null;
  const names = keys.map(({ id, isActive }) => `${id}${isActive ? '' : ' (inactive)'}`).join(' and ');
  return `${owner} has ${names}, and ${keysMax} keys are the most: delete the one that is not needed first`;
}
