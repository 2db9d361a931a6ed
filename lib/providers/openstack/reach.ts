import * as z from 'zod';
import { TerminalError } from '../../errors.ts';
import type { FirewallState } from '../../kinds/firewall.ts';
import { isGlobalAddress } from '../own-address.ts';
import { inBatches } from './batches.ts';
import { pages } from './pages.ts';
import type { Session } from './session.ts';

/** What carries a security group, and what of that the internet can reach. */

type Attached = NonNullable<FirewallState['attached']>;

const Port = z.object({
  id: z.string(),
  security_groups: z.array(z.string()),
  fixed_ips: z.array(z.object({ ip_address: z.string() })),
});
type Port = z.infer<typeof Port>;
const FloatingIp = z.object({ id: z.string(), port_id: z.string().nullable() });

/** Null where the cloud does not let us look: it only colours the finding, so it is no error. */
export async function attachedTo(
  session: Session,
  groupIds: readonly string[],
): Promise<Map<string, Attached> | null> {
  try {
    const ports = await portsOf(session, groupIds);
    const floating = ports.length > 0 ? await floatingPorts(session) : new Set<string>();
    return count(groupIds, ports, floating);
  } catch (error) {
    if (error instanceof TerminalError) return null;
    throw error;
  }
}

async function portsOf(session: Session, groupIds: readonly string[]): Promise<Port[]> {
  const found: Port[] = [];
  for (const ids of inBatches(groupIds)) {
    const query: [string, string][] = [
      ...ids.map((id): [string, string] => ['security_groups', id]),
      ...Object.keys(Port.shape).map((field): [string, string] => ['fields', field]),
    ];
    for await (const page of pages(session, 'ports', query, Port)) found.push(...page);
  }
  // The same port carries groups of several batches.
  return [...new Map(found.map((port) => [port.id, port])).values()];
}

async function floatingPorts(session: Session): Promise<Set<string>> {
  const query: [string, string][] = Object.keys(FloatingIp.shape).map((field) => ['fields', field]);
  const ports = new Set<string>();
  for await (const page of pages(session, 'floatingips', query, FloatingIp)) {
    for (const { port_id } of page) if (port_id) ports.add(port_id);
  }
  return ports;
}

export function count(
  groupIds: readonly string[],
  ports: readonly Port[],
  floating: ReadonlySet<string>,
): Map<string, Attached> {
  const counts = new Map(groupIds.map((id) => [id, { interfaces: 0, public: 0 }]));
  for (const port of ports) {
    // A fixed address of a provider network can itself be on the internet, as IPv6 addresses usually are.
    const isPublic = floating.has(port.id) || port.fixed_ips.some((one) => isGlobalAddress(one.ip_address));
    for (const id of port.security_groups) {
      const held = counts.get(id);
      if (!held) continue;
      held.interfaces += 1;
      if (isPublic) held.public += 1;
    }
  }
  return counts;
}
