import { afterAll, beforeAll } from 'vitest';
import { type Moto, startMoto } from '../../lib/sandbox/moto.ts';

/** One moto for the tests of a file; the getter works inside tests and hooks. */
export function useMoto(): () => Moto {
  let moto: Moto | undefined;
  beforeAll(async () => {
    moto = await startMoto();
  }, 300_000);
  afterAll(async () => {
    await moto?.stop();
  });
  return () => {
    if (!moto) throw new Error('moto is not started yet');
    return moto;
  };
}
