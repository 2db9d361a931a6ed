import * as z from 'zod';
import { TerminalError } from '../../errors.ts';
import type { ClusterState } from '../../kinds/cluster.ts';
import type { Reading } from '../../ports.ts';
import type { Adapter } from './adapter.ts';
import { failed } from './client.ts';

/** SKS clusters. https://openapi-v2.exoscale.com/group/endpoint-kubernetes */

const Cluster = z.object({
  id: z.string(),
  name: z.string().default(''),
  state: z.string().default('unknown'),
  labels: z.record(z.string(), z.string()).nullish(),
  endpoint: z.string().nullish(),
  'auto-upgrade': z.boolean().default(false),
});
type Cluster = z.infer<typeof Cluster>;
const Clusters = z.object({ 'sks-clusters': z.array(Cluster) });

export const cluster: Adapter = {
  kind: 'cluster',
  scope: 'zone',

  async read({ client, zone }, ids) {
    const all = (await client.get(zone, '/sks-cluster', Clusters))['sks-clusters'];
    return new Map(ids.map((id) => [id, reading(all.find((one) => one.id === id))]));
  },

  async apply({ client, zone }, id, change) {
    if (change.op !== 'set' || change.id !== 'autoUpgrade')
      throw new TerminalError(
        `an SKS cluster has no ${change.op === 'set' ? change.id : change.part} to change`,
      );
    const body = { 'auto-upgrade': change.to === true };
    const path = `/sks-cluster/${encodeURIComponent(id)}`;
    const ended = await client.change(zone, { method: 'PUT', path, body });
    if (ended.state !== 'success' && ended.reason !== 'not-found')
      throw failed(`changing cluster ${id}`, ended);
    return change;
  },

  async *list({ client, zone }) {
    yield (await client.get(zone, '/sks-cluster', Clusters))['sks-clusters'].map((one) => one.id);
  },
};

function reading(found: Cluster | undefined): Reading {
  if (!found || found.state === 'deleting') return { status: 'gone' };
  const state: ClusterState = {
    kind: 'cluster',
    name: found.name,
    tags: found.labels ?? {},
    status: found.state,
    settings: {
      // Its API always answers the whole internet; there is nothing to narrow it with.
      publicAccess: Boolean(found.endpoint),
      privateAccess: false,
      publicCidrs: found.endpoint ? ['0.0.0.0/0', '::/0'] : [],
      autoUpgrade: found['auto-upgrade'],
    },
    lacks: ['narrowing'],
  };
  return { status: 'found', state };
}
