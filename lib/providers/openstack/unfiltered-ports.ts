import * as z from 'zod';
import { RetryableError, TerminalError } from '../../errors.ts';
import type { InstanceState } from '../../kinds/instance.ts';
import type { Reading } from '../../ports.ts';
import { isGlobalAddress } from '../own-address.ts';
import type { Adapter } from './adapter.ts';
import { inBatches } from './batches.ts';
import { isId, segment } from './id.ts';
import { json } from './keystone.ts';
import { pages } from './pages.ts';
import type { Session } from './session.ts';
import { tagsOf } from './tags.ts';

/**
 * Ports without port security: no security group filters what reaches the machine behind them. The cloud's own ports
 * (routers, DHCP) never have any. https://docs.openstack.org/api-ref/network/v2/#port-security
 */

const Port = z.object({
  id: z.string(),
  name: z.string().nullish(),
  device_id: z.string().nullish(),
  device_owner: z.string().nullish(),
  status: z.string().default('unknown'),
  revision_number: z.number().int().optional(),
  /** Left out by a cloud without the extension, whose ports are all filtered. */
  port_security_enabled: z.boolean().default(true),
  fixed_ips: z.array(z.object({ ip_address: z.string() })),
  tags: z.array(z.string()).default([]),
});
type Port = z.infer<typeof Port>;
const FloatingIp = z.object({
  id: z.string(),
  port_id: z.string().nullable(),
  floating_ip_address: z.string(),
});

export const unfilteredPorts: Adapter = {
  kind: 'instance',

  async read(session, ids) {
    const ports = new Map<string, Port>();
    for (const batch of inBatches(ids.filter(isId))) {
      const query = batch.map((id): [string, string] => ['id', id]);
      for await (const page of pages(session, 'ports', query, Port))
        for (const one of page) ports.set(one.id, one);
    }
    const floating = ports.size > 0 ? await floatingIps(session) : new Map<string, string[]>();
    const readings = new Map<string, Reading>();
    for (const id of ids) {
      const port = ports.get(id);
      readings.set(id, port ? found(port, floating.get(id) ?? []) : await missing(session, id));
    }
    return readings;
  },

  async apply(session, id, change) {
    if (change.op !== 'set' || change.id !== 'portSecurity')
      throw new TerminalError(`a port has no ${change.op === 'set' ? change.id : change.part} to change`);
    const isOn = change.to === true;
    const now = await portOf(session, id);
    if (now === null && isOn) return change;
    if (now === null) throw new TerminalError(`port ${id} is gone`);
    if (now.port_security_enabled === isOn) return change;
    // Only a port without groups can do without port security, and it has none when it gets it back.
    const body = { port: { port_security_enabled: isOn, ...(isOn ? {} : { security_groups: [] }) } };
    const path = `/ports/${segment(id)}`;
    const headers: Record<string, string> =
      now.revision_number === undefined ? {} : { 'if-match': `revision_number=${now.revision_number}` };
    const answer = await session.call({
      method: 'PUT',
      service: 'network',
      path,
      headers,
      body,
      expect: [404, 412],
    });
    if (answer.status === 412)
      throw new RetryableError(`port ${id} was changed by somebody else since it was read`);
    return change;
  },

  async *list(session) {
    const { account } = await session.place();
    for await (const page of pages(session, 'ports', [['project_id', account]], Port)) {
      const ids = page.filter((one) => !one.port_security_enabled && !isOfCloud(one)).map((one) => one.id);
      if (ids.length > 0) yield ids;
    }
  },
};

const isOfCloud = ({ device_owner }: Port): boolean => device_owner?.startsWith('network:') ?? false;

async function floatingIps(session: Session): Promise<Map<string, string[]>> {
  const byPort = new Map<string, string[]>();
  for await (const page of pages(session, 'floatingips', [], FloatingIp)) {
    for (const { port_id, floating_ip_address } of page) {
      if (port_id !== null) byPort.set(port_id, [...(byPort.get(port_id) ?? []), floating_ip_address]);
    }
  }
  return byPort;
}

async function portOf(session: Session, id: string): Promise<Port | null> {
  const path = `/ports/${segment(id)}`;
  const answer = await session.call({ method: 'GET', service: 'network', path, expect: [404] });
  if (answer.status === 404) return null;
  const port = Port.safeParse(json(answer.text).port);
  if (!port.success) throw new TerminalError(`network: port ${id} came in an unknown shape`);
  return port.data;
}

async function missing(session: Session, id: string): Promise<Reading> {
  if (!isId(id)) return { status: 'error', error: new TerminalError('Neutron gives no such id') };
  if ((await portOf(session, id)) === null) return { status: 'gone' };
  return { status: 'error', error: new RetryableError(`port ${id} came while we read`) };
}

function found(port: Port, floating: readonly string[]): Reading {
  const global = port.fixed_ips.map((one) => one.ip_address).filter(isGlobalAddress);
  const state: InstanceState = {
    kind: 'instance',
    name: port.name || port.device_id || null,
    tags: tagsOf(port.tags),
    service: 'port',
    status: port.status,
    tokenlessCalls: null,
    publicAddresses: [...floating, ...global],
    settings: { portSecurity: port.port_security_enabled || isOfCloud(port) },
  };
  return { status: 'found', state };
}
