import type { CredentialState } from '../kinds/credential.ts';
import type { Resource } from '../model.ts';
import type { DeliverTo, Delivery } from './delivery.ts';

/** What the policy file says about replacing keys, and what opens the ways to their owners. */
export interface RotationDesk {
  /** From the delivery until the date that the owner is given. */
  verifyDays: number;
  /** From deactivation until deletion. */
  holdDays: number;
  /** How long an old key must have been unused before it is deactivated. */
  quietHours: number;
  /** Where this owner's keys go, or why nowhere. */
  deliveryFor(resource: Resource, state: CredentialState): DeliverTo | { refused: string };
  open(to: DeliverTo): Delivery;
}
