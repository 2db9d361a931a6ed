import type { NewKey } from './rotator.ts';

/** Where a new key goes, complete enough to be opened again after a restart. It holds nothing secret. */
export type DeliverTo =
  /** A Secrets Manager secret by its name or ARN. `fields`: what the owner's program calls the key's fields. */
  | {
      type: 'secret';
      secret: string;
      account: string;
      region: string;
      fields?: { [name: string]: string };
    }
  /** An envelope that only the owner opens: PEM of a certificate or an RSA public key. */
  | { type: 'envelope'; recipient: string };

/**
 * Brings a new key to its owner and proves it by reading back. A delivery is identified by the case and the key,
 * so every call may be repeated.
 */
export interface Delivery {
  /** What people are told instead of a secret: `the secret snapshut/deploy in eu-central-1`. */
  pointer(caseId: string, keyId: string): string;
  /** Puts the key where its owner finds it. Returns only after a fresh read showed it there. */
  deliver(caseId: string, key: NewKey): Promise<void>;
  /** Whether the key's secret has arrived, in whole. */
  holds(caseId: string, keyId: string): Promise<boolean>;
  /** What an interrupted `deliver` left to do once `holds`: afterwards the owner finds this key and no older one. */
  finish(caseId: string, keyId: string): Promise<void>;
  /** Takes back what is of no use because the key is deleted. */
  takeBack(caseId: string, keyId: string): Promise<void>;
}
