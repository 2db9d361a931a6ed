import * as z from 'zod';
import { TerminalError } from '../../errors.ts';
import type { FirewallState } from '../../kinds/firewall.ts';
import type { Place } from './adapter.ts';

export type Attached = NonNullable<FirewallState['attached']>;

const Instances = z.object({
  instances: z.array(
    z.object({
      'public-ip': z.string().nullish(),
      'ipv6-address': z.string().nullish(),
      'security-groups': z.array(z.object({ id: z.string() })).default([]),
    }),
  ),
});

/** The instances of every guarded zone, by security group; null where the key may not list them. */
export async function attachedTo({ client, zones }: Place): Promise<Map<string, Attached> | null> {
  const counts = new Map<string, Attached>();
  try {
    for (const zone of zones) {
      const { instances } = await client.get(zone, '/instance', Instances);
      for (const instance of instances) {
        const isPublic = Boolean(instance['public-ip'] || instance['ipv6-address']);
        for (const { id } of instance['security-groups']) {
          const held = counts.get(id) ?? { interfaces: 0, public: 0 };
          held.interfaces += 1;
          if (isPublic) held.public += 1;
          counts.set(id, held);
        }
      }
    }
  } catch (error) {
    if (error instanceof TerminalError) return null;
    throw error;
  }
  return counts;
}
