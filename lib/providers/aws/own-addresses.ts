import type { EC2Client } from '@aws-sdk/client-ec2';
import { publicAddressesOf } from './public-addresses.ts';

/**
 * Every public address of the account in a region: of instances, NAT gateways and load balancers (they all have
 * network interfaces), and the elastic ones that nothing carries yet. Blocking one of them blocks ourselves.
 */
export async function ownAddresses(client: EC2Client): Promise<string[]> {
  const { DescribeAddressesCommand, paginateDescribeNetworkInterfaces } = await import('@aws-sdk/client-ec2');
  const found = new Set<string>();
  const note = (address: string | undefined) => address && found.add(address);
  for await (const page of paginateDescribeNetworkInterfaces({ client }, {})) {
    for (const one of page.NetworkInterfaces ?? []) publicAddressesOf(one).forEach(note);
  }
  const { Addresses } = await client.send(new DescribeAddressesCommand({}));
  for (const one of Addresses ?? []) note(one.PublicIp);
  return [...found];
}

/** The calls of this file. */
export const calls = { read: ['ec2:DescribeAddresses', 'ec2:DescribeNetworkInterfaces'], write: [] } as const;
