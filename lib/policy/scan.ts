import * as z from 'zod';
import { messageOf } from '../errors.ts';
import { severities } from '../model.ts';
import { parseTraffic } from '../net/ports.ts';
import { parsePortList } from '../scan/hosts.ts';
import { parseTarget } from '../scan/target.ts';

/** The block `scan` of the policy file: which addresses of ours are looked at, and how politely. */

function readable(read: (text: string) => unknown) {
  return z.string().superRefine((text, context) => {
    try {
      read(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
    }
  });
}

/** `443`, `8000-8100`, or as controls write it: `tcp/443`. */
const AllowedPort = z.union(
  [z.int().min(1).max(65535), readable((text) => parseTraffic(text.includes('/') ? text : `tcp/${text}`))],
  { error: 'expected a port such as 443, 8000-8100 or tcp/443' },
);

export const Scan = z.strictObject({
  /** `192.0.2.1`, `192.0.2.0/28`, `www.example.org`, each also with a port. */
  targets: z.array(readable(parseTarget)).default([]),
  ports: z
    .strictObject({
      /** What may be open; everything else is a finding of unexpected-port. */
      allowed: z.array(AllowedPort).optional(),
      /** What is looked at: `1-65535` where nothing is said. */
      scanned: readable(parsePortList).optional(),
    })
    .prefault({}),
  /** New connections a second to each address that is not our own machine. */
  perSecond: z.int().min(1).max(100_000).default(2000),
  engine: z.enum(['auto', 'nmap', 'connect']).default('auto'),
  /** How long after the beginning of one scan the service begins the next; 0: only `snapshut scan` looks. */
  everyHours: z.int().min(0).max(720).default(24),
  failOn: z.enum(severities).default('high'),
});
export type Scan = z.infer<typeof Scan>;

/** The allowed ports as the control reads them; null where the file says nothing. */
export function allowedPorts({ ports }: Scan): string[] | null {
  if (ports.allowed === undefined) return null;
  return ports.allowed.map((one) => (String(one).includes('/') ? String(one) : `tcp/${one}`));
}
