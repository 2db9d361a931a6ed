import type { Change, Exposure, Finding } from '../model.ts';
import { worst } from '../model.ts';

/** No cloud call changes how a service speaks: whoever runs it must be told. */
export const toldOnly = 'only who runs the service can change this';

/** A finding whose sentence lists what each port does. Null for none. */
export function findingOf(
  exposures: readonly Exposure[],
  of: { address: string; name: string | null },
): Finding | null {
  if (exposures.length === 0) return null;
  const where = of.name === null ? of.address : `${of.name} (${of.address})`;
  const list = exposures.map((one) => one.what).join('; ');
  const severity = worst(exposures.map((one) => one.severity));
  return { severity, why: `On ${where}: ${list}.`, exposures: [...exposures] };
}

export function reachOf({ isGlobal }: { isGlobal: boolean }): string {
  return isGlobal ? 'the whole internet' : 'whoever reaches this address';
}

export const noChanges = (): Change[] => [];
