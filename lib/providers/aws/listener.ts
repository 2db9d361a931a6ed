import type { Action, Listener } from '@aws-sdk/client-elastic-load-balancing-v2';
import { TerminalError } from '../../errors.ts';
import type { ListenerState } from '../../kinds/listener.ts';
import type { Change, Json } from '../../model.ts';
import type { Adapter } from './adapter.ts';
import type { Clients, Place } from './clients.ts';
import { applyToDistribution, listDistributions, readDistribution } from './distributions.ts';
import { allPages } from './ec2.ts';
import { isAws, orNull } from './errors.ts';
import { oneByOne } from './one-by-one.ts';
import { elbOf } from './services.ts';

const absent = (error: unknown) =>
  isAws(
    error,
    'ListenerNotFoundException',
    'ListenerNotFound',
    'LoadBalancerNotFoundException',
    'LoadBalancerNotFound',
  );

const isBalancer = (id: string) => id.startsWith('arn:');

/**
 * Listeners of application and network load balancers, by their ARN, and CloudFront distributions, which have no
 * region, by their id.
 */
export const listener: Adapter = {
  kind: 'listener',
  isGlobal: 'both',
  calls: {
    read: [
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:DescribeLoadBalancers',
      'cloudfront:GetDistributionConfig',
      'cloudfront:ListDistributions',
    ],
    write: ['elasticloadbalancing:ModifyListener', 'cloudfront:UpdateDistribution'],
  },

  read: (clients, place, ids) =>
    oneByOne(ids, async (arn) => {
      if (!isBalancer(arn)) {
        const state = await readDistribution(clients, place, arn);
        return state === null ? { status: 'gone' } : { status: 'found', state };
      }
      const found = await readListener(clients, place, arn);
      return found === null
        ? { status: 'gone' }
        : { status: 'found', state: await stateOf(clients, place, found) };
    }),

  async apply(clients, place, ListenerArn, change) {
    if (!isBalancer(ListenerArn)) {
      await applyToDistribution(clients, place, ListenerArn, change);
      return change;
    }
    const { client, sdk } = await elbOf(clients, place);
    const command = new sdk.ModifyListenerCommand({ ListenerArn, ...inputOf(change) });
    await orNull(client.send(command), absent);
    return change;
  },

  async *list(clients, place) {
    if (place.region === 'global') {
      yield* listDistributions(clients, place);
      return;
    }
    const { client, sdk } = await elbOf(clients, place);
    const balancers = await allPages(async (Marker) => {
      const page = await client.send(new sdk.DescribeLoadBalancersCommand({ Marker }));
      return { items: page.LoadBalancers, next: page.NextMarker };
    });
    for (const { LoadBalancerArn } of balancers) {
      if (LoadBalancerArn)
        yield (await siblingsOf(clients, place, LoadBalancerArn)).flatMap((one) => one.ListenerArn ?? []);
    }
  },

  hints: { 'distribution-worldwide': async (_, __, id) => [id] },
};

async function readListener(clients: Clients, place: Place, arn: string): Promise<Listener | null> {
  const { client, sdk } = await elbOf(clients, place);
  const command = new sdk.DescribeListenersCommand({ ListenerArns: [arn] });
  return (await orNull(client.send(command), absent))?.Listeners?.[0] ?? null;
}

async function siblingsOf(clients: Clients, place: Place, LoadBalancerArn: string): Promise<Listener[]> {
  const { client, sdk } = await elbOf(clients, place);
  return allPages(async (Marker) => {
    const command = new sdk.DescribeListenersCommand({ LoadBalancerArn, Marker });
    const page = await orNull(client.send(command), absent);
    return { items: page?.Listeners, next: page?.NextMarker };
  });
}

async function stateOf(clients: Clients, place: Place, found: Listener): Promise<ListenerState> {
  const { LoadBalancerArn = '', Protocol = '', Port = null, SslPolicy } = found;
  const balancer = LoadBalancerArn.split('/')[2] ?? LoadBalancerArn;
  const siblings = Protocol === 'HTTP' ? await siblingsOf(clients, place, LoadBalancerArn) : [];
  // One that works: it has a certificate and does something.
  const secure = siblings.find(
    (one) => one.Protocol === 'HTTPS' && one.Certificates?.length && one.DefaultActions?.length,
  );
  const encrypted = Protocol === 'HTTPS' || Protocol === 'TLS';
  return {
    kind: 'listener',
    name: `${balancer} ${Protocol}:${Port}`,
    tags: {},
    service: 'elb',
    protocol: Protocol,
    port: Port,
    httpsPort: secure?.Port ?? null,
    settings: {
      actions: JSON.parse(JSON.stringify(found.DefaultActions ?? [])) as Json,
      ...(encrypted && { tlsPolicy: SslPolicy ?? 'ELBSecurityPolicy-2016-08' }),
    },
  };
}

function inputOf(change: Change): { SslPolicy: string } | { DefaultActions: Action[] } {
  if (change.op === 'set' && change.id === 'tlsPolicy' && typeof change.to === 'string') {
    return { SslPolicy: change.to };
  }
  // Either what the balancer said itself or what a control wrote in the same form.
  if (change.op === 'set' && change.id === 'actions')
    return { DefaultActions: change.to as unknown as Action[] };
  throw new TerminalError('a listener has no such setting');
}
