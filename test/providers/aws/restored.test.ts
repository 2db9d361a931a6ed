import {
  AddTagsCommand,
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  ConfigServiceClient,
  DeleteConfigurationRecorderCommand,
  DescribeConfigurationRecorderStatusCommand,
  PutConfigurationRecorderCommand,
  PutDeliveryChannelCommand,
  StartConfigurationRecorderCommand,
} from '@aws-sdk/client-config-service';
import {
  CreateFlowLogsCommand,
  CreateVpcCommand,
  DeleteFlowLogsCommand,
  DescribeFlowLogsCommand,
} from '@aws-sdk/client-ec2';
import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateDetectorCommand,
  DeleteDetectorCommand,
  GetDetectorCommand,
  GuardDutyClient,
  ListDetectorsCommand,
} from '@aws-sdk/client-guardduty';
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  PutBucketAclCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditTrailStopped } from '../../../lib/controls/audit-trail-stopped.ts';
import type { Actor } from '../../../lib/model.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { sweep } from '../../../lib/sweep.ts';
import { useMoto } from '../../engines/moto.ts';
import { ec2On, onAws, region } from './cloud.ts';
import { useWatched } from './watched.ts';

/** What watches is taken away after somebody looked at it, and comes back as it was: the whole loop, on moto. */

const moto = useMoto();
const { world, when, outcomeOf, putBack } = useWatched(moto, auditTrailStopped);
const here = () => ({ endpoint: moto().endpoint, region, credentials: motoCredentials });
const s3 = () => new S3Client({ ...here(), forcePathStyle: true });

beforeAll(async () => {
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  await s3().send(new CreateBucketCommand({ Bucket: 'logs', CreateBucketConfiguration }));
});

describe('a trail that was deleted', () => {
  const client = () => new CloudTrailClient(here());
  const Name = 'main';
  const trail = onAws('trail', `arn:aws:cloudtrail:${region}:${motoAccount}:trail/${Name}`);
  const settings = { S3BucketName: 'logs', S3KeyPrefix: 'audit', IsMultiRegionTrail: true };

  test('is made anew as it was, logging, and undo deletes it again, once', async () => {
    await client().send(new CreateTrailCommand({ Name, ...settings, EnableLogFileValidation: true }));
    await client().send(
      new AddTagsCommand({ ResourceId: trail.id, TagsList: [{ Key: 'team', Value: 'sec' }] }),
    );
    await client().send(new StartLoggingCommand({ Name }));
    const before = (await client().send(new GetTrailCommand({ Name }))).Trail;
    expect(await outcomeOf('StartLogging', trail)).toBe('clean');
    await client().send(new DeleteTrailCommand({ Name }));

    const fixed = await when('DeleteTrail', trail);

    expect(fixed).toMatchObject({ outcome: 'fixed', changes: [{ text: 'make it anew as it was' }] });
    expect((await client().send(new GetTrailCommand({ Name }))).Trail).toEqual(before);
    expect((await client().send(new GetTrailStatusCommand({ Name }))).IsLogging).toBe(true);
    expect(await outcomeOf('DeleteTrail', trail)).toBe('clean');
    expect(await putBack(fixed.caseId)).toMatchObject({ outcome: 'undone' });
    expect((await client().send(new DescribeTrailsCommand({}))).trailList).toEqual([]);
    expect((await putBack(fixed.caseId)).outcome).toBe('refused');
  });

  test('is told where nobody looked at it before', async () => {
    const told = await when('DeleteTrail', { ...trail, id: trail.id.replace('main', 'unknown') });

    expect(told).toMatchObject({ outcome: 'told', why: expect.stringContaining('templates') });
  });

  test('is not made up by a dry run, which keeps nothing either', async () => {
    await client().send(new CreateTrailCommand({ Name: 'dry', ...settings }));
    await client().send(new StartLoggingCommand({ Name: 'dry' }));
    const resource = { ...trail, id: trail.id.replace('main', 'dry') };
    world().loop.dryRun = true;
    await when('StartLogging', resource);
    world().loop.dryRun = false;
    await client().send(new DeleteTrailCommand({ Name: 'dry' }));

    expect(await outcomeOf('DeleteTrail', resource)).toBe('told');
  });
});

test('a log bucket that lets everybody in is closed, exactly that, and undone', async () => {
  const Bucket = 'open-logs';
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  await s3().send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration, ObjectOwnership: 'ObjectWriter' }),
  );
  const Resource = `arn:aws:s3:::${Bucket}/*`;
  const deliver = {
    Sid: 'Deliver',
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: 's3:PutObject',
    Resource,
  };
  const read = { Sid: 'Read', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [read, deliver] }, null, 2);
  await s3().send(new PutBucketPolicyCommand({ Bucket, Policy }));
  await s3().send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }));
  const trails = new CloudTrailClient(here());
  const { TrailARN = '' } = await trails.send(
    new CreateTrailCommand({ Name: 'leaky', S3BucketName: Bucket }),
  );
  await trails.send(new StartLoggingCommand({ Name: 'leaky' }));

  const fixed = await when('UpdateTrail', onAws('trail', TrailARN));

  expect(fixed).toMatchObject({ outcome: 'fixed', why: expect.stringContaining(`its log bucket ${Bucket}`) });
  expect(fixed.changes).toHaveLength(2);
  const left = (await s3().send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? '';
  expect(JSON.parse(left).Statement).toEqual([deliver]);
  expect((await putBack(fixed.caseId)).outcome).toBe('undone');
  const back = (await s3().send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? '';
  expect(JSON.parse(back).Statement).toEqual([read, deliver]);
});

test('a flow log that was deleted is made anew under another id, found under its old one, and undone', async () => {
  const ec2 = ec2On(moto());
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
  const ResourceIds = [Vpc?.VpcId ?? ''];
  const made = await ec2.send(
    new CreateFlowLogsCommand({
      ResourceIds,
      ResourceType: 'VPC',
      TrafficType: 'REJECT',
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::logs',
      TagSpecifications: [{ ResourceType: 'vpc-flow-log', Tags: [{ Key: 'team', Value: 'net' }] }],
    }),
  );
  const id = made.FlowLogIds?.[0] ?? '';
  expect(await outcomeOf('CreateFlowLogs', onAws('trail', id))).toBe('clean');
  await ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [id] }));

  const fixed = await when('DeleteFlowLogs', onAws('trail', id));

  expect(fixed.outcome).toBe('fixed');
  const now = (await ec2.send(new DescribeFlowLogsCommand({}))).FlowLogs ?? [];
  expect(now).toMatchObject([
    { ResourceId: ResourceIds[0], TrafficType: 'REJECT', LogDestinationType: 's3' },
  ]);
  expect(now[0]?.Tags).toContainEqual({ Key: 'team', Value: 'net' });
  expect(await outcomeOf('DeleteFlowLogs', onAws('trail', id))).toBe('clean');
  expect((await putBack(fixed.caseId)).outcome).toBe('undone');
  expect((await ec2.send(new DescribeFlowLogsCommand({}))).FlowLogs).toEqual([]);
});

test('a detector that was deleted is made anew, and undone', async () => {
  const client = new GuardDutyClient(here());
  const made = { Enable: true, FindingPublishingFrequency: 'ONE_HOUR', Tags: { team: 'sec' } } as const;
  const { DetectorId = '' } = await client.send(new CreateDetectorCommand(made));
  const detector = onAws('trail', `detector/${DetectorId}`);
  expect(await outcomeOf('CreateDetector', detector)).toBe('clean');
  await client.send(new DeleteDetectorCommand({ DetectorId }));

  const fixed = await when('DeleteDetector', detector);

  expect(fixed.outcome).toBe('fixed');
  const [now] = (await client.send(new ListDetectorsCommand({}))).DetectorIds ?? [];
  expect(now).not.toBe(DetectorId);
  expect(await client.send(new GetDetectorCommand({ DetectorId: now ?? '' }))).toMatchObject({
    Status: 'ENABLED',
    FindingPublishingFrequency: 'ONE_HOUR',
    Tags: { team: 'sec' },
  });
  expect((await putBack(fixed.caseId)).outcome).toBe('undone');
  expect((await client.send(new ListDetectorsCommand({}))).DetectorIds).toEqual([]);
});

test('a configuration recorder that was deleted is made anew and records', async () => {
  const client = new ConfigServiceClient(here());
  const roleARN = `arn:aws:iam::${motoAccount}:role/config`;
  await client.send(
    new PutConfigurationRecorderCommand({ ConfigurationRecorder: { name: 'default', roleARN } }),
  );
  await client.send(
    new PutDeliveryChannelCommand({ DeliveryChannel: { name: 'default', s3BucketName: 'logs' } }),
  );
  const ConfigurationRecorderName = 'default';
  await client.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName }));
  const recorder = onAws('trail', 'config-recorder/default');
  expect(await outcomeOf('StartConfigurationRecorder', recorder)).toBe('clean');
  await client.send(new DeleteConfigurationRecorderCommand({ ConfigurationRecorderName }));

  const fixed = await when('DeleteConfigurationRecorder', recorder);

  expect(fixed.outcome).toBe('fixed');
  const status = await client.send(new DescribeConfigurationRecorderStatusCommand({}));
  expect(status.ConfigurationRecordersStatus).toMatchObject([{ name: 'default', recording: true }]);
  expect((await putBack(fixed.caseId)).outcome).toBe('undone');
});

describe("the service's own event rule", () => {
  const client = () => new EventBridgeClient(here());
  const Name = 'snapshut-prod-OnEc2';
  const rule = onAws('trail', `arn:aws:events:${region}:${motoAccount}:rule/${Name}`);
  const EventPattern = JSON.stringify({ source: ['aws.ec2'] });
  const changes = { Id: 'changes', Arn: `arn:aws:sqs:${region}:${motoAccount}:snapshut-prod-Changes` };
  const stack: Actor = { name: 'deployer', type: 'AssumedRole', via: 'cloudformation', sourceIp: null };
  const targets = async () => (await client().send(new ListTargetsByRuleCommand({ Rule: Name }))).Targets;

  beforeEach(async () => {
    await client().send(new PutRuleCommand({ Name, EventPattern, Description: 'ours' }));
    await client().send(new PutTargetsCommand({ Rule: Name, Targets: [changes] }));
    await client().send(new RemoveTargetsCommand({ Rule: Name, Ids: ['mine'] }));
    expect(await outcomeOf('PutTargets', rule)).toBe('clean');
  });

  test('is enabled again', async () => {
    await client().send(new DisableRuleCommand({ Name }));

    expect(await outcomeOf('DisableRule', rule)).toBe('fixed');

    expect((await client().send(new DescribeRuleCommand({ Name }))).State).toBe('ENABLED');
  });

  test('gets back the target that was taken from it, beside one that was added', async () => {
    const mine = { Id: 'mine', Arn: `arn:aws:sqs:${region}:${motoAccount}:other` };
    await client().send(new PutTargetsCommand({ Rule: Name, Targets: [mine] }));
    await client().send(new RemoveTargetsCommand({ Rule: Name, Ids: ['changes'] }));

    const fixed = await when('RemoveTargets', rule);

    expect(fixed).toMatchObject({ outcome: 'fixed', why: expect.stringContaining('its target changes') });
    expect(await targets()).toEqual(expect.arrayContaining([changes, mine]));
    expect((await putBack(fixed.caseId)).outcome).toBe('undone');
    expect(await targets()).toEqual([mine]);
  });

  test('gets back the events that it was made for', async () => {
    await client().send(new PutRuleCommand({ Name, EventPattern: JSON.stringify({ source: ['nobody'] }) }));

    expect(await outcomeOf('PutRule', rule)).toBe('fixed');

    const now = await client().send(new DescribeRuleCommand({ Name }));
    expect([now.EventPattern, now.Description, now.State]).toEqual([EventPattern, 'ours', 'ENABLED']);
  });

  test('is made anew with its target when it was deleted', async () => {
    await client().send(new RemoveTargetsCommand({ Rule: Name, Ids: ['changes', 'mine'] }));
    await client().send(new DeleteRuleCommand({ Name }));

    expect(await outcomeOf('DeleteRule', rule)).toBe('fixed');

    expect((await client().send(new DescribeRuleCommand({ Name }))).State).toBe('ENABLED');
    expect(await targets()).toEqual([changes]);
  });

  test('is left to CloudFormation, whose change is what it is from then on', async () => {
    const wider = JSON.stringify({ source: ['aws.ec2', 'aws.s3'] });
    await client().send(new PutRuleCommand({ Name, EventPattern: wider }));

    expect(await outcomeOf('PutRule', rule, stack)).toBe('clean');
    expect(await outcomeOf('PutRule', rule)).toBe('clean');
    expect((await client().send(new DescribeRuleCommand({ Name }))).EventPattern).toBe(wider);
  });

  test('is not left to whoever only calls himself CloudFormation', async () => {
    await client().send(new RemoveTargetsCommand({ Rule: Name, Ids: ['changes'] }));

    expect(await outcomeOf('RemoveTargets', rule, { ...stack, sourceIp: '203.0.113.7' })).toBe('fixed');
  });

  test('is asked about by a sweep, which cannot tell a deployment', async () => {
    await client().send(new RemoveTargetsCommand({ Rule: Name, Ids: ['changes'] }));

    expect(await outcomeOf('sweep', rule, null)).toBe('asked');
  });

  test('of another name is not looked at', async () => {
    const hint = { provider: 'aws', account: motoAccount, region, kind: 'event-rule' } as const;
    const { provider } = world().loop;

    expect(await provider(rule).resolve({ ...hint, id: 'nightly' })).toEqual([]);
    expect(await provider(rule).resolve({ ...hint, id: Name })).toEqual([rule]);
  });
});

describe("the service's own queue", () => {
  const client = () => new SQSClient(here());
  const queue = onAws('trail', `arn:aws:sqs:${region}:${motoAccount}:snapshut-prod-Changes`);
  const QueueName = 'snapshut-prod-Changes';
  const attributes = { MessageRetentionPeriod: '1209600', VisibilityTimeout: '360' };
  const urlOf = async () => (await client().send(new GetQueueUrlCommand({ QueueName }))).QueueUrl ?? '';
  const now = async () => {
    const of = { QueueUrl: await urlOf(), AttributeNames: ['All' as const] };
    return (await client().send(new GetQueueAttributesCommand(of))).Attributes;
  };

  beforeEach(async () => {
    const statement = {
      Sid: 'Rules',
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queue.id,
      Condition: { StringEquals: { 'aws:SourceAccount': motoAccount } },
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await client().send(new CreateQueueCommand({ QueueName, Attributes: { ...attributes, Policy } }));
    expect(await outcomeOf('CreateQueue', queue)).toBe('clean');
  });

  test('gets back its policy and attributes, and undo takes them again', async () => {
    const before = await now();
    const Attributes = { Policy: '', MessageRetentionPeriod: '60' };
    await client().send(new SetQueueAttributesCommand({ QueueUrl: await urlOf(), Attributes }));

    const fixed = await when('SetQueueAttributes', queue);

    expect(fixed.outcome).toBe('fixed');
    const { LastModifiedTimestamp: _, ...rest } = before ?? {};
    expect(await now()).toMatchObject(rest);
    expect((await putBack(fixed.caseId)).outcome).toBe('undone');
    expect(await now()).toMatchObject({ MessageRetentionPeriod: '60' });
    await client().send(new DeleteQueueCommand({ QueueUrl: await urlOf() }));
  });

  test('is made anew when it was deleted', async () => {
    await client().send(new DeleteQueueCommand({ QueueUrl: await urlOf() }));

    expect(await outcomeOf('DeleteQueue', queue)).toBe('fixed');

    expect(await now()).toMatchObject(attributes);
  });
});

test('what a sweep looked at is known when it is deleted', async () => {
  const client = new CloudTrailClient(here());
  await client.send(new CreateTrailCommand({ Name: 'swept', S3BucketName: 'logs' }));
  await client.send(new StartLoggingCommand({ Name: 'swept' }));
  const scope = { provider: 'aws', account: motoAccount, regions: [region] } as const;
  for await (const _ of sweep([scope], world().loop));
  await client.send(new DeleteTrailCommand({ Name: 'swept' }));

  const trail = onAws('trail', `arn:aws:cloudtrail:${region}:${motoAccount}:trail/swept`);
  expect(await outcomeOf('DeleteTrail', trail)).toBe('fixed');
});
