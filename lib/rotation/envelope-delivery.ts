import type { Json } from '../model.ts';
import type { History } from '../ports.ts';
import type { Delivery } from './delivery.ts';
import { type Recipient, seal } from './seal.ts';

/** Envelopes lie beside the history, sealed, until they are fetched once. */
interface Kept {
  keyId: string;
  /** Null once it was fetched. */
  envelope: string | null;
  recipient: string;
}

const nameOf = (caseId: string) => `envelope/${caseId}`;

async function keptOf(history: History, caseId: string): Promise<Kept | null> {
  const kept = (await history.setting(nameOf(caseId))) as Json & object;
  if (kept === null || !('keyId' in kept)) return null;
  const { keyId, envelope, recipient } = kept;
  return {
    keyId: String(keyId),
    envelope: envelope === null ? null : String(envelope),
    recipient: String(recipient),
  };
}

/** A new key in an envelope that only its owner opens. */
export function envelopeDelivery(history: History, recipient: Recipient): Delivery {
  return {
    pointer: (caseId) =>
      `an envelope for ${recipient.fingerprint} waits, to be fetched once: npx snapshut envelope ${caseId}`,
    async deliver(caseId, { id, secret }) {
      const envelope = seal(`${JSON.stringify(secret.reveal(), null, 2)}\n`, recipient);
      await history.set(nameOf(caseId), { keyId: id, envelope, recipient: recipient.fingerprint });
      if ((await keptOf(history, caseId))?.envelope !== envelope)
        throw new Error('the envelope was not kept');
    },
    holds: async (caseId, keyId) => (await keptOf(history, caseId))?.keyId === keyId,
    finish: async () => {},
    async takeBack(caseId, keyId) {
      if ((await keptOf(history, caseId))?.keyId === keyId) await history.set(nameOf(caseId), null);
    },
  };
}

/** `keyId`: the key that the envelope held. Nobody but its owner can open it again, and we no longer have it. */
export type Fetched =
  | { envelope: string; recipient: string }
  | { refused: 'none' }
  | { refused: 'fetched'; keyId: string };

/** Longer than any envelope waits. */
const foreverMs = 10 * 365 * 86_400_000;

/** Hands an envelope out to exactly one of those who ask. `askId` is unlike that of anybody else. */
export async function fetchEnvelope(
  caseId: string,
  { history, askId, now }: { history: History; askId: string; now: Date },
): Promise<Fetched> {
  const kept = await keptOf(history, caseId);
  if (kept === null) return { refused: 'none' };
  const fetched = { refused: 'fetched' as const, keyId: kept.keyId };
  if (kept.envelope === null) return fetched;
  const place = { counter: `${nameOf(caseId)}/${kept.keyId}`, id: askId, max: 1, windowMs: foreverMs };
  if (!(await history.reserve({ ...place, nowMs: now.getTime() }))) return fetched;
  await history.set(nameOf(caseId), { ...kept, envelope: null });
  return { envelope: kept.envelope, recipient: kept.recipient };
}

/** Whether an envelope waits, without taking it. */
export async function waitsFor(caseId: string, history: History): Promise<boolean> {
  return ((await keptOf(history, caseId))?.envelope ?? null) !== null;
}
