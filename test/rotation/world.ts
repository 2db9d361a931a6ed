import type { Case } from '../../lib/cases.ts';
import { staleKey } from '../../lib/controls/stale-key.ts';
import type { Trigger } from '../../lib/model.ts';
import type { RotationDesk } from '../../lib/rotation/desk.ts';
import { makeWorld, type World } from '../loop/harness.ts';
import { Keyring, Safe } from './keyring.ts';

/** An account with keys, a safe for new ones, and the whole service in memory. */
export interface KeyWorld extends World {
  ring: Keyring;
  safe: Safe;
}

export const swept: Trigger = { eventId: 'sweep-1', at: null, actor: null, name: 'sweep' };
export const dayMs = 86_400_000;

export function makeKeyWorld(over: Partial<RotationDesk> = {}): KeyWorld {
  const clock = { nowMs: 0 };
  const ring = new Keyring(() => new Date(clock.nowMs));
  const safe = new Safe();
  const world = makeWorld({ provider: ring, controls: [staleKey] });
  world.loop.rotation = {
    verifyDays: 14,
    holdDays: 7,
    quietHours: 24,
    deliveryFor: () => ({ type: 'secret', secret: 'deploy', account: '123456789012', region: 'r' }),
    open: () => safe,
    ...over,
  };
  // The keys live on the clock of the world.
  Object.defineProperty(clock, 'nowMs', { get: () => world.clock.nowMs });
  return { ...world, ring, safe };
}

export async function onlyCase(world: World): Promise<Case> {
  const { cases } = await world.history.find({ limit: 10 });
  if (cases.length !== 1) throw new Error(`${cases.length} cases`);
  return cases[0] as Case;
}
