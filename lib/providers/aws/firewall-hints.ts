import type { Filter } from '@aws-sdk/client-ec2';
import type { Clients, Place } from './clients.ts';
import { allPages, ec2Of, filter } from './ec2.ts';
import { isAws } from './errors.ts';

/** The groups that hang on what an event names. */
export const firewallHints = {
  /** A group's name, or `vpc-id/name`; a name without a network may fit several groups. */
  async 'firewall-name'(clients: Clients, place: Place, id: string): Promise<string[]> {
    const [, vpc, named] = /^(vpc-[0-9a-f]+)\/(.*)$/s.exec(id) ?? [];
    const name = named ?? id;
    const groups = await groupsBy(clients, place, [
      filter('group-name', [literally(name)]),
      ...(vpc ? [filter('vpc-id', [vpc])] : []),
    ]);
    return groups.filter((group) => group.GroupName === name).flatMap((group) => group.GroupId ?? []);
  },

  /** Every group with a rule that references the list. */
  async 'prefix-list'(clients: Clients, place: Place, id: string): Promise<string[]> {
    const { client, sdk } = await ec2Of(clients, place);
    const rules = await allPages(async (NextToken) => {
      const page = await client.send(
        new sdk.DescribeSecurityGroupRulesCommand({ MaxResults: 1000, NextToken }),
      );
      return { items: page.SecurityGroupRules, next: page.NextToken };
    });
    const users = rules.filter((rule) => rule.PrefixListId === id).flatMap((rule) => rule.GroupId ?? []);
    return [...new Set(users)];
  },

  async instance(clients: Clients, place: Place, id: string): Promise<string[]> {
    const { client, sdk } = await ec2Of(clients, place);
    const answer = await client
      .send(new sdk.DescribeInstancesCommand({ InstanceIds: [id] }))
      .catch(nothingIf('InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed'));
    const instances = answer?.Reservations?.flatMap((one) => one.Instances ?? []) ?? [];
    const carried = instances.flatMap((one) => [
      ...(one.SecurityGroups ?? []),
      ...(one.NetworkInterfaces ?? []).flatMap((port) => port.Groups ?? []),
    ]);
    return [...new Set(carried.flatMap((group) => group.GroupId ?? []))];
  },

  async 'network-interface'(clients: Clients, place: Place, id: string): Promise<string[]> {
    const { client, sdk } = await ec2Of(clients, place);
    const answer = await client
      .send(new sdk.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] }))
      .catch(nothingIf('InvalidNetworkInterfaceID.NotFound', 'InvalidNetworkInterfaceId.Malformed'));
    const carried = answer?.NetworkInterfaces?.flatMap((one) => one.Groups ?? []) ?? [];
    return [...new Set(carried.flatMap((group) => group.GroupId ?? []))];
  },
};

async function groupsBy(clients: Clients, place: Place, Filters: Filter[]) {
  const { client, sdk } = await ec2Of(clients, place);
  return allPages(async (NextToken) => {
    const page = await client.send(
      new sdk.DescribeSecurityGroupsCommand({ Filters, MaxResults: 1000, NextToken }),
    );
    return { items: page.SecurityGroups, next: page.NextToken };
  });
}

/** Filter values know wildcards; a name from an event is a name. */
function literally(name: string): string {
  return name.replace(/[\\*?]/g, '\\$&');
}

/** What is no longer there carries nothing. */
function nothingIf(...names: string[]): (error: unknown) => null {
  return (error) => {
    if (isAws(error, ...names)) return null;
    throw error;
  };
}
