import { CloudFrontClient, CreateDistributionCommand } from '@aws-sdk/client-cloudfront';
import { CreateSubnetCommand, CreateVpcCommand } from '@aws-sdk/client-ec2';
import {
  AddListenerCertificatesCommand,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { IAMClient, UploadServerCertificateCommand } from '@aws-sdk/client-iam';
import { beforeAll, describe, expect, it } from 'vitest';
import { servedNamesOf } from '../../../lib/providers/aws/served-names.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { awsOn, ec2On, region } from './cloud.ts';

/** On moto, whose ACM does not say what uses a certificate: the users are named here. */
const moto = useMoto();
const certificate = (name: string) => `arn:aws:iam::${motoAccount}:server-certificate/${name}`;
const namesOf = (usedBy: string[]) =>
  servedNamesOf(awsOn(moto()).clients, { account: motoAccount, region }, certificate('own'), usedBy);

const here = () => ({ endpoint: moto().endpoint, region, credentials: motoCredentials });
const answer = { Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode: '404' } };

async function balancerWith(CertificateArn: string) {
  const ec2 = ec2On(moto());
  const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))).Vpc?.VpcId ?? '';
  const zones = ['a', 'b'].map(async (zone, index) => {
    const of = { VpcId, CidrBlock: `10.0.${index}.0/24`, AvailabilityZone: `${region}${zone}` };
    return (await ec2.send(new CreateSubnetCommand(of))).Subnet?.SubnetId ?? '';
  });
  const Subnets = await Promise.all(zones);
  const elb = new ElasticLoadBalancingV2Client(here());
  const balancer = await elb.send(new CreateLoadBalancerCommand({ Name: 'shop', Subnets }));
  const { Listeners } = await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: balancer.LoadBalancers?.[0]?.LoadBalancerArn,
      Protocol: 'HTTPS',
      Port: 443,
      Certificates: [{ CertificateArn }],
      DefaultActions: [answer],
    }),
  );
  return {
    balancer: balancer.LoadBalancers?.[0]?.LoadBalancerArn ?? '',
    listener: Listeners?.[0]?.ListenerArn ?? '',
  };
}

async function routed(ListenerArn: string, Values: string[], Priority: number): Promise<void> {
  const Conditions = [{ Field: 'host-header', HostHeaderConfig: { Values } }];
  const rule = new CreateRuleCommand({ ListenerArn, Conditions, Priority, Actions: [answer] });
  await new ElasticLoadBalancingV2Client(here()).send(rule);
}

beforeAll(async () => {
  for (const ServerCertificateName of ['own', 'another'])
    await new IAMClient(here()).send(
      new UploadServerCertificateCommand({
        ServerCertificateName,
        CertificateBody: 'body',
        PrivateKey: 'none',
      }),
    );
});

describe('the names that a certificate is served for', () => {
  it('are the hosts that the rules of its load balancer name, unless another certificate stands beside it', async () => {
    const { balancer, listener } = await balancerWith(certificate('own'));
    await routed(listener, ['Shop.example.com', 'api.example.com', '*.example.org'], 1);

    expect(await namesOf([balancer])).toEqual(['api.example.com', 'shop.example.com']);

    const Certificates = [{ CertificateArn: certificate('another') }];
    await new ElasticLoadBalancingV2Client(here()).send(
      new AddListenerCertificatesCommand({ ListenerArn: listener, Certificates }),
    );
    expect(await namesOf([balancer])).toEqual([]);
  });

  it('are the aliases of its distribution', async () => {
    const made = await new CloudFrontClient(here()).send(
      new CreateDistributionCommand({
        DistributionConfig: {
          CallerReference: 'once',
          Comment: '',
          Enabled: true,
          Aliases: { Quantity: 1, Items: ['www.example.com'] },
          Origins: {
            Quantity: 1,
            Items: [
              { Id: 'o', DomainName: 'o.s3.amazonaws.com', S3OriginConfig: { OriginAccessIdentity: '' } },
            ],
          },
          DefaultCacheBehavior: {
            TargetOriginId: 'o',
            ViewerProtocolPolicy: 'https-only',
            ForwardedValues: { QueryString: false, Cookies: { Forward: 'none' } },
            MinTTL: 0,
          },
          ViewerCertificate: { ACMCertificateArn: certificate('own'), SSLSupportMethod: 'sni-only' },
        },
      }),
    );
    expect(await namesOf([made.Distribution?.ARN ?? ''])).toEqual(['www.example.com']);
  });

  it('are none where what used it is gone', async () => {
    const elb = `arn:aws:elasticloadbalancing:${region}:${motoAccount}:loadbalancer/app/gone/0123456789abcdef`;
    expect(await namesOf([elb, `arn:aws:cloudfront::${motoAccount}:distribution/EGONE`])).toEqual([]);
  });
});
