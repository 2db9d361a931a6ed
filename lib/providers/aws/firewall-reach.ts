import type { SecurityGroupRule } from '@aws-sdk/client-ec2';
import type { Clients, Place } from './clients.ts';
import { allPages, chunks, ec2Of, filter, filterMax } from './ec2.ts';
import { isAws } from './errors.ts';
import { protocolOf } from './firewall-rule.ts';

/** What is known of prefix lists. */
type Lists = ReadonlyMap<string, readonly string[] | null>;

export interface Reach {
  interfaces: number;
  public: number;
}

/**
 * What carries the groups whose rules look wide, and the `asked` ones. Only severity hangs on it, so groups that look clean cost no
 * call, and a role that may not look says "not known" instead of holding up the fix.
 */
export async function readReach(
  clients: Clients,
  place: Place,
  rules: readonly SecurityGroupRule[],
  asked: readonly string[],
  lists: Lists,
): Promise<Map<string, Reach>> {
  const ids = [
    ...new Set([
      ...rules.filter((rule) => looksWide(rule, lists)).flatMap((rule) => rule.GroupId ?? []),
      ...asked,
    ]),
  ];
  const reach = new Map<string, Reach>();
  if (ids.length === 0) return reach;
  const { client, sdk } = await ec2Of(clients, place);
  const chunked = chunks(ids, filterMax).map(async (some) => {
    const interfaces = await allPages(async (NextToken) => {
      const Filters = [filter('group-id', some)];
      const page = await client.send(
        new sdk.DescribeNetworkInterfacesCommand({ Filters, MaxResults: 1000, NextToken }),
      );
      return { items: page.NetworkInterfaces, next: page.NextToken };
    });
    for (const id of some) {
      const carriers = interfaces.filter((one) => one.Groups?.some((group) => group.GroupId === id));
      const open = carriers.filter((one) => one.Association?.PublicIp || one.Ipv6Addresses?.length);
      reach.set(id, { interfaces: carriers.length, public: open.length });
    }
  });
  try {
    await Promise.all(chunked);
  } catch (error) {
    if (!isAws(error, 'UnauthorizedOperation', 'AccessDenied')) throw error;
    return new Map();
  }
  return reach;
}

/** A guess that decides about one call and nothing else; the controls do the reckoning. */
function looksWide(rule: SecurityGroupRule, lists: Lists): boolean {
  if (rule.IsEgress || isWeb(rule)) return false;
  if (rule.PrefixListId) return lists.get(rule.PrefixListId)?.some(isWide) ?? false;
  const cidr = rule.CidrIpv4 ?? rule.CidrIpv6;
  return cidr !== undefined && isWide(cidr);
}

function isWide(cidr: string): boolean {
  if (/^(10|127)\.|^172\.(1[6-9]|2\d|3[01])\.|^f[cd]/i.test(cidr)) return false;
  const bits = Number(cidr.split('/')[1]);
  return cidr.includes(':') ? bits < 32 : bits < 16;
}

function isWeb({ IpProtocol, FromPort, ToPort }: SecurityGroupRule): boolean {
  const protocol = protocolOf(IpProtocol ?? '');
  if (protocol.startsWith('icmp')) return true;
  if (FromPort !== ToPort) return false;
  return FromPort === 443 || (FromPort === 80 && protocol === 'tcp');
}
