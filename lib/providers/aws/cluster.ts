import { setTimeout as sleep } from 'node:timers/promises';
import { RetryableError, TerminalError } from '../../errors.ts';
import type { Json } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import type { Adapter } from './adapter.ts';
import type { Clients, Place } from './clients.ts';
import { isAws, orNull } from './errors.ts';
import { oneByOne } from './one-by-one.ts';
import { eksOf } from './services.ts';

const absent = (error: unknown) => isAws(error, 'ResourceNotFoundException');

/** EKS clusters; the id is the name. */
export const cluster: Adapter = {
  kind: 'cluster',
  calls: { read: ['eks:DescribeCluster', 'eks:ListClusters'], write: ['eks:UpdateClusterConfig'] },

  read: (clients, place, ids) => oneByOne(ids, (name) => readCluster(clients, place, name)),

  async apply(clients, place, name, change) {
    if (change.op !== 'set') throw new TerminalError('a cluster has settings only');
    const { client, sdk } = await eksOf(clients, place);
    const said = await orNull(client.send(new sdk.DescribeClusterCommand({ name })), absent);
    if (!said?.cluster) return change;
    // All of it is said again: what is left out must not fall back to a default.
    const { endpointPublicAccess, endpointPrivateAccess, publicAccessCidrs } =
      said.cluster.resourcesVpcConfig ?? {};
    const asIs = { endpointPublicAccess, endpointPrivateAccess, publicAccessCidrs };
    const resourcesVpcConfig = { ...asIs, ...changed(change.id, change.to) };
    try {
      await client.send(new sdk.UpdateClusterConfigCommand({ name, resourcesVpcConfig }));
    } catch (error) {
      if (absent(error)) return change;
      // EKS refuses a change to what is so already, and one beside another.
      const isSo =
        isAws(error, 'InvalidParameterException') &&
        /already at the desired configuration/i.test(String(error));
      if (isAws(error, 'ResourceInUseException'))
        throw new RetryableError(`${name} is being updated`, { cause: error });
      if (!isSo) throw error;
    }
    await updated(clients, place, name);
    return change;
  },

  async *list(clients, place) {
    const { client, sdk } = await eksOf(clients, place);
    let nextToken: string | undefined;
    do {
      const page = await client.send(new sdk.ListClustersCommand({ maxResults: 100, nextToken }));
      yield page.clusters ?? [];
      nextToken = page.nextToken || undefined;
    } while (nextToken);
  },
};

function changed(setting: string, to: Json) {
  if (setting === 'publicCidrs' && Array.isArray(to)) return { publicAccessCidrs: to.map(String) };
  if (setting === 'publicAccess') return { endpointPublicAccess: to === true };
  throw new TerminalError(`a cluster has no setting ${setting}`);
}

async function readCluster(clients: Clients, place: Place, name: string): Promise<Reading> {
  const { client, sdk } = await eksOf(clients, place);
  const found = (await orNull(client.send(new sdk.DescribeClusterCommand({ name })), absent))?.cluster;
  if (!found || found.status === 'DELETING') return { status: 'gone' };
  const network = found.resourcesVpcConfig ?? {};
  const settings = {
    publicAccess: network.endpointPublicAccess ?? false,
    privateAccess: network.endpointPrivateAccess ?? false,
    publicCidrs: network.publicAccessCidrs ?? [],
  };
  const { tags = {}, status = 'unknown' } = found;
  return { status: 'found', state: { kind: 'cluster', name, tags, status, settings } };
}

const tries = 6;
const pauseMs = 5_000;

async function updated(clients: Clients, place: Place, name: string): Promise<void> {
  const { client, sdk } = await eksOf(clients, place);
  for (let left = tries; left > 0; left--) {
    const said = await orNull(client.send(new sdk.DescribeClusterCommand({ name })), absent);
    if (said?.cluster?.status !== 'UPDATING') return;
    if (left > 1) await sleep(pauseMs);
  }
  throw new RetryableError(`${name} is still being updated`);
}
