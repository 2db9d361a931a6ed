import * as z from 'zod';
import type { Limits } from '../net/openings.ts';

/** How many public addresses a port may be open to; families count apart and equal is not more. */
export const MaxAddresses = z
  .strictObject({
    v4: z
      .int()
      .min(0)
      .max(2 ** 32)
      .default(65_536),
    v6Prefix: z.int().min(0).max(128).default(32),
  })
  .prefault({});
export type MaxAddresses = z.infer<typeof MaxAddresses>;

export function limitsOf({ v4, v6Prefix }: MaxAddresses): Limits {
  return { v4: BigInt(v4), v6: 1n << BigInt(128 - v6Prefix) };
}
