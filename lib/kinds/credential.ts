import type { Change, Json } from '../model.ts';

/** One access key of a user, or what stands for all temporary credentials of a role. Its secret is never read. */
export interface CredentialState {
  kind: 'credential';
  /** `sessions`: no key, but the temporary credentials of the role or user of that name. Left out: an access key. */
  form?: 'key' | 'sessions';
  /** The user (or role) it belongs to; null for the root user of the account. */
  name: string | null;
  tags: { [key: string]: string };
  createdAt: string | null;
  lastUsedAt: string | null;
  /** Active keys of the same user besides this one. */
  otherActiveKeys: number;
  /** All keys of the same user besides this one. */
  otherKeys?: number;
  /** The owner has as many keys as there can be, active or not: no new one can be made. */
  isOwnerFull?: boolean;
  /** The provider itself holds the key to be exposed, and has put its owner into quarantine. */
  isQuarantined: boolean;
  /** The sort of key, where a provider has several: `application-credential`, `ec2`, `keypair`. */
  service?: string;
  /** Of an SSH key: `ssh-rsa`, and its bits where the algorithm allows several; null where it cannot be read. */
  publicKey?: { algorithm: string; bits: number | null } | null;
  /** What it may do beyond any task; left out where that is bounded, or nobody looked. */
  reach?: 'everything' | 'further-credentials';
  /** What this cloud's keys do not have at all. */
  lacks?: readonly 'deactivation'[];
  /** Only the provider itself can change it: a service's own role. */
  isManaged?: boolean;
  /**
   * `sessionsDeniedBefore`: temporary credentials of its owner that were issued before then are refused, by a policy of
   * ours and no other; null where there is none.
   */
  settings: {
    status: 'Active' | 'Inactive';
    sessionsDeniedBefore?: string | null;
    [name: string]: Json | undefined;
  };
}

export function describeCredentialChange(change: Change): string {
  if (change.op !== 'set') return `${change.op} ${change.value.id}`;
  if (change.id === 'sessionsDeniedBefore') {
    return change.to === null
      ? 'let its sessions be used again'
      : `refuse the sessions issued before ${change.to}`;
  }
  if (change.to === 'Deleted') return 'delete the key';
  return change.to === 'Inactive' ? 'deactivate the key' : 'activate the key again';
}
