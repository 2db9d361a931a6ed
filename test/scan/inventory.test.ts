import { DescribeNetworkInterfacesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { AwsProvider } from '../../lib/providers/aws/aws.ts';
import { admittingRules, ruleBehind } from '../../lib/scan/inventory.ts';
import { ownAddressesOf } from '../../lib/wire-scan.ts';
import { firewall, group, rule } from '../loop/harness.ts';

test('every public address of a region with the groups in front of it, over all pages', async () => {
  const ec2 = mockClient(EC2Client);
  ec2
    .on(DescribeNetworkInterfacesCommand)
    .resolvesOnce({
      NextToken: 'more',
      NetworkInterfaces: [
        {
          Groups: [{ GroupId: 'sg-1' }, { GroupId: 'sg-2' }],
          Association: { PublicIp: '93.184.216.34' },
          PrivateIpAddresses: [
            { PrivateIpAddress: '10.0.0.4', Association: { PublicIp: '93.184.216.34' } },
            { PrivateIpAddress: '10.0.0.5', Association: { PublicIp: '93.184.216.35' } },
          ],
        },
        { Groups: [{ GroupId: 'sg-3' }], PrivateIpAddresses: [{ PrivateIpAddress: '10.0.0.6' }] },
      ],
    })
    .resolves({ NetworkInterfaces: [{ Ipv6Addresses: [{ Ipv6Address: '2606:2800:220:1::1' }] }] });
  const place = { provider: 'aws', account: '123456789012' } as const;
  const provider = new AwsProvider({ accounts: [place], version: 'test' });

  const found = await ownAddressesOf([{ provider, guarded: [{ ...place, regions: ['eu-central-1'] }] }]);

  const named = (id: string) => ({ ...place, region: 'eu-central-1', kind: 'firewall', id });
  expect(found).toEqual([
    { address: '93.184.216.34', name: null, firewalls: [named('sg-1'), named('sg-2')] },
    { address: '93.184.216.35', name: null, firewalls: [named('sg-1'), named('sg-2')] },
    { address: '2606:2800:220:1::1', name: null, firewalls: [] },
  ]);
  ec2.restore();
});

test('only rules that let strangers in are named, and each leads back to itself', () => {
  const open = rule('sgr-open', { fromPort: 8080, toPort: 8080 });
  const state = firewall([
    open,
    rule('sgr-inside', { peer: { type: 'cidr', cidr: '10.0.0.0/8' } }),
    rule('sgr-group', { peer: { type: 'group', id: 'sg-2' } }),
    rule('sgr-out', { direction: 'egress' }),
    rule('sgr-list', { peer: { type: 'prefix-list', id: 'pl-1', cidrs: ['::/0'] } }),
    rule('sgr-hidden', { peer: { type: 'prefix-list', id: 'pl-2', cidrs: null } }),
  ]);

  const rules = admittingRules(group, state);

  expect(rules.map((one) => one.id)).toEqual(['sg-1/sgr-open', 'sg-1/sgr-list']);
  expect(rules[0] && ruleBehind(rules[0])).toEqual({ resource: group, rule: open });
});
