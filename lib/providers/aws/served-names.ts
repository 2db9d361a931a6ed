import type { Clients, Place } from './clients.ts';
import { allDistributions } from './distributions.ts';
import { allPages } from './ec2.ts';
import { expected } from './errors.ts';
import { cloudFrontOf, elbOf } from './services.ts';

/** The calls of this file. */
export const calls = [
  'cloudfront:GetDistributionConfig',
  'cloudfront:ListDistributions',
  'elasticloadbalancing:DescribeListenerCertificates',
  'elasticloadbalancing:DescribeListeners',
  'elasticloadbalancing:DescribeRules',
];

/**
 * Names under which clients reach what serves this certificate: the aliases of distributions, and the hosts that the rules
 * of load balancers tell apart. Left out where a listener has several certificates, since another may cover the name.
 */
export async function servedNamesOf(
  clients: Clients,
  place: Place,
  certificate: string,
  usedBy: readonly string[],
): Promise<string[]> {
  const names = await Promise.all(
    usedBy.map((arn) => {
      if (arn.includes(':cloudfront:')) return aliasesOf(clients, place, arn.slice(arn.lastIndexOf('/') + 1));
      if (arn.includes(':elasticloadbalancing:') && /:loadbalancer\/(app|net)\//.test(arn))
        return hostsOf(clients, place, arn, certificate);
      return [];
    }),
  );
  return [...new Set(names.flat().map((one) => one.toLowerCase()))].sort();
}

async function aliasesOf(clients: Clients, place: Place, Id: string): Promise<string[]> {
  const { client, sdk } = await cloudFrontOf(clients, { ...place, region: 'global' });
  const said = await expected(
    client.send(new sdk.GetDistributionConfigCommand({ Id })),
    'NoSuchDistribution',
  );
  return said?.DistributionConfig?.Aliases?.Items ?? [];
}

const gone = [
  'LoadBalancerNotFound',
  'LoadBalancerNotFoundException',
  'ListenerNotFound',
  'ListenerNotFoundException',
];

async function hostsOf(clients: Clients, place: Place, LoadBalancerArn: string, certificate: string) {
  const { client, sdk } = await elbOf(clients, place);
  const listeners = await allPages(async (Marker) => {
    const page = await expected(
      client.send(new sdk.DescribeListenersCommand({ LoadBalancerArn, Marker })),
      ...gone,
    );
    return { items: page?.Listeners, next: page?.NextMarker };
  });
  const found: string[] = [];
  for (const { ListenerArn, Certificates } of listeners) {
    if (!Certificates?.some((one) => one.CertificateArn === certificate)) continue;
    const all = await expected(
      client.send(new sdk.DescribeListenerCertificatesCommand({ ListenerArn })),
      ...gone,
    );
    const others = (all?.Certificates ?? []).filter((one) => one.CertificateArn !== certificate);
    if (others.length === 0) found.push(...(await ruleHosts(clients, place, ListenerArn)));
  }
  return found;
}

/** A pattern says what is let through, not what is asked for. */
async function ruleHosts(clients: Clients, place: Place, ListenerArn: string | undefined): Promise<string[]> {
  const { client, sdk } = await elbOf(clients, place);
  const rules = await allPages(async (Marker) => {
    const page = await expected(client.send(new sdk.DescribeRulesCommand({ ListenerArn, Marker })), ...gone);
    return { items: page?.Rules, next: page?.NextMarker };
  });
  const conditions = rules
    .flatMap((one) => one.Conditions ?? [])
    .filter((one) => one.Field === 'host-header');
  const hosts = conditions.flatMap((one) => [...(one.HostHeaderConfig?.Values ?? []), ...(one.Values ?? [])]);
  return hosts.filter((host) => !/[*?]/.test(host));
}

/** Distributions that serve a server certificate of IAM, which does not say so itself. */
export async function distributionsBy(
  clients: Clients,
  place: Place,
): Promise<Map<string, { arn: string; aliases: string[] }[]>> {
  const found = new Map<string, { arn: string; aliases: string[] }[]>();
  for (const { ARN, Aliases, ViewerCertificate } of await allDistributions(clients, place)) {
    const id = ViewerCertificate?.IAMCertificateId;
    const one = { arn: ARN ?? '', aliases: Aliases?.Items ?? [] };
    if (id) found.set(id, [...(found.get(id) ?? []), one]);
  }
  return found;
}
