import {
  CloudTrailClient,
  CreateTrailCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  ConfigServiceClient,
  PutConfigurationRecorderCommand,
  PutDeliveryChannelCommand,
} from '@aws-sdk/client-config-service';
import { CreateDetectorCommand, GuardDutyClient } from '@aws-sdk/client-guardduty';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { awsOn, onAws, region } from './cloud.ts';
import { controlOf, settingsFor, shutAndUndo, stateOf } from './round.ts';

const moto = useMoto();
const here = () => ({ endpoint: moto().endpoint, region, credentials: motoCredentials });
const control = controlOf('audit-trail-stopped', 'trail');

beforeAll(async () => {
  const s3 = new S3Client({ ...here(), forcePathStyle: true });
  await s3.send(
    new CreateBucketCommand({ Bucket: 'logs', CreateBucketConfiguration: { LocationConstraint: region } }),
  );
});

async function makeTrail(Name: string): Promise<string> {
  const client = new CloudTrailClient(here());
  const { TrailARN = '' } = await client.send(new CreateTrailCommand({ Name, S3BucketName: 'logs' }));
  await client.send(new StartLoggingCommand({ Name }));
  return TrailARN;
}

describe('audit-trail-stopped on moto', () => {
  test('a trail that was stopped is started again', async () => {
    const arn = await makeTrail('main');
    const client = new CloudTrailClient(here());
    await client.send(new StopLoggingCommand({ Name: 'main' }));

    await shutAndUndo(awsOn(moto()), onAws('trail', arn), control, {
      settings: { trigger: 'StopLogging' },
      whenShut: async () =>
        expect((await client.send(new GetTrailStatusCommand({ Name: arn }))).IsLogging).toBe(true),
    });
  });

  test('a trail that was narrowed keeps every management event again, and its data events', async () => {
    const arn = await makeTrail('narrowed');
    const client = new CloudTrailClient(here());
    const DataResources = [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3'] }];
    const EventSelectors = [
      { ReadWriteType: 'ReadOnly' as const, IncludeManagementEvents: false, DataResources },
    ];
    await client.send(new PutEventSelectorsCommand({ TrailName: 'narrowed', EventSelectors }));

    await shutAndUndo(awsOn(moto()), onAws('trail', arn), control, {
      whenShut: async () => {
        const said = await client.send(new GetEventSelectorsCommand({ TrailName: 'narrowed' }));
        expect(said.EventSelectors?.[0]).toMatchObject({
          ReadWriteType: 'All',
          IncludeManagementEvents: true,
          DataResources,
        });
      },
    });
  });

  test('a sweep tells of a trail that was never seen running', async () => {
    const arn = await makeTrail('old');
    await new CloudTrailClient(here()).send(new StopLoggingCommand({ Name: 'old' }));
    const state = await stateOf(awsOn(moto()), onAws('trail', arn));

    expect(control.check(state, settingsFor(control, { trigger: 'sweep' }))?.exposures[0]?.tell).toContain(
      'never',
    );
    expect(
      control.check(state, settingsFor(control, { trigger: 'sweep', seenOn: ['on'] }))?.exposures[0]?.tell,
    ).toBeUndefined();
  });

  test('a trail or flow log that was deleted is told, critical', async () => {
    for (const id of [`arn:aws:cloudtrail:${region}:${motoAccount}:trail/gone`, 'fl-00000000000000000']) {
      const state = await stateOf(awsOn(moto()), onAws('trail', id));
      const finding = control.check(state, settingsFor(control, { trigger: 'DeleteTrail' }));

      expect([finding?.severity, finding?.exposures[0]?.tell]).toEqual([
        'critical',
        expect.stringContaining('templates'),
      ]);
    }
  });

  test('a configuration recorder that was stopped is started again', async () => {
    const client = new ConfigServiceClient(here());
    const roleARN = `arn:aws:iam::${motoAccount}:role/config`;
    await client.send(
      new PutConfigurationRecorderCommand({ ConfigurationRecorder: { name: 'default', roleARN } }),
    );
    await client.send(
      new PutDeliveryChannelCommand({ DeliveryChannel: { name: 'default', s3BucketName: 'logs' } }),
    );

    await shutAndUndo(awsOn(moto()), onAws('trail', 'config-recorder/default'), control);
  });

  test('a detector that was disabled is enabled again', async () => {
    const { DetectorId } = await new GuardDutyClient(here()).send(
      new CreateDetectorCommand({ Enable: false }),
    );

    await shutAndUndo(awsOn(moto()), onAws('trail', `detector/${DetectorId}`), control);
  });
});
