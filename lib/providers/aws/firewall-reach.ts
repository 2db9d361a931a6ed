import type { SecurityGroupRule } from '@aws-sdk/client-ec2';
import type { Clients, Place } from './clients.ts';
import { allPages, chunks, ec2Of, filter, filterMax } from './ec2.ts';
import { isAws } from './errors.ts';
import { protocolOf } from './firewall-rule.ts';

export interface Reach {
  interfaces: number;
  public: number;
}

/**
 * What carries the groups whose rules look wide. Only severity hangs on it, so groups that look clean cost no
 * call, and a role that may not look says "not known" instead of holding up the fix.
 */
export async function readReach(
  clients: Clients,
  place: Place,
  rules: readonly SecurityGroupRule[],
): Promise<Map<string, Reach>> {
  const ids = [...new Set(rules.filter(looksWide).flatMap((rule) => rule.GroupId ?? []))];
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
function looksWide(rule: SecurityGroupRule): boolean {
  if (rule.IsEgress || isWeb(rule)) return false;
  if (rule.PrefixListId) return true;
  const cidr = rule.CidrIpv4 ?? rule.CidrIpv6;
  if (!cidr) return false;
  const bits = Number(cidr.split('/')[1]);
  return rule.CidrIpv4 ? bits < 16 : bits < 32;
}

function isWeb({ IpProtocol, FromPort, ToPort }: SecurityGroupRule): boolean {
  const protocol = protocolOf(IpProtocol ?? '');
  if (protocol.startsWith('icmp')) return true;
  if (FromPort !== ToPort) return false;
  return FromPort === 443 || (FromPort === 80 && protocol === 'tcp');
}
