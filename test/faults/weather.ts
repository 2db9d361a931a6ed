import { createHash } from 'node:crypto';
import { Random } from '../simulate/random.ts';
import { isBatch } from './batches.ts';
import type { Call } from './call.ts';
import { hasPages } from './pages.ts';

/** What goes wrong between the service and an engine, and how often: the same for the same seed. */

export const faultNames = [
  'throttle',
  'unavailable',
  'broken',
  'reset',
  'time-out-before',
  'time-out-after',
  'lost-answer',
  'stale',
  'truncated',
  'cut-short',
  'endless-page',
  'denied',
  'conflict',
  'partial-batch',
  'drip',
  'kill-before',
  'kill-after',
] as const;
export type FaultName = (typeof faultNames)[number];

/** The share of the calls that each fault befalls, of those that it can befall. */
export type Weather = { [fault in FaultName]?: number };

export const calm: Weather = {};

/** A seed has its own weather: most faults are absent, a few are frequent. */
export function drawWeather(seed: number): Weather {
  const random = new Random(seed);
  return Object.fromEntries(
    faultNames.flatMap((name) => (random.chance(0.6) ? [] : [[name, random.next() * mostOf(name)]])),
  );
}

const mostOf = (name: FaultName) =>
  name === 'denied' || name.startsWith('kill') || name.startsWith('time-out') ? 0.08 : 0.2;

/**
 * What befalls the n-th call of this operation. Calls that run side by side arrive in any order, so the order decides
 * nothing: only the name and the number do, and a seed replays.
 */
export function faultFor(seed: number, weather: Weather, call: Call, nth: number): FaultName | null {
  const digest = createHash('sha256').update(`${seed} ${call.service} ${call.operation} ${nth}`).digest();
  const random = new Random(digest.readUInt32LE(0));
  for (const name of faultNames) {
    const isDue = random.chance(weather[name] ?? 0);
    if (isDue && canBefall(name, call)) return name;
  }
  return null;
}

/** Some faults only exist for some calls. */
export function canBefall(name: FaultName, call: Call): boolean {
  if (name === 'stale') return call.isRead;
  if (name === 'endless-page') return call.isRead && hasPages(call);
  if (name === 'partial-batch') return isBatch(call);
  if (name === 'conflict') return !call.isRead && hasConflicts(call);
  return true;
}

/** Where two writers at once are refused; DynamoDB refuses by the condition of the request itself. */
function hasConflicts({ service, dialect, body, method }: Call): boolean {
  if (service === 'dynamodb') return /ConditionExpression/.test(body.toString());
  if (dialect === 'neutron') return method === 'PUT';
  return ['wafv2', 'iam', 's3', 'sns', 'lambda'].includes(service);
}
