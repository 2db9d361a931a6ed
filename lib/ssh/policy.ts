import * as z from 'zod';
import { AddressOrNetwork } from '../logs/address-schema.ts';
import { BlockTarget, Followed } from '../logs/targets.ts';

const Guess = z.strictObject({
  /** How many failed attempts are still allowed inside the window. */
  failures: z.int().min(0).default(10),
  windowSeconds: z.int().min(1).max(86_400).default(600),
  mode: z.enum(['fix', 'tell', 'off']).default('fix'),
  blockMinutes: z.int().min(1).optional(),
});

/** The policy file's `loops.ssh`. */
export const SshLoop = z.strictObject({
  detectors: z.strictObject({ guess: Guess.prefault({}) }).prefault({}),
  targets: z.array(BlockTarget).default([]),
  follow: z.array(Followed).default([]),
  neverBlock: z.array(AddressOrNetwork).default([]),
});
export type SshLoop = z.infer<typeof SshLoop>;
