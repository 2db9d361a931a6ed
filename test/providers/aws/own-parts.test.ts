import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DescribeEventBusCommand,
  EventBridgeClient,
  PutPermissionCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, test } from 'vitest';
import { auditTrailStopped } from '../../../lib/controls/audit-trail-stopped.ts';
import type { Actor } from '../../../lib/model.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { sweep } from '../../../lib/sweep.ts';
import { useMoto } from '../../engines/moto.ts';
import { onAws, region } from './cloud.ts';
import { useWatched } from './watched.ts';

/** The bus, the functions and what hands them their events, taken away from this service: on moto. */

const moto = useMoto();
const { world, when, outcomeOf, putBack } = useWatched(moto, auditTrailStopped);
const here = () => ({ endpoint: moto().endpoint, region, credentials: motoCredentials });
const lambda = () => new LambdaClient(here());
const bus = () => new EventBridgeClient(here());
const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${motoAccount}:${rest}`;
const stack: Actor = { name: 'deployer', type: 'AssumedRole', via: 'cloudformation', sourceIp: null };
// The smallest archive there is: an empty one.
const ZipFile = Buffer.from('504b0506000000000000000000000000000000000000', 'hex');

let Role = '';
beforeAll(async () => {
  const trust = { Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Statement: [{ Effect: 'Allow', ...trust }] });
  const iam = new IAMClient(here());
  const made = await iam.send(new CreateRoleCommand({ RoleName: 'fn', AssumeRolePolicyDocument }));
  Role = made.Role?.Arn ?? '';
  await new SQSClient(here()).send(new CreateQueueCommand({ QueueName: 'snapshut-Changes' }));
});

async function makeFunction(FunctionName: string) {
  const Environment = { Variables: { SNAPSHUT_TABLE: 'history' } };
  const code = { Role, Runtime: 'nodejs22.x', Handler: 'a.b', Code: { ZipFile } } as const;
  await lambda().send(new CreateFunctionCommand({ FunctionName, ...code, Environment }));
  return onAws('trail', arn('lambda', `function:${FunctionName}`));
}

describe('a function of its own', () => {
  const reserved = async (FunctionName: string) =>
    (await lambda().send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions;

  test.each([
    { reservedBefore: null },
    { reservedBefore: 5 },
  ])('of which not one may run any more gets back its $reservedBefore, and undo takes that again', async ({
    reservedBefore,
  }) => {
    const FunctionName = `snapshut-run-${reservedBefore}`;
    const resource = await makeFunction(FunctionName);
    const put = (ReservedConcurrentExecutions: number) =>
      lambda().send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
    if (reservedBefore !== null) await put(reservedBefore);
    expect(await outcomeOf('CreateFunction', resource)).toBe('clean');
    await put(0);

    const fixed = await when('PutFunctionConcurrency', resource);

    expect(fixed).toMatchObject({ outcome: 'fixed', changes: [{ id: 'concurrency', to: reservedBefore }] });
    expect((await reserved(FunctionName)) ?? null).toBe(reservedBefore);
    expect((await putBack(fixed.caseId)).outcome).toBe('undone');
    expect(await reserved(FunctionName)).toBe(0);
  });

  test('whose environment was changed is told, without its values', async () => {
    const FunctionName = 'snapshut-env';
    const resource = await makeFunction(FunctionName);
    expect(await outcomeOf('CreateFunction', resource)).toBe('clean');
    const Environment = { Variables: { SNAPSHUT_TABLE: 'hunter2' } };
    await lambda().send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment }));

    const told = await when('UpdateFunctionConfiguration', resource);

    expect(told).toMatchObject({ outcome: 'told', why: expect.stringContaining('its environment') });
    const kept = await world().history.setting(
      `was/aws/${motoAccount}/${region}/trail/${arn('lambda', `function:${FunctionName}`)}`,
    );
    expect(JSON.stringify([told, kept])).not.toMatch(/hunter2|"history"/);
  });

  test('that CloudFormation changes is as it should be', async () => {
    const FunctionName = 'snapshut-deployed';
    const resource = await makeFunction(FunctionName);
    expect(await outcomeOf('CreateFunction', resource)).toBe('clean');
    await lambda().send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 }));

    expect(await outcomeOf('UpdateFunctionConfiguration', resource, stack)).toBe('clean');
    expect(await outcomeOf('sweep', resource, null)).toBe('clean');
  });

  test('that was deleted is told with what is lost', async () => {
    const resource = await makeFunction('snapshut-gone');
    expect(await outcomeOf('CreateFunction', resource)).toBe('clean');
    await lambda().send(new DeleteFunctionCommand({ FunctionName: 'snapshut-gone' }));

    const told = await when('DeleteFunction', resource);

    expect(told.outcome).toBe('told');
    expect(told.why).toMatch(/its code, its environment \(SNAPSHUT_TABLE\).*a\.b, nodejs22\.x/);
  });

  test('is missed by a sweep that heard nothing of its deletion; one of others is not looked at', async () => {
    await makeFunction('snapshut-swept');
    await makeFunction('shop');
    const scope = { provider: 'aws', account: motoAccount, regions: [region] } as const;
    const swept = async () => {
      const lines = [];
      for await (const one of sweep([scope], world().loop)) lines.push(one);
      return lines.filter((one) => one.resource?.kind === 'trail');
    };
    expect((await swept()).map((one) => one.resource?.id)).not.toContain(arn('lambda', 'function:shop'));
    await lambda().send(new DeleteFunctionCommand({ FunctionName: 'snapshut-swept' }));

    const [line] = (await swept()).filter((one) => one.resource?.id.endsWith('snapshut-swept'));

    expect(line).toMatchObject({ outcome: 'told', control: 'audit-trail-stopped' });
  });
});

describe('what hands a function its events', () => {
  const source = arn('sqs', 'snapshut-Changes');
  const name = 'snapshut-on-change';
  const resource = onAws('trail', `event-source/${name}/${source}`);
  const mappings = async () => {
    const of = { EventSourceArn: source };
    return (await lambda().send(new ListEventSourceMappingsCommand(of))).EventSourceMappings ?? [];
  };
  const state = async () => (await mappings()).map((one) => one.State);

  beforeAll(async () => {
    await makeFunction(name);
    const of = { FunctionName: name, EventSourceArn: source, BatchSize: 7 };
    await lambda().send(
      new CreateEventSourceMappingCommand({ ...of, FunctionResponseTypes: ['ReportBatchItemFailures'] }),
    );
  });

  test('is enabled again, and undo disables it', async () => {
    expect(await outcomeOf('CreateEventSourceMapping', resource)).toBe('clean');
    const UUID = (await mappings())[0]?.UUID;
    await lambda().send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));

    const fixed = await when('UpdateEventSourceMapping', resource);

    expect(fixed.outcome).toBe('fixed');
    expect(await state()).toEqual(['Enabled']);
    expect((await putBack(fixed.caseId)).outcome).toBe('undone');
    expect(await state()).toEqual(['Disabled']);
    await lambda().send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  });

  test('is made anew as it was, and undo deletes it', async () => {
    expect(await outcomeOf('CreateEventSourceMapping', resource)).toBe('clean');
    await lambda().send(new DeleteEventSourceMappingCommand({ UUID: (await mappings())[0]?.UUID }));

    const fixed = await when('DeleteEventSourceMapping', resource);

    expect(fixed.outcome).toBe('fixed');
    expect(await mappings()).toMatchObject([
      { BatchSize: 7, FunctionResponseTypes: ['ReportBatchItemFailures'], State: 'Enabled' },
    ]);
    expect((await putBack(fixed.caseId)).outcome).toBe('undone');
    expect(await mappings()).toEqual([]);
  });

  test('is known by the function and the queue that an event names, and only where the function is its own', async () => {
    const hint = { provider: 'aws', account: motoAccount, region, kind: 'event-source' } as const;
    const resolve = (id: string) =>
      world()
        .loop.provider(resource)
        .resolve({ ...hint, id });

    expect(await resolve(`${arn('lambda', `function:${name}`)} ${source}`)).toEqual([resource]);
    expect(await resolve(`${arn('lambda', 'function:shop')} ${source}`)).toEqual([]);
    expect(await resolve('a1b2c3d4-5678-4abc-9def-0123456789ab')).toEqual([]);
  });
});

describe('the bus that other accounts send to', () => {
  const Name = 'snapshut-prod';
  const resource = onAws('trail', arn('events', `event-bus/${Name}`));
  const senders = (StatementId: string, Principal: string) =>
    bus().send(
      new PutPermissionCommand({ EventBusName: Name, StatementId, Principal, Action: 'events:PutEvents' }),
    );
  const sidsOf = async () => {
    const { Policy } = await bus().send(new DescribeEventBusCommand({ Name }));
    if (!Policy) return [];
    return (JSON.parse(Policy) as { Statement: { Sid: string }[] }).Statement.map((one) => one.Sid);
  };

  test('gets back the sender that was taken from it, beside one that was added, and undo takes it again', async () => {
    await bus().send(new CreateEventBusCommand({ Name }));
    await senders('member', '111122223333');
    expect(await outcomeOf('PutPermission', resource)).toBe('clean');
    await senders('other', '444455556666');
    await bus().send(new RemovePermissionCommand({ EventBusName: Name, StatementId: 'member' }));

    const fixed = await when('RemovePermission', resource);

    expect(fixed).toMatchObject({ outcome: 'fixed', why: expect.stringContaining('its senders (member)') });
    expect((await sidsOf()).sort()).toEqual(['member', 'other']);
    expect((await putBack(fixed.caseId)).outcome).toBe('undone');
    expect(await sidsOf()).toEqual(['other']);
  });

  test('is made anew with its senders when it was deleted', async () => {
    expect(await outcomeOf('PutPermission', resource, stack)).toBe('clean');
    await bus().send(new DeleteEventBusCommand({ Name }));

    expect(await outcomeOf('DeleteEventBus', resource)).toBe('fixed');

    expect(await sidsOf()).toEqual(['other']);
  });
});
