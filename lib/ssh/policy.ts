import * as z from 'zod';
import { AddressOrNetwork } from '../logs/address-schema.ts';

const Guess = z.strictObject({
  /** How many failed attempts are still allowed inside the window. */
  failures: z.int().min(0).default(10),
  windowSeconds: z.int().min(1).max(86_400).default(600),
  mode: z.enum(['fix', 'tell', 'off']).default('fix'),
  blockMinutes: z.int().min(1).optional(),
});

/** A host's own firewall: a table that we make, or files that a server reads. */
export const HostTarget = z.discriminatedUnion('provider', [
  z.strictObject({
    provider: z.literal('nftables'),
    table: z
      .string()
      .regex(/^\w{1,32}$/)
      .default('snapshut'),
  }),
]);
export type HostTarget = z.infer<typeof HostTarget>;

/** The policy file's `loops.ssh`. */
export const SshLoop = z.strictObject({
  detectors: z.strictObject({ guess: Guess.prefault({}) }).prefault({}),
  targets: z.array(HostTarget).default([]),
  neverBlock: z.array(AddressOrNetwork).default([]),
});
export type SshLoop = z.infer<typeof SshLoop>;
