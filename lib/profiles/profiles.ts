import { awsBaseline } from './aws-baseline.ts';
import { cpoutaGuidelines } from './cpouta-guidelines.ts';
import { dair } from './dair.ts';
import { exoscaleHandbook } from './exoscale-handbook.ts';
import type { Profile } from './profile.ts';

/** Every profile, one line each. */
export const profiles: readonly Profile[] = [exoscaleHandbook, cpoutaGuidelines, dair, awsBaseline];

/** The policy file of a profile, or null where there is none of this name. */
export function profileText(name: string): string | null {
  return profiles.find((one) => one.name === name)?.text ?? null;
}
