import type { ListedAddress } from '../own-address.ts';
import type { Clients, Place } from './clients.ts';
import { allPages, chunks } from './ec2.ts';
import { isAws, orNull } from './errors.ts';
import { elbOf, lambdaOf } from './services.ts';

/** What the inventory of names needs. */
export const publicNameCalls = [
  'elasticloadbalancing:DescribeListeners',
  'elasticloadbalancing:DescribeLoadBalancers',
  'lambda:GetFunctionUrlConfig',
  'lambda:ListFunctions',
] as const;

/**
 * The names of a region under which strangers reach us: load balancers at the ports they listen on, and function URLs. The
 * addresses behind them are shared or change, so only these ports are ours.
 */
export async function publicNames(clients: Clients, place: Place): Promise<ListedAddress[]> {
  const [balancers, functions] = await Promise.all([
    balancerNames(clients, place),
    functionNames(clients, place),
  ]);
  return [...balancers, ...functions];
}

async function balancerNames(clients: Clients, place: Place): Promise<ListedAddress[]> {
  const { client, sdk } = await elbOf(clients, place);
  const balancers = await allPages(async (Marker) => {
    const page = await client.send(new sdk.DescribeLoadBalancersCommand({ Marker }));
    return { items: page.LoadBalancers, next: page.NextMarker };
  });
  const open = balancers.filter((one) => one.Scheme === 'internet-facing' && one.DNSName);
  const names = open.map(async ({ LoadBalancerArn, DNSName = '', SecurityGroups }) => {
    const listeners = await allPages(async (Marker) => {
      const command = new sdk.DescribeListenersCommand({ LoadBalancerArn, Marker });
      const page = await orNull(client.send(command), (e) => isAws(e, 'LoadBalancerNotFound'));
      return { items: page?.Listeners, next: page?.NextMarker };
    });
    // UDP answers no connection.
    const tcp = listeners.filter((one) => one.Protocol !== 'UDP' && one.Protocol !== 'QUIC');
    const ports = [...new Set(tcp.flatMap((one) => one.Port ?? []))].sort((a, b) => a - b);
    return { address: DNSName.toLowerCase(), ports, groups: SecurityGroups ?? [] };
  });
  return (await Promise.all(names)).filter((one) => one.ports.length > 0);
}

const functionsAtOnce = 8;

async function functionNames(clients: Clients, place: Place): Promise<ListedAddress[]> {
  const { client, sdk } = await lambdaOf(clients, place);
  const functions = await allPages(async (Marker) => {
    const page = await client.send(new sdk.ListFunctionsCommand({ Marker }));
    return { items: page.Functions, next: page.NextMarker };
  });
  const names: ListedAddress[] = [];
  for (const some of chunks(functions, functionsAtOnce)) {
    const asked = some.map(({ FunctionName }) =>
      orNull(client.send(new sdk.GetFunctionUrlConfigCommand({ FunctionName })), (e) =>
        isAws(e, 'ResourceNotFoundException'),
      ),
    );
    for (const config of await Promise.all(asked)) {
      if (config?.FunctionUrl)
        names.push({ address: new URL(config.FunctionUrl).hostname, ports: [443], groups: [] });
    }
  }
  return names;
}
