import * as z from 'zod';
import type { ListedAddress } from '../own-address.ts';
import type { Place } from './adapter.ts';

const Instances = z.object({
  instances: z.array(
    z.object({
      name: z.string().nullish(),
      'public-ip': z.string().nullish(),
      'ipv6-address': z.string().nullish(),
      'security-groups': z.array(z.object({ id: z.string() })).default([]),
    }),
  ),
});
const ElasticIps = z.object({ 'elastic-ips': z.array(z.object({ ip: z.string().nullish() })) });

/** The addresses of the instances of a zone, and its elastic IPs, each once. */
export async function* ownAddresses({ client, zone }: Place): AsyncIterable<ListedAddress> {
  const seen = new Set<string>();
  const { instances } = await client.get(zone, '/instance', Instances);
  for (const instance of instances) {
    const groups = instance['security-groups'].map((one) => one.id);
    for (const address of [instance['public-ip'], instance['ipv6-address']]) {
      if (!address || seen.has(address)) continue;
      seen.add(address);
      yield { address, name: instance.name ?? null, groups };
    }
  }
  const elastic = await client.get(zone, '/elastic-ip', ElasticIps);
  for (const { ip } of elastic['elastic-ips']) {
    // Which instances carry it is not said here; several may.
    if (ip && !seen.has(ip)) yield { address: ip, name: null, groups: [] };
  }
}
