import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { beforeAll, describe, expect, it } from 'vitest';
import { motoCredentials } from '../../lib/sandbox/moto.ts';
import { useMoto } from '../engines/moto.ts';
import { region } from '../providers/aws/cloud.ts';
import { snapshut } from './cli.ts';

const moto = useMoto();
let iam: IAMClient;
let home: string;

beforeAll(async () => {
  iam = new IAMClient({ endpoint: moto().endpoint, region, credentials: motoCredentials });
  home = await mkdtemp(join(tmpdir(), 'snapshut-'));
});

async function userWithKeys(UserName: string, count: number): Promise<{ ids: string[]; secrets: string[] }> {
  await iam.send(new CreateUserCommand({ UserName }));
  const ids: string[] = [];
  const secrets: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    ids.push(AccessKey?.AccessKeyId ?? '');
    secrets.push(AccessKey?.SecretAccessKey ?? '');
  }
  return { ids, secrets };
}

async function statusOf(UserName: string): Promise<{ [id: string]: string }> {
  const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName }));
  return Object.fromEntries(AccessKeyMetadata.map((key) => [key.AccessKeyId ?? '', key.Status ?? '']));
}

async function policiesOf(UserName: string): Promise<string[]> {
  return (await iam.send(new ListUserPoliciesCommand({ UserName }))).PolicyNames ?? [];
}

const run = (args: string[], stdin = '') => snapshut(args, { endpoint: moto().endpoint, home, stdin });

async function reportOf(id: string): Promise<string> {
  const sample = await readFile(
    new URL('../../events/aws/finding-health-exposed-key.json', import.meta.url),
    'utf8',
  );
  const [named] = /A[A-Z]{3}[A-Z0-9]{8,}/.exec(sample.replace(/"detail-type".*/, '')) ?? [];
  const inSample = JSON.parse(sample).detail.affectedEntities?.[0]?.entityValue ?? named;
  return sample.replaceAll(inSample, id);
}

describe('an access key that AWS Health reports as exposed', () => {
  it('is deactivated, that key only, and can be activated again once', async () => {
    const { ids, secrets } = await userWithKeys('deploy', 2);
    const [leaked = '', other = ''] = ids;

    const fixed = await run(['respond', '-'], await reportOf(leaked));

    expect(fixed.lines).toMatchObject([
      { outcome: 'fixed', control: 'exposed-key', resource: { id: leaked } },
    ]);
    expect(await statusOf('deploy')).toEqual({ [leaked]: 'Inactive', [other]: 'Active' });
    expect(await policiesOf('deploy')).toEqual(['SnapshutDeniedSessions']);
    expect((await run(['respond', '-'], await reportOf(leaked))).lines).toMatchObject([{ outcome: 'clean' }]);

    const caseId = String(fixed.lines[0]?.caseId);
    const undone = await run(['undo', caseId, '--json']);
    expect(undone.lines).toMatchObject([{ outcome: 'undone' }]);
    expect(await statusOf('deploy')).toEqual({ [leaked]: 'Active', [other]: 'Active' });
    expect(await policiesOf('deploy')).toEqual([]);
    expect((await run(['undo', caseId, '--json'])).lines).toMatchObject([{ outcome: 'refused' }]);
    const shown = await run(['show', caseId, '--json']);
    for (const secret of secrets) expect(fixed.stdout + shown.stdout + shown.stderr).not.toContain(secret);
  });

  it('is gone where no user has it', async () => {
    const ran = await run(['respond', '-'], await reportOf('AKIAZZZZZZZZZZZZZZZZ'));
    expect(ran.lines.map((line) => line.outcome)).toEqual(['gone']);
  });
});

it('a key whose owner AWS has put into quarantine is found by a look at it', async () => {
  const { ids } = await userWithKeys('quarantined', 1);
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: 'iam:*', Resource: '*' }],
  });
  // moto holds no policies of AWS itself unless it is told to load them.
  const made = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'AWSCompromisedKeyQuarantineV3', PolicyDocument }),
  );
  await iam.send(new AttachUserPolicyCommand({ UserName: 'quarantined', PolicyArn: made.Policy?.Arn }));
  const resource = {
    provider: 'aws',
    account: '123456789012',
    region: 'global',
    kind: 'credential',
    id: ids[0],
  };

  const ran = await run(['respond', '-'], JSON.stringify({ resources: [resource] }));

  expect(ran.lines).toMatchObject([{ outcome: 'fixed', control: 'exposed-key' }]);
  expect(await statusOf('quarantined')).toEqual({ [String(ids[0])]: 'Inactive' });
});

describe('credentials that GuardDuty sees used outside their instance', () => {
  const finding = (key: string) =>
    JSON.stringify({
      'detail-type': 'GuardDuty Finding',
      source: 'aws.guardduty',
      account: '123456789012',
      region: 'eu-central-1',
      detail: {
        accountId: '123456789012',
        region: 'eu-central-1',
        id: `finding-${key}`,
        type: 'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS',
        resource: {
          resourceType: 'AccessKey',
          accessKeyDetails: {
            accessKeyId: key,
            userName: 'web',
            userType: 'AssumedRole',
            principalId: 'A:i-1',
          },
        },
        service: { serviceName: 'guardduty', archived: false },
      },
    });

  it('are refused by a policy of their role, which undo takes away and nothing else', async () => {
    const RoleName = 'web';
    const trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const own = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
    });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument: own }));
    const policies = async () =>
      (await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames?.toSorted();
    const startedAt = new Date().toISOString();

    const ran = await run(['respond', '-'], finding('ASIAIOSFODNN7EXAMPLE'));

    const fixed = ran.lines.find((line) => line.control === 'exposed-key');
    expect(fixed).toMatchObject({ outcome: 'fixed', resource: { id: 'arn:aws:iam::123456789012:role/web' } });
    expect(await policies()).toEqual(['SnapshutDeniedSessions', 'own']);
    const denied = await iam.send(
      new GetRolePolicyCommand({ RoleName, PolicyName: 'SnapshutDeniedSessions' }),
    );
    const document = JSON.parse(decodeURIComponent(denied.PolicyDocument ?? ''));
    expect(document.Statement).toMatchObject([{ Effect: 'Deny', Action: '*', Resource: '*' }]);
    const before = document.Statement[0].Condition.DateLessThan['aws:TokenIssueTime'];
    expect(before >= startedAt && before <= new Date().toISOString()).toBe(true);

    const again = await run(['respond', '-'], finding('ASIAIOSFODNN7EXAMPLE'));
    expect(again.lines.filter((line) => line.outcome !== 'clean')).toEqual([]);
    const undone = await run(['undo', String(fixed?.caseId), '--json']);
    expect(undone.lines).toMatchObject([{ outcome: 'undone' }]);
    expect(await policies()).toEqual(['own']);
    const kept = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'own' }));
    expect(decodeURIComponent(kept.PolicyDocument ?? '')).toBe(own);
  });
});
