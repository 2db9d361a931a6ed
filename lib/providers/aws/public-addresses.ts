import type { NetworkInterface } from '@aws-sdk/client-ec2';
import type { ListedAddress } from '../own-address.ts';
import type { Clients, Place } from './clients.ts';
import { allPages, ec2Of } from './ec2.ts';

/** What the inventory needs. */
export const publicAddressCalls = ['ec2:DescribeNetworkInterfaces'] as const;

/** Every public address of a region (machines, load balancers, NAT gateways …) with the groups in front of it. */
export async function publicAddresses(clients: Clients, place: Place): Promise<ListedAddress[]> {
  const { client, sdk } = await ec2Of(clients, place);
  const interfaces = await allPages(async (NextToken) => {
    const page = await client.send(new sdk.DescribeNetworkInterfacesCommand({ MaxResults: 1000, NextToken }));
    return { items: page.NetworkInterfaces, next: page.NextToken };
  });
  return interfaces.flatMap((one) => {
    const groups = (one.Groups ?? []).flatMap((group) => group.GroupId ?? []);
    return publicAddressesOf(one).map((address) => ({ address, groups }));
  });
}

/** The addresses at which strangers reach an interface. Each stands in it once or twice. */
export function publicAddressesOf(one: NetworkInterface): string[] {
  const v4 = (one.PrivateIpAddresses ?? []).flatMap((held) => held.Association?.PublicIp ?? []);
  const v6 = (one.Ipv6Addresses ?? []).flatMap((held) => held.Ipv6Address ?? []);
  return [...new Set([one.Association?.PublicIp ?? [], v4, v6].flat())];
}
