import * as z from 'zod';
import { networkOf } from './networks.ts';

/** `198.51.100.7`, `198.51.100.0/24`, `2001:db8::/32`. */
export const AddressOrNetwork = z
  .string()
  .refine((text) => networkOf(text) !== null, 'expected an address or a network such as 198.51.100.0/24');
