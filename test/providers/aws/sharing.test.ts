import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  EC2Client,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
  RegisterImageCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  ModifyDBSnapshotAttributeCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import {
  AuthorizeSnapshotAccessCommand,
  DescribeClusterSnapshotsCommand,
  RedshiftClient,
  RevokeSnapshotAccessCommand,
} from '@aws-sdk/client-redshift';
import { CreateDocumentCommand, ModifyDocumentPermissionCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import type { SharingState } from '../../../lib/kinds/sharing.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { awsOn, onAws, region } from './cloud.ts';
import { controlOf, settingsFor, shutAndUndo, stateOf } from './round.ts';

const moto = useMoto();
const here = () => ({ endpoint: moto().endpoint, region, credentials: motoCredentials });
const control = controlOf('public-sharing', 'sharing');
const stranger = '999999999999';
const friend = '111122223333';

/** Makes something that is shared with everybody and with a friend, and answers its id. */
const makers: { [service: string]: () => Promise<string> } = {
  async 'ebs-snapshot'() {
    const client = new EC2Client(here());
    const { VolumeId } = await client.send(
      new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 1 }),
    );
    const { SnapshotId = '' } = await client.send(new CreateSnapshotCommand({ VolumeId }));
    const of = { SnapshotId, Attribute: 'createVolumePermission' as const, OperationType: 'add' as const };
    await client.send(new ModifySnapshotAttributeCommand({ ...of, GroupNames: ['all'] }));
    await client.send(new ModifySnapshotAttributeCommand({ ...of, UserIds: [friend] }));
    return SnapshotId;
  },
  async ami() {
    const client = new EC2Client(here());
    const { ImageId = '' } = await client.send(
      new RegisterImageCommand({ Name: 'golden', RootDeviceName: '/dev/xvda' }),
    );
    const LaunchPermission = { Add: [{ Group: 'all' as const }, { UserId: friend }] };
    await client.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission }));
    return ImageId;
  },
  async 'rds-snapshot'() {
    const client = new RDSClient(here());
    const DBInstanceIdentifier = 'orders';
    await client.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier,
        DBInstanceClass: 'db.t3.micro',
        Engine: 'postgres',
      }),
    );
    const DBSnapshotIdentifier = 'orders-copy';
    const made = await client.send(
      new CreateDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier }),
    );
    const ValuesToAdd = ['all', friend];
    await client.send(
      new ModifyDBSnapshotAttributeCommand({ DBSnapshotIdentifier, AttributeName: 'restore', ValuesToAdd }),
    );
    return made.DBSnapshot?.DBSnapshotArn ?? '';
  },
  async 'cluster-snapshot'() {
    const client = new RDSClient(here());
    const DBClusterIdentifier = 'orders';
    const login = { MasterUsername: 'root', MasterUserPassword: 'not-a-secret' };
    await client.send(
      new CreateDBClusterCommand({ DBClusterIdentifier, Engine: 'aurora-postgresql', ...login }),
    );
    const DBClusterSnapshotIdentifier = 'orders-copy';
    const made = await client.send(
      new CreateDBClusterSnapshotCommand({ DBClusterIdentifier, DBClusterSnapshotIdentifier }),
    );
    const of = { DBClusterSnapshotIdentifier, AttributeName: 'restore', ValuesToAdd: ['all', friend] };
    await client.send(new ModifyDBClusterSnapshotAttributeCommand(of));
    return made.DBClusterSnapshot?.DBClusterSnapshotArn ?? '';
  },
  async 'ssm-document'() {
    const client = new SSMClient(here());
    const Content = JSON.stringify({ schemaVersion: '2.2', description: 'x', mainSteps: [] });
    await client.send(new CreateDocumentCommand({ Name: 'runbook', Content, DocumentType: 'Command' }));
    for (const AccountIdsToAdd of [['All'], [friend]]) {
      const of = { Name: 'runbook', PermissionType: 'Share' as const };
      await client.send(new ModifyDocumentPermissionCommand({ ...of, AccountIdsToAdd }));
    }
    return `arn:aws:ssm:${region}:${motoAccount}:document/runbook`;
  },
};

describe('public-sharing on moto', () => {
  test.each(
    Object.entries(makers),
  )('%s: everybody goes, the friend stays, undo brings everybody back', async (service, make) => {
    const id = await make();
    const settings = { trustedAccounts: [friend] };

    const { before, shut, exposures } = await shutAndUndo(awsOn(moto()), onAws('sharing', id), control, {
      settings,
    });

    expect((before as SharingState).service).toBe(service);
    expect(exposures.map((one) => one.id)).toEqual(['all']);
    expect((shut as SharingState).shares).toEqual([{ id: friend }]);
  });

  test('many snapshots read together say the same as each read alone', async () => {
    const provider = awsOn(moto());
    const ids = [
      (await makers['ebs-snapshot']?.()) ?? '',
      (await makers['ebs-snapshot']?.()) ?? '',
      'snap-00000000000000000',
    ];
    const resources = ids.map((id) => onAws('sharing', id));

    const together = await provider.read(resources);
    const alone = await Promise.all(resources.map(async (one) => (await provider.read([one]))[0]));

    expect(together).toEqual(alone);
    expect(together.map((one) => one.status)).toEqual(['found', 'found', 'gone']);
  });

  test('what does not exist is gone', async () => {
    const ids = [
      'snap-00000000000000000',
      'ami-00000000000000000',
      `arn:aws:rds:${region}:${motoAccount}:snapshot:no`,
      `arn:aws:rds:${region}:${motoAccount}:cluster-snapshot:no`,
      `arn:aws:redshift:${region}:${motoAccount}:snapshot:no/no`,
      `arn:aws:ssm:${region}:${motoAccount}:document/no`,
    ];

    const readings = await awsOn(moto()).read(ids.map((id) => onAws('sharing', id)));

    expect(readings.map((one) => (one.status === 'error' ? one.error.message : one.status))).toEqual(
      ids.map(() => 'gone'),
    );
  });
});

// moto does not keep with whom a Redshift snapshot is shared.
test('a Redshift snapshot that strangers may restore is asked about, and shut when it is approved', async () => {
  const redshift = mockClient(RedshiftClient);
  const id = `arn:aws:redshift:${region}:${motoAccount}:snapshot:sales/nightly`;
  const shared = new Set([stranger]);
  redshift.on(DescribeClusterSnapshotsCommand).callsFake(() => ({
    Snapshots: [
      {
        SnapshotIdentifier: 'nightly',
        ClusterIdentifier: 'sales',
        OwnerAccount: motoAccount,
        AccountsWithRestoreAccess: [...shared].map((AccountId) => ({ AccountId })),
      },
    ],
  }));
  redshift
    .on(RevokeSnapshotAccessCommand)
    .callsFake((input) => shared.delete(input.AccountWithRestoreAccess));
  redshift
    .on(AuthorizeSnapshotAccessCommand)
    .callsFake((input) => shared.add(input.AccountWithRestoreAccess));

  const finding = control.check(await stateOf(awsOn(moto()), onAws('sharing', id)), settingsFor(control));
  expect(finding?.exposures[0]?.ask).toContain('trusted');
  await shutAndUndo(awsOn(moto()), onAws('sharing', id), control, {
    whenShut: async () => {
      expect(shared.size).toBe(0);
    },
  });
  redshift.restore();
});
