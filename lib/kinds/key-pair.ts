import type { Change } from '../model.ts';

/** A public key that new machines can be started with. `publicKey` is null for one that we made and nobody else needs. */
export type OfferedKey = {
  id: string;
  type: 'rsa' | 'ed25519';
  /** `ssh-ed25519 AAAA…` */
  publicKey: string | null;
  tags: { [key: string]: string };
};

/** A pair of keys for logging in to machines: its public half as the cloud holds it, and the pair that replaces it. */
export interface KeyPairState {
  kind: 'key-pair';
  name: string;
  tags: { [key: string]: string };
  /** As the cloud writes it: of the private or the public half, by one of several hashes. */
  fingerprint: string | null;
  /** Machines that carry it; taking the pair away does not take it off them. */
  carriedBy: string[];
  /** What starts machines with it. */
  namedBy: string[];
  keys: OfferedKey[];
  /** False where this cloud has no place for the private half of a new pair. */
  isReplaceable?: boolean;
}

export const replacementOf = (name: string) => `${name}-replacement`;

export function describeKeyPairChange(change: Change): string {
  if (change.op === 'set') return `set ${change.id} to ${JSON.stringify(change.to)}`;
  const isMade = change.value.publicKey === null;
  if (change.op === 'remove') return `delete the key pair ${change.value.id}`;
  return isMade
    ? `make the key pair ${change.value.id} (${change.value.type === 'rsa' ? 'RSA 4096' : 'Ed25519'})`
    : `import the key pair ${change.value.id} again`;
}
