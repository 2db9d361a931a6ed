import { readFileSync } from 'node:fs';
import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  ConfigServiceClient,
  DescribeConfigurationRecorderStatusCommand,
  PutDeliveryChannelCommand,
} from '@aws-sdk/client-config-service';
import {
  CreateFlowLogsCommand,
  CreateVpcCommand,
  DeleteFlowLogsCommand,
  DeleteVpcCommand,
  DescribeFlowLogsCommand,
} from '@aws-sdk/client-ec2';
import { DeleteRuleCommand, EventBridgeClient, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetDetectorCommand, GuardDutyClient, ListDetectorsCommand } from '@aws-sdk/client-guardduty';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import { approve } from '../../../lib/answer.ts';
import { auditTrailStopped } from '../../../lib/controls/audit-trail-stopped.ts';
import type { Actor, Json, Resource } from '../../../lib/model.ts';
import { normalise } from '../../../lib/normalise.ts';
import { respond } from '../../../lib/respond.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { sweep } from '../../../lib/sweep.ts';
import { useMoto } from '../../engines/moto.ts';
import { ec2On, onAws, region } from './cloud.ts';
import { useWatched } from './watched.ts';

/** A watcher was deleted, and its event was lost, or nobody had looked at it before: on moto. */

const moto = useMoto();
const { world, outcomeOf } = useWatched(moto, auditTrailStopped);
const here = () => ({ endpoint: moto().endpoint, region, credentials: motoCredentials });
const trails = () => new CloudTrailClient(here());
const scope = { provider: 'aws', account: motoAccount, regions: [region] } as const;
const trailCalled = (name: string) =>
  onAws('trail', `arn:aws:cloudtrail:${region}:${motoAccount}:trail/${name}`);

beforeAll(async () => {
  const s3 = new S3Client({ ...here(), forcePathStyle: true });
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  for (const Bucket of ['logs', 'shop-audit'])
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
});

/** What a sweep says of one resource; undefined where it says nothing. */
async function swept({ id }: Resource) {
  const lines = [];
  for await (const one of sweep([scope], world().loop)) if (one.resource?.id === id) lines.push(one);
  return lines[0];
}

describe('a sweep', () => {
  test('makes a trail anew whose deletion nobody told of, once', async () => {
    await trails().send(new CreateTrailCommand({ Name: 'quiet', S3BucketName: 'logs' }));
    await trails().send(new StartLoggingCommand({ Name: 'quiet' }));
    expect((await swept(trailCalled('quiet')))?.outcome).toBe('clean');
    await trails().send(new DeleteTrailCommand({ Name: 'quiet' }));

    expect(await swept(trailCalled('quiet'))).toMatchObject({
      outcome: 'fixed',
      why: expect.stringContaining('it was deleted'),
    });

    const status = await trails().send(new GetTrailStatusCommand({ Name: 'quiet' }));
    expect(status.IsLogging).toBe(true);
    expect((await swept(trailCalled('quiet')))?.outcome).toBe('clean');
    await trails().send(new DeleteTrailCommand({ Name: 'quiet' }));
  });

  test('also misses one that only an event had shown it', async () => {
    await trails().send(new CreateTrailCommand({ Name: 'seen', S3BucketName: 'logs' }));
    await trails().send(new StartLoggingCommand({ Name: 'seen' }));
    expect(await outcomeOf('StartLogging', trailCalled('seen'))).toBe('clean');
    await trails().send(new DeleteTrailCommand({ Name: 'seen' }));

    expect((await swept(trailCalled('seen')))?.outcome).toBe('fixed');
  });

  test('changes nothing in a dry run, and says what it would do', async () => {
    await trails().send(new CreateTrailCommand({ Name: 'dry', S3BucketName: 'logs' }));
    await trails().send(new StartLoggingCommand({ Name: 'dry' }));
    await swept(trailCalled('dry'));
    await trails().send(new DeleteTrailCommand({ Name: 'dry' }));
    world().loop.dryRun = true;

    expect((await swept(trailCalled('dry')))?.outcome).toBe('planned');

    await expect(trails().send(new GetTrailCommand({ Name: 'dry' }))).rejects.toThrow();
  });

  test('asks about a rule of its own, which a deployment may have taken away', async () => {
    const events = new EventBridgeClient(here());
    const rule = onAws('trail', `arn:aws:events:${region}:${motoAccount}:rule/snapshut-rule`);
    const EventPattern = '{"source":["aws.ec2"]}';
    await events.send(new PutRuleCommand({ Name: 'snapshut-rule', EventPattern }));
    expect((await swept(rule))?.outcome).toBe('clean');
    await events.send(new DeleteRuleCommand({ Name: 'snapshut-rule' }));

    expect((await swept(rule))?.outcome).toBe('asked');
  });

  test('does not look any more for what CloudFormation took away with its stack', async () => {
    const events = new EventBridgeClient(here());
    const rule = onAws('trail', `arn:aws:events:${region}:${motoAccount}:rule/snapshut-gone`);
    const EventPattern = '{"source":["aws.ec2"]}';
    await events.send(new PutRuleCommand({ Name: 'snapshut-gone', EventPattern }));
    expect((await swept(rule))?.outcome).toBe('clean');
    await events.send(new DeleteRuleCommand({ Name: 'snapshut-gone' }));
    const stack: Actor = { name: 'deployer', type: 'AssumedRole', via: 'cloudformation', sourceIp: null };
    expect(await outcomeOf('DeleteRule', rule, stack)).toBe('told');

    const [open] = await world().history.openCases(`aws/${motoAccount}/${region}/trail/${rule.id}`);
    expect(open?.outcome).toBe('told');
    expect((await swept(rule))?.outcome).not.toBe('fixed');
  });

  test('lets a flow log go whose network is gone too', async () => {
    const ec2 = ec2On(moto());
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.11.0.0/16' }));
    const VpcId = Vpc?.VpcId ?? '';
    const made = await ec2.send(
      new CreateFlowLogsCommand({
        ResourceIds: [VpcId],
        ResourceType: 'VPC',
        TrafficType: 'ALL',
        LogDestinationType: 's3',
        LogDestination: 'arn:aws:s3:::logs',
      }),
    );
    const log = onAws('trail', made.FlowLogIds?.[0] ?? '');
    expect((await swept(log))?.outcome).toBe('clean');
    await ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [log.id] }));
    await ec2.send(new DeleteVpcCommand({ VpcId }));

    expect((await swept(log))?.outcome).toBe('gone');
    expect(await swept(log)).toBeUndefined();
  });
});

describe('the message of AWS Config that something was deleted', () => {
  const read = (sample: string, changed: (text: string) => string = (text) => text): Json => {
    const file = new URL(`../../../events/aws/${sample}.json`, import.meta.url);
    return JSON.parse(changed(readFileSync(file, 'utf8')));
  };
  const respondTo = async (event: Json) => {
    const [first] = await respond(normalise(event), [scope], world().loop);
    return first;
  };
  const approveIt = (caseId: string | null | undefined) =>
    approve({ caseId: caseId ?? '', by: 'maria', exemptMs: 86_400_000 }, world().loop);

  test('says what a trail was that nobody had looked at: a person decides, and it is made anew', async () => {
    const asked = await respondTo(read('config-trail-deleted'));
    expect(asked).toMatchObject({ outcome: 'asked', why: expect.stringContaining('only the message') });

    expect((await approveIt(asked?.caseId)).outcome).toBe('fixed');

    expect((await trails().send(new GetTrailCommand({ Name: 'main' }))).Trail).toMatchObject({
      S3BucketName: 'shop-audit',
      S3KeyPrefix: 'audit',
      IsMultiRegionTrail: true,
      LogFileValidationEnabled: true,
    });
  });

  test('says what a flow log was', async () => {
    const ec2 = ec2On(moto());
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.12.0.0/16' }));
    const event = read('config-flow-log-deleted', (text) =>
      text.replaceAll('vpc-04b5c6d7e8f901234', Vpc?.VpcId ?? ''),
    );

    const asked = await respondTo(event);
    expect((await approveIt(asked?.caseId)).outcome).toBe('fixed');

    const { FlowLogs = [] } = await ec2.send(new DescribeFlowLogsCommand({}));
    expect(FlowLogs).toMatchObject([
      { ResourceId: Vpc?.VpcId, TrafficType: 'REJECT', LogDestination: 'arn:aws:s3:::shop-audit' },
    ]);
  });

  test('says what a detector and a configuration recorder were', async () => {
    const config = new ConfigServiceClient(here());
    const DeliveryChannel = { name: 'default', s3BucketName: 'logs' };
    await config.send(new PutDeliveryChannelCommand({ DeliveryChannel })).catch(() => {});
    for (const sample of ['config-detector-deleted', 'config-recorder-deleted']) {
      const asked = await respondTo(read(sample));
      expect(asked?.outcome).toBe('asked');
      await approveIt(asked?.caseId);
    }

    const guard = new GuardDutyClient(here());
    const [DetectorId = ''] = (await guard.send(new ListDetectorsCommand({}))).DetectorIds ?? [];
    expect(await guard.send(new GetDetectorCommand({ DetectorId }))).toMatchObject({
      Status: 'ENABLED',
      FindingPublishingFrequency: 'ONE_HOUR',
    });
    const status = await config.send(new DescribeConfigurationRecorderStatusCommand({}));
    expect(status.ConfigurationRecordersStatus).toMatchObject([{ name: 'default' }]);
  });

  test('is not believed about another name than its own, nor without a bucket', async () => {
    const trail = (name: string, change: (text: string) => string) =>
      read('config-trail-deleted', (text) => change(text.replaceAll('trail/main', `trail/${name}`)));
    const other = trail('other', (text) => text);
    const bare = trail('main2', (text) =>
      text.replace('"name": "main"', '"name": "main2"').replace('"shop-audit"', '""'),
    );

    for (const event of [other, bare]) {
      expect(await respondTo(event)).toMatchObject({
        outcome: 'told',
        why: expect.stringContaining('where its records went'),
      });
    }
  });
});
