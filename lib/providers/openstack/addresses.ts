import * as z from 'zod';
import { isGlobalAddress, type ListedAddress } from '../own-address.ts';
import { pages } from './pages.ts';
import type { Session } from './session.ts';

const Port = z.object({
  id: z.string(),
  name: z.string().nullish(),
  device_id: z.string().nullish(),
  security_groups: z.array(z.string()),
  fixed_ips: z.array(z.object({ ip_address: z.string() })),
});
type Port = z.infer<typeof Port>;
const FloatingIp = z.object({
  id: z.string(),
  floating_ip_address: z.string(),
  port_id: z.string().nullable(),
});

/** Floating IPs, and fixed addresses that are themselves on the internet, each once. */
export async function* ownAddresses(session: Session): AsyncIterable<ListedAddress> {
  const { account } = await session.place();
  const ours = (shape: object): [string, string][] => [
    ['project_id', account],
    ...Object.keys(shape).map((field): [string, string] => ['fields', field]),
  ];
  const ports = new Map<string, Port>();
  for await (const page of pages(session, 'ports', ours(Port.shape), Port)) {
    for (const port of page) {
      ports.set(port.id, port);
      const global = port.fixed_ips.filter((one) => isGlobalAddress(one.ip_address));
      for (const { ip_address } of global) yield behind(ip_address, port);
    }
  }
  for await (const page of pages(session, 'floatingips', ours(FloatingIp.shape), FloatingIp)) {
    for (const { floating_ip_address, port_id } of page) {
      yield behind(floating_ip_address, port_id === null ? undefined : ports.get(port_id));
    }
  }
}

function behind(address: string, port: Port | undefined): ListedAddress {
  return { address, name: port?.name || port?.device_id || null, groups: port?.security_groups ?? [] };
}
