import {
  CloudFrontClient,
  CreateDistributionCommand,
  GetDistributionConfigCommand,
} from '@aws-sdk/client-cloudfront';
import { CreateSubnetCommand, CreateVpcCommand } from '@aws-sdk/client-ec2';
import { CreateClusterCommand, DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  type Action,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeListenersCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateRoleCommand, IAMClient, UploadServerCertificateCommand } from '@aws-sdk/client-iam';
import { beforeAll, describe, expect, test } from 'vitest';
import { motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { awsOn, ec2On, onAws, region } from './cloud.ts';
import { controlOf, settingsFor, shutAndUndo, stateOf } from './round.ts';

const moto = useMoto();
const here = () => ({ endpoint: moto().endpoint, region, credentials: motoCredentials });
let SubnetIds: string[] = [];
let VpcId = '';

beforeAll(async () => {
  VpcId = (await ec2On(moto()).send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))).Vpc?.VpcId ?? '';
  const zones = ['a', 'b'].map(async (zone, index) => {
    const of = { VpcId, CidrBlock: `10.0.${index}.0/24`, AvailabilityZone: `${region}${zone}` };
    return (await ec2On(moto()).send(new CreateSubnetCommand(of))).Subnet?.SubnetId ?? '';
  });
  SubnetIds = await Promise.all(zones);
});

describe('weak-listener on moto', () => {
  const control = controlOf('weak-listener', 'listener');
  const elb = () => new ElasticLoadBalancingV2Client(here());
  let balancer = '';
  let forward: Action = { Type: undefined };
  let certificate = '';

  beforeAll(async () => {
    const made = await elb().send(new CreateLoadBalancerCommand({ Name: 'shop', Subnets: SubnetIds }));
    balancer = made.LoadBalancers?.[0]?.LoadBalancerArn ?? '';
    const group = await elb().send(
      new CreateTargetGroupCommand({ Name: 'web', Protocol: 'HTTP', Port: 80, VpcId }),
    );
    forward = { Type: 'forward', TargetGroupArn: group.TargetGroups?.[0]?.TargetGroupArn };
    const pem = { CertificateBody: 'body', PrivateKey: 'not-a-key' };
    const held = await new IAMClient(here()).send(
      new UploadServerCertificateCommand({ ServerCertificateName: 'shop', ...pem }),
    );
    certificate = held.ServerCertificateMetadata?.Arn ?? '';
  });

  async function listen(Protocol: 'HTTP' | 'HTTPS', Port: number, over: object = {}): Promise<string> {
    const of = { LoadBalancerArn: balancer, Protocol, Port, DefaultActions: [forward], ...over };
    return (await elb().send(new CreateListenerCommand(of))).Listeners?.[0]?.ListenerArn ?? '';
  }

  test('plain HTTP without HTTPS beside it is told; with it, it is redirected there', async () => {
    const plain = await listen('HTTP', 80);
    const alone = control.check(await stateOf(awsOn(moto()), onAws('listener', plain)), settingsFor(control));
    expect(alone?.exposures[0]?.tell).toContain('no working HTTPS');

    const Certificates = [{ CertificateArn: certificate }];
    const secure = await listen('HTTPS', 8443, { Certificates, SslPolicy: 'ELBSecurityPolicy-2016-08' });
    await shutAndUndo(awsOn(moto()), onAws('listener', plain), control, {
      whenShut: async () => {
        const said = await elb().send(new DescribeListenersCommand({ ListenerArns: [plain] }));
        expect(said.Listeners?.[0]?.DefaultActions?.[0]?.RedirectConfig).toMatchObject({
          Protocol: 'HTTPS',
          Port: '8443',
        });
      },
    });
    await shutAndUndo(awsOn(moto()), onAws('listener', secure), control, {
      whenShut: async () => {
        const said = await elb().send(new DescribeListenersCommand({ ListenerArns: [secure] }));
        expect(said.Listeners?.[0]?.SslPolicy).toBe('ELBSecurityPolicy-TLS13-1-2-2021-06');
      },
    });
  });

  test('a listener that does not exist is gone', async () => {
    const arn = `${balancer.replace(':loadbalancer/', ':listener/')}/0000000000000000`;

    expect(await awsOn(moto()).read([onAws('listener', arn)])).toEqual([{ status: 'gone' }]);
  });
});

describe('weak-listener of CloudFront on moto', () => {
  const control = controlOf('weak-listener', 'listener');

  test('plain HTTP is redirected, everything else in the configuration stays, and undo puts it back', async () => {
    const client = new CloudFrontClient({ ...here(), region: 'us-east-1' });
    const made = await client.send(
      new CreateDistributionCommand({
        DistributionConfig: {
          CallerReference: 'shop',
          Comment: 'the shop',
          Enabled: true,
          Origins: {
            Quantity: 1,
            Items: [
              { Id: 'o', DomainName: 'shop.s3.amazonaws.com', S3OriginConfig: { OriginAccessIdentity: '' } },
            ],
          },
          DefaultCacheBehavior: {
            TargetOriginId: 'o',
            ViewerProtocolPolicy: 'allow-all',
            ForwardedValues: { QueryString: false, Cookies: { Forward: 'none' } },
            MinTTL: 0,
          },
          ViewerCertificate: {
            ACMCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/x',
            MinimumProtocolVersion: 'TLSv1.2_2021',
            SSLSupportMethod: 'sni-only',
          },
        },
      }),
    );
    const Id = made.Distribution?.Id ?? '';
    const config = async () =>
      (await client.send(new GetDistributionConfigCommand({ Id }))).DistributionConfig;
    const before = await config();
    const resource = { ...onAws('listener', Id), region: 'global' };

    await shutAndUndo(awsOn(moto()), resource, control, {
      whenShut: async () => {
        const now = await config();
        expect(now?.DefaultCacheBehavior?.ViewerProtocolPolicy).toBe('redirect-to-https');
        expect({ ...now, DefaultCacheBehavior: 0 }).toEqual({ ...before, DefaultCacheBehavior: 0 });
      },
    });

    expect(await config()).toEqual(before);
  });
});

test('every path of a distribution and every origin behind it is judged, mended and put back', async () => {
  const control = controlOf('weak-listener', 'listener');
  const client = new CloudFrontClient({ ...here(), region: 'us-east-1' });
  const web = {
    HTTPPort: 80,
    HTTPSPort: 443,
    OriginProtocolPolicy: 'https-only' as const,
    OriginSslProtocols: { Quantity: 2, Items: ['TLSv1' as const, 'TLSv1.2' as const] },
  };
  const behaviour = {
    TargetOriginId: 'web',
    ForwardedValues: { QueryString: false, Cookies: { Forward: 'none' as const } },
    MinTTL: 0,
  };
  const made = await client.send(
    new CreateDistributionCommand({
      DistributionConfig: {
        CallerReference: 'paths',
        Comment: 'paths',
        Enabled: true,
        Origins: {
          Quantity: 2,
          Items: [
            { Id: 'web', DomainName: 'web.example.net', CustomOriginConfig: web },
            {
              Id: 'old',
              DomainName: 'old.example.net',
              CustomOriginConfig: { ...web, OriginProtocolPolicy: 'http-only' },
            },
          ],
        },
        DefaultCacheBehavior: { ...behaviour, ViewerProtocolPolicy: 'https-only' },
        CacheBehaviors: {
          Quantity: 2,
          Items: [
            { ...behaviour, PathPattern: '/api/*', ViewerProtocolPolicy: 'redirect-to-https' },
            { ...behaviour, PathPattern: '/static/*', ViewerProtocolPolicy: 'allow-all' },
          ],
        },
        ViewerCertificate: {
          ACMCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/x',
          MinimumProtocolVersion: 'TLSv1.2_2021',
          SSLSupportMethod: 'sni-only',
        },
      },
    }),
  );
  const Id = made.Distribution?.Id ?? '';

  const { exposures } = await shutAndUndo(
    awsOn(moto()),
    { ...onAws('listener', Id), region: 'global' },
    control,
    {
      whenShut: async () => {
        const { DistributionConfig } = await client.send(new GetDistributionConfigCommand({ Id }));
        const paths = DistributionConfig?.CacheBehaviors?.Items?.map((one) => one.ViewerProtocolPolicy);
        expect(paths).toEqual(['redirect-to-https', 'redirect-to-https']);
        const [first] = DistributionConfig?.Origins?.Items ?? [];
        expect(first?.CustomOriginConfig?.OriginSslProtocols?.Items).toEqual(['TLSv1.2']);
      },
    },
  );

  expect(exposures.map((one) => [one.id, one.tell === undefined])).toEqual([
    ['viewerProtocol//static/*', true],
    ['originTls/web', true],
    ['originProtocol/old', false],
  ]);
});

describe('public-cluster-endpoint on moto', () => {
  const control = controlOf('public-cluster-endpoint', 'cluster');

  async function makeCluster(name: string, endpointPrivateAccess: boolean): Promise<void> {
    const trust = {
      Statement: [{ Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    };
    const of = { RoleName: `eks-${name}`, AssumeRolePolicyDocument: JSON.stringify(trust) };
    const { Role } = await new IAMClient(here()).send(new CreateRoleCommand(of));
    const resourcesVpcConfig = {
      subnetIds: SubnetIds,
      endpointPublicAccess: true,
      endpointPrivateAccess,
      publicAccessCidrs: ['0.0.0.0/0'],
    };
    await new EKSClient(here()).send(
      new CreateClusterCommand({ name, roleArn: Role?.Arn, resourcesVpcConfig }),
    );
  }

  test('the API answers the trusted networks only', async () => {
    await makeCluster('platform', false);
    const trusted = ['198.51.100.0/24'];

    await shutAndUndo(awsOn(moto()), onAws('cluster', 'platform'), control, {
      settings: { trusted },
      whenShut: async () => {
        const { cluster } = await new EKSClient(here()).send(
          new DescribeClusterCommand({ name: 'platform' }),
        );
        expect(cluster?.resourcesVpcConfig?.publicAccessCidrs).toEqual(trusted);
      },
    });
  });

  test('without trusted networks and without a private endpoint it is told: nobody is locked out', async () => {
    await makeCluster('lonely', false);
    const finding = control.check(
      await stateOf(awsOn(moto()), onAws('cluster', 'lonely')),
      settingsFor(control),
    );

    expect(finding?.exposures[0]?.tell).toContain('lock everybody out');
  });

  test('a cluster that does not exist is gone', async () => {
    expect(await awsOn(moto()).read([onAws('cluster', 'no')])).toEqual([{ status: 'gone' }]);
  });
});
