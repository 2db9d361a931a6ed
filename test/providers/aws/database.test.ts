import {
  DatabaseMigrationServiceClient,
  DescribeReplicationInstancesCommand,
} from '@aws-sdk/client-database-migration-service';
import { CreateFileSystemCommand, EFSClient } from '@aws-sdk/client-efs';
import { DescribeClusterV2Command, KafkaClient, UpdateConnectivityCommand } from '@aws-sdk/client-kafka';
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  DescribeDBClustersCommand,
  ModifyDBInstanceCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { CreateClusterCommand, RedshiftClient } from '@aws-sdk/client-redshift';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import { RetryableError } from '../../../lib/errors.ts';
import type { Provider } from '../../../lib/ports.ts';
import { reconcile } from '../../../lib/reconcile.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { makeWorld, opened } from '../../loop/harness.ts';
import { awsOn, onAws, region } from './cloud.ts';
import { controlOf, settingsFor, shutAndUndo, stateOf } from './round.ts';

const moto = useMoto();
const here = () => ({ endpoint: moto().endpoint, region, credentials: motoCredentials });
const control = controlOf('public-database', 'database');

async function makeInstance(DBInstanceIdentifier: string, StorageEncrypted = true): Promise<string> {
  const of = { DBInstanceIdentifier, DBInstanceClass: 'db.t3.micro', Engine: 'postgres', StorageEncrypted };
  const made = await new RDSClient(here()).send(
    new CreateDBInstanceCommand({ ...of, PubliclyAccessible: true }),
  );
  return made.DBInstance?.DBInstanceArn ?? '';
}

describe('public-database on moto', () => {
  test('an RDS instance is made private, and public again by undo', async () => {
    const arn = await makeInstance('orders');

    const { shut } = await shutAndUndo(awsOn(moto()), onAws('database', arn), control);

    expect(shut).toMatchObject({ settings: { publiclyAccessible: false } });
  });

  test('a Redshift cluster is made private', async () => {
    const login = { MasterUsername: 'root', MasterUserPassword: 'Not-a-secret-1', NodeType: 'ra3.large' };
    const of = { ClusterIdentifier: 'sales', ...login, PubliclyAccessible: true };
    await new RedshiftClient(here()).send(new CreateClusterCommand(of));

    await shutAndUndo(
      awsOn(moto()),
      onAws('database', `arn:aws:redshift:${region}:${motoAccount}:cluster:sales`),
      control,
    );
  });

  test('what does not exist is gone', async () => {
    const ids = [
      'rds:EU:db:no',
      'redshift:EU:cluster:no',
      'dms:EU:rep:NO',
      'elasticfilesystem:EU:file-system/fs-00000000',
    ];
    const resources = ids.map((id) =>
      onAws('database', `arn:aws:${id.replace('EU', `${region}:${motoAccount}`)}`),
    );

    const readings = await awsOn(moto()).read(resources);

    expect(readings.map((one) => (one.status === 'error' ? one.error.message : one.status))).toEqual(
      ids.map(() => 'gone'),
    );
  });
});

describe('unencrypted-default of what exists', () => {
  const unencrypted = controlOf('unencrypted-default', 'database');

  test('a database or file system that was created unencrypted is told', async () => {
    const { FileSystemArn = '' } = await new EFSClient(here()).send(
      new CreateFileSystemCommand({ CreationToken: 'plain', Encrypted: false }),
    );
    for (const arn of [await makeInstance('plain', false), FileSystemArn]) {
      const state = await stateOf(awsOn(moto()), onAws('database', arn));
      expect(unencrypted.check(state, settingsFor(unencrypted))?.exposures[0]?.tell).toBeDefined();
    }
  });
});

test('a database that is being modified is tried again later, not failed', async () => {
  const arn = await makeInstance('busy');
  const rds = mockClient(RDSClient);
  const busy = Object.assign(new Error('busy'), { name: 'InvalidDBInstanceStateFault' });
  rds.on(ModifyDBInstanceCommand).rejects(busy);
  const [change] = control.fix(control.examples.bad, [], settingsFor(control));

  const apply = awsOn(moto()).apply(onAws('database', arn), change as NonNullable<typeof change>);

  await expect(apply).rejects.toBeInstanceOf(RetryableError);
  rds.restore();
});

test('while it is being modified nothing is called failed, and a later delivery shuts it', async () => {
  const arn = await makeInstance('busy-then-free');
  const aws = awsOn(moto());
  let isBusy = true;
  const provider: Provider = {
    name: 'aws',
    kinds: aws.kinds,
    resolve: (hint) => aws.resolve(hint),
    read: (resources) => aws.read(resources),
    list: (account, where, kind) => aws.list(account, where, kind),
    apply: async (resource, change) => {
      if (isBusy) throw new RetryableError('busy-then-free is being modified');
      return aws.apply(resource, change);
    },
  };
  const world = makeWorld({ provider, controls: [control] });
  const trigger = { ...opened, name: 'ModifyDBInstance' };

  await expect(reconcile(onAws('database', arn), trigger, world.loop)).rejects.toBeInstanceOf(RetryableError);
  const [waiting] = (await world.history.find({ limit: 10 })).cases;
  isBusy = false;
  const [shut] = await reconcile(onAws('database', arn), trigger, world.loop);

  expect([waiting?.outcome, waiting?.closedAt, waiting?.intent?.changes.length]).toEqual([
    'unfixed',
    null,
    1,
  ]);
  expect(shut).toMatchObject({ outcome: 'fixed', caseId: waiting?.caseId });
  const types = (await world.history.entries(waiting?.caseId ?? '')).map((one) => one.story.type);
  expect(types).toEqual(['opened', 'intent', 'fixed']);
});

// moto does not say whether a cluster is public.
test('a Multi-AZ cluster with a public address is told: RDS has no call that makes it private', async () => {
  const rds = mockClient(RDSClient);
  const DBClusterArn = `arn:aws:rds:${region}:${motoAccount}:cluster:ledger`;
  const ledger = { DBClusterIdentifier: 'ledger', DBClusterArn, StorageEncrypted: true };
  rds.on(DescribeDBClustersCommand).resolves({
    DBClusters: [{ ...ledger, Status: 'available', PubliclyAccessible: true }],
  });
  const hint = { provider: 'aws', account: motoAccount, region, kind: 'database-cluster' } as const;

  const [resource] = await awsOn(moto()).resolve({ ...hint, id: 'Ledger' });
  const state = await stateOf(awsOn(moto()), resource ?? onAws('database', ''));

  expect(resource?.id).toBe(DBClusterArn);
  expect(control.check(state, settingsFor(control))).toMatchObject({
    severity: 'critical',
    exposures: [{ tell: expect.stringContaining('replace it') }],
  });
  rds.restore();
});

test('a cluster on moto is read and listed like any other store', async () => {
  const of = { DBClusterIdentifier: 'aurora', Engine: 'aurora-postgresql', MasterUsername: 'root' };
  await new RDSClient(here()).send(
    new CreateDBClusterCommand({ ...of, MasterUserPassword: 'Not-a-secret-1', StorageEncrypted: true }),
  );
  const arn = `arn:aws:rds:${region}:${motoAccount}:cluster:aurora`;

  const listed: string[] = [];
  for await (const page of awsOn(moto()).list(motoAccount, region, 'database'))
    listed.push(...page.map((one) => one.id));

  expect(listed).toContain(arn);
  expect(await stateOf(awsOn(moto()), onAws('database', arn))).toMatchObject({
    service: 'rds-cluster',
    encrypted: true,
    settings: { publiclyAccessible: false },
  });
});

// moto writes the times of DMS in a form that no SDK reads.
test('a DMS replication instance is told: nothing can change it', async () => {
  const dms = mockClient(DatabaseMigrationServiceClient);
  const ReplicationInstanceArn = `arn:aws:dms:${region}:${motoAccount}:rep:MOVER`;
  dms.on(DescribeReplicationInstancesCommand).resolves({
    ReplicationInstances: [
      { ReplicationInstanceArn, ReplicationInstanceIdentifier: 'mover', PubliclyAccessible: true },
    ],
  });

  const state = await stateOf(awsOn(moto()), onAws('database', ReplicationInstanceArn));

  expect(control.check(state, settingsFor(control))?.exposures[0]?.tell).toContain('replace it');
  dms.restore();
});

// moto does not keep the public access of Kafka clusters.
test('a Kafka cluster is told to close and looked at again later; the second delivery changes nothing', async () => {
  const kafka = mockClient(KafkaClient);
  const ClusterInfo = {
    ClusterName: 'events',
    State: 'ACTIVE' as 'ACTIVE' | 'UPDATING',
    CurrentVersion: 'K1',
    Provisioned: {
      BrokerNodeGroupInfo: { ConnectivityInfo: { PublicAccess: { Type: 'SERVICE_PROVIDED_EIPS' } } },
    },
  };
  kafka.on(DescribeClusterV2Command).callsFake(() => ({ ClusterInfo }));
  kafka.on(UpdateConnectivityCommand).callsFake(() => {
    ClusterInfo.State = 'UPDATING';
    return {};
  });
  const resource = onAws('database', `arn:aws:kafka:${region}:${motoAccount}:cluster/events/1-2`);
  const state = await stateOf(awsOn(moto()), resource);
  const exposures = control.check(state, settingsFor(control))?.exposures ?? [];
  const [change] = control.fix(state, exposures, settingsFor(control));

  for (let delivery = 1; delivery <= 2; delivery++) {
    const apply = awsOn(moto()).apply(resource, change as NonNullable<typeof change>);
    await expect(apply).rejects.toBeInstanceOf(RetryableError);
  }

  expect(kafka.commandCalls(UpdateConnectivityCommand)).toHaveLength(1);
  expect(kafka.commandCalls(UpdateConnectivityCommand)[0]?.args[0].input).toMatchObject({
    CurrentVersion: 'K1',
    ConnectivityInfo: { PublicAccess: { Type: 'DISABLED' } },
  });
  kafka.restore();
});
