import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateLaunchTemplateCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  ModifyInstanceMetadataOptionsCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { AwsProvider } from '../../../lib/providers/aws/aws.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { awsOn, ec2On, onAws, region } from './cloud.ts';
import { controlOf, settingsFor, shutAndUndo, stateOf } from './round.ts';

const moto = useMoto();
const control = controlOf('unprotected-metadata', 'instance');

async function makeInstance(): Promise<string> {
  const client = ec2On(moto());
  const made = await client.send(
    new RunInstancesCommand({ ImageId: 'ami-12345678', MinCount: 1, MaxCount: 1 }),
  );
  const InstanceId = made.Instances?.[0]?.InstanceId ?? '';
  const options = { HttpTokens: 'optional', HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 3 } as const;
  await client.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, ...options }));
  return InstanceId;
}

test('an instance requires tokens, its hop limit is kept, and undo brings the old way back', async () => {
  const id = await makeInstance();

  await shutAndUndo(awsOn(moto()), onAws('instance', id), control, {
    whenShut: async () => {
      const said = await ec2On(moto()).send(new DescribeInstancesCommand({ InstanceIds: [id] }));
      const options = said.Reservations?.[0]?.Instances?.[0]?.MetadataOptions;
      expect(options).toMatchObject({
        HttpTokens: 'required',
        HttpEndpoint: 'enabled',
        HttpPutResponseHopLimit: 3,
      });
    },
  });
});

test('it says how many calls without a token the instance still makes', async () => {
  const id = await makeInstance();
  const here = { endpoint: moto().endpoint, region, credentials: motoCredentials };
  const MetricData = [
    { MetricName: 'MetadataNoToken', Dimensions: [{ Name: 'InstanceId', Value: id }], Value: 7 },
  ];
  await new CloudWatchClient(here).send(new PutMetricDataCommand({ Namespace: 'AWS/EC2', MetricData }));
  const now = () => new Date(Date.now() + 60_000);
  const provider = new AwsProvider({
    accounts: [{ account: motoAccount }],
    version: 'test',
    endpoint: moto().endpoint,
    credentials: motoCredentials,
    now,
  });

  const finding = control.check(await stateOf(provider, onAws('instance', id)), settingsFor(control));

  expect(finding?.why).toContain('7 calls without a token');
});

test('a launch template gets a version that requires tokens, and undo makes the old one the default again', async () => {
  const client = ec2On(moto());
  const LaunchTemplateData = {
    InstanceType: 't3.micro' as const,
    MetadataOptions: { HttpPutResponseHopLimit: 2 },
  };
  const made = await client.send(
    new CreateLaunchTemplateCommand({ LaunchTemplateName: 'web', LaunchTemplateData }),
  );
  const LaunchTemplateId = made.LaunchTemplate?.LaunchTemplateId ?? '';
  const versions = async () =>
    (await client.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId })))
      .LaunchTemplateVersions ?? [];

  await shutAndUndo(awsOn(moto()), onAws('instance', LaunchTemplateId), control, {
    whenShut: async () => {
      const standard = (await versions()).find((one) => one.DefaultVersion);
      expect(standard?.LaunchTemplateData).toMatchObject({
        // moto does not copy the rest of the source version, as EC2 does.
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
      });
    },
  });

  expect((await versions()).find((one) => one.DefaultVersion)?.VersionNumber).toBe(1);
});

test('a terminated instance and an unknown template are gone', async () => {
  const readings = await awsOn(moto()).read([
    onAws('instance', 'i-00000000000000000'),
    onAws('instance', 'lt-00000000000000000'),
  ]);

  expect(readings).toEqual([{ status: 'gone' }, { status: 'gone' }]);
});
