import { field, isFields, text } from './json.ts';
import type { Normalised } from './normalised.ts';

/** The number of a person's stored and verified answer. By itself it says nothing and allows nothing. */

const key = 'snapshutAnswer';

export const answerMessage = (nonce: string): string => JSON.stringify({ [key]: nonce });
export const answerEventId = (nonce: string): string => `answer/${nonce}`;

export function isAnswer(event: unknown): boolean {
  return isFields(event) && Object.keys(event).length === 1 && /^[0-9a-f]{64}$/.test(text(event, key) ?? '');
}

export function fromAnswer(event: unknown): Normalised {
  const nonce = String(field(event, key));
  return {
    eventId: answerEventId(nonce),
    at: null,
    account: null,
    region: null,
    actor: null,
    name: 'answer',
    hints: [],
    dropped: 0,
    ignored: 'there is no such answer, or it was carried out before',
    malformed: false,
    answer: nonce,
  };
}
