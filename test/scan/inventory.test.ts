import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  CreateNetworkInterfaceCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeNetworkInterfacesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, CreateFunctionUrlConfigCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import { Policy } from '../../lib/policy/schema.ts';
import { AwsProvider } from '../../lib/providers/aws/aws.ts';
import { publicAddresses } from '../../lib/providers/aws/public-addresses.ts';
import { publicNames } from '../../lib/providers/aws/public-names.ts';
import { motoAccount, motoCredentials } from '../../lib/sandbox/moto.ts';
import { admittingRules, ruleBehind } from '../../lib/scan/inventory.ts';
import { noClouds, ownAddressesOf, planScan } from '../../lib/wire-scan.ts';
import { snapshut } from '../e2e/cli.ts';
import { useMoto } from '../engines/moto.ts';
import { firewall, group, rule } from '../loop/harness.ts';
import { awsOn, ec2On, region } from '../providers/aws/cloud.ts';
import { closeServers, folder } from './servers.ts';

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
  const { clients } = new AwsProvider({ accounts: [{ account: '123456789012' }], version: 'test' });

  const found = await publicAddresses(clients, { account: '123456789012', region: 'eu-central-1' });

  expect(found).toEqual([
    { address: '93.184.216.34', groups: ['sg-1', 'sg-2'] },
    { address: '93.184.216.35', groups: ['sg-1', 'sg-2'] },
    { address: '2606:2800:220:1::1', groups: [] },
  ]);
  ec2.restore();
});

const moto = useMoto();

describe('names on moto', () => {
  test('a load balancer that faces the internet, at its TCP listeners, and a function URL', async () => {
    const here = { endpoint: moto().endpoint, region, credentials: motoCredentials };
    const ec2 = ec2On(moto());
    const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))).Vpc?.VpcId ?? '';
    const subnets = await Promise.all(
      ['a', 'b'].map((zone, at) =>
        ec2.send(
          new CreateSubnetCommand({
            VpcId,
            CidrBlock: `10.0.${at}.0/24`,
            AvailabilityZone: `${region}${zone}`,
          }),
        ),
      ),
    );
    const Subnets = subnets.flatMap((one) => one.Subnet?.SubnetId ?? []);
    const elb = new ElasticLoadBalancingV2Client(here);
    const names: string[] = [];
    for (const [Name, Scheme] of [
      ['shop', 'internet-facing'],
      ['inside', 'internal'],
    ] as const) {
      const made = await elb.send(new CreateLoadBalancerCommand({ Name, Scheme, Subnets }));
      const { LoadBalancerArn, DNSName = '' } = made.LoadBalancers?.[0] ?? {};
      names.push(DNSName);
      for (const Port of [8443, 80]) {
        const DefaultActions = [
          { Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode: '404' } },
        ];
        await elb.send(
          new CreateListenerCommand({ LoadBalancerArn, Protocol: 'HTTP', Port, DefaultActions }),
        );
      }
    }
    const iam = new IAMClient(here);
    const trust = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    });
    const { Role } = await iam.send(
      new CreateRoleCommand({ RoleName: 'runs', AssumeRolePolicyDocument: trust }),
    );
    const lambda = new LambdaClient(here);
    for (const FunctionName of ['with-url', 'without'])
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName,
          Role: Role?.Arn,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: { ZipFile: Buffer.from('x') },
        }),
      );
    const { FunctionUrl = '' } = await lambda.send(
      new CreateFunctionUrlConfigCommand({ FunctionName: 'with-url', AuthType: 'NONE' }),
    );

    const provider = awsOn(moto());
    const found = await publicNames(provider.clients, { account: motoAccount, region });
    const own = await ownAddressesOf([
      { provider, guarded: [{ provider: 'aws', account: motoAccount, regions: [region] }] },
    ]);

    expect(found).toMatchObject([
      { address: names[0]?.toLowerCase(), ports: [80, 8443] },
      { address: new URL(FunctionUrl).hostname, ports: [443], groups: [] },
    ]);
    const groups = found[0]?.groups ?? [];
    expect(own.find((one) => one.address === found[0]?.address)?.firewalls).toEqual(
      groups.map((id) => ({ provider: 'aws', account: motoAccount, region, kind: 'firewall', id })),
    );
  });
});

test('of what the accounts call ours, only public addresses are contacted unlisted', async () => {
  const addresses = ['93.184.216.34', '10.0.0.4', '169.254.169.254', '127.0.0.1', 'fd00::1'];
  const clouds = {
    ...noClouds,
    ownAddresses: async () => addresses.map((address) => ({ address, firewalls: [] })),
  };
  const planned = async (policy: object) =>
    (await planScan(Policy.parse(policy), clouds)).plan.hosts.map((host) => host.address);

  expect(await planned({})).toEqual(['93.184.216.34']);
  expect(await planned({ scan: { targets: ['10.0.0.4'] } })).toEqual(['10.0.0.4', '93.184.216.34']);
});

test('what an engine in place of AWS calls ours is never contacted', async () => {
  const ec2 = ec2On(moto());
  const { AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: '10.1.0.0/24' }));
  const { NetworkInterface } = await ec2.send(
    new CreateNetworkInterfaceCommand({ SubnetId: Subnet?.SubnetId }),
  );
  await ec2.send(
    new AssociateAddressCommand({
      AllocationId,
      NetworkInterfaceId: NetworkInterface?.NetworkInterfaceId,
    }),
  );
  const listed = await publicAddresses(awsOn(moto()).clients, { account: motoAccount, region });
  expect(listed).toHaveLength(1);

  const home = folder();
  const accounts = `accounts:\n  - {provider: aws, id: "${motoAccount}", regions: [${region}]}\n`;
  writeFileSync(join(home, 'snapshut.yml'), accounts);
  const { code, stderr } = await snapshut(['scan', '--json'], { endpoint: moto().endpoint, home });

  expect(stderr).toContain('nothing to scan');
  expect(code).toBe(2);
  closeServers();
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
