import { RetryableError, TerminalError } from '../../../errors.ts';
import { isAws, orNull } from '../errors.ts';
import { kafkaOf } from '../services.ts';
import type { Store } from './store.ts';

const absent = (error: unknown) => isAws(error, 'NotFoundException');

/** MSK clusters. Turning public access off takes up to an hour, in which the cluster takes no other change. */
export const brokers: Store = {
  service: 'msk',
  calls: {
    read: ['kafka:DescribeClusterV2', 'kafka:ListClustersV2'],
    write: ['kafka:UpdateConnectivity'],
  },
  owns: (arn) => /^arn:[^:]+:kafka:[^:]*:\d*:cluster\//.test(arn),

  async read(clients, place, ClusterArn) {
    const { client, sdk } = await kafkaOf(clients, place);
    const said = await orNull(client.send(new sdk.DescribeClusterV2Command({ ClusterArn })), absent);
    const found = said?.ClusterInfo;
    if (!found || found.State === 'DELETING') return null;
    const access = found.Provisioned?.BrokerNodeGroupInfo?.ConnectivityInfo?.PublicAccess?.Type;
    return {
      kind: 'database',
      name: found.ClusterName ?? null,
      tags: found.Tags ?? {},
      service: 'msk',
      status: found.State ?? 'unknown',
      encrypted: true,
      settings: { publiclyAccessible: access !== undefined && access !== 'DISABLED' },
    };
  },

  async set(clients, place, ClusterArn, setting, to) {
    if (setting !== 'publiclyAccessible') throw new TerminalError(`MSK has no setting ${setting}`);
    const { client, sdk } = await kafkaOf(clients, place);
    const said = await orNull(client.send(new sdk.DescribeClusterV2Command({ ClusterArn })), absent);
    if (!said) return;
    // A change in progress is waited for by looking again later; it may be the one that we asked for.
    if (said.ClusterInfo?.State !== 'ACTIVE') throw new RetryableError(`${ClusterArn} is being changed`);
    const Type = to === true ? 'SERVICE_PROVIDED_EIPS' : 'DISABLED';
    const { CurrentVersion } = said.ClusterInfo;
    const access = said.ClusterInfo.Provisioned?.BrokerNodeGroupInfo?.ConnectivityInfo?.PublicAccess?.Type;
    if ((access ?? 'DISABLED') === Type) return;
    const of = { ClusterArn, CurrentVersion, ConnectivityInfo: { PublicAccess: { Type } } };
    await client.send(new sdk.UpdateConnectivityCommand(of));
    throw new RetryableError(`${ClusterArn} was told to change its public access, which takes a while`);
  },

  async *list(clients, place) {
    const { client, sdk } = await kafkaOf(clients, place);
    let NextToken: string | undefined;
    do {
      const page = await client.send(new sdk.ListClustersV2Command({ MaxResults: 100, NextToken }));
      yield (page.ClusterInfoList ?? []).flatMap((one) => one.ClusterArn ?? []);
      NextToken = page.NextToken || undefined;
    } while (NextToken);
  },

  hints: {},
};
