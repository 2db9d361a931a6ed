import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetRoleCommand,
  IAMClient,
  ListGroupsForUserCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { beforeAll, describe, expect, test } from 'vitest';
import type { UserState } from '../../../lib/kinds/user.ts';
import { readEverybody } from '../../../lib/providers/aws/identities/together.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { awsOn, onAws, region } from './cloud.ts';
import { controlOf, settingsFor, shutAndUndo, stateOf } from './round.ts';

const moto = useMoto();
const iam = () => new IAMClient({ endpoint: moto().endpoint, region, credentials: motoCredentials });
const onIam = (id: string) => ({ ...onAws('user', id), region: 'global' });
const everything = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});

async function makeUser(UserName: string): Promise<string> {
  return (await iam().send(new CreateUserCommand({ UserName, Path: '/team/' }))).User?.Arn ?? '';
}
async function makeRole(RoleName: string, ...Statement: object[]): Promise<string> {
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  return (await iam().send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))).Role?.Arn ?? '';
}
const letting = (Sid: string, Principal: object | string) => ({
  Sid,
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
});

describe('admin-grant on moto', () => {
  const control = controlOf('admin-grant', 'user');

  test("a user's own policy that allows everything is detached and attached again", async () => {
    const arn = await makeUser('maria');
    const made = await iam().send(new CreatePolicyCommand({ PolicyName: 'all', PolicyDocument: everything }));
    await iam().send(new AttachUserPolicyCommand({ UserName: 'maria', PolicyArn: made.Policy?.Arn }));

    const { shut } = await shutAndUndo(awsOn(moto()), onIam(arn), control);

    expect((shut as UserState).attachments).toEqual([]);
  });

  test('an inline policy of a new role goes and comes back byte for byte; an old role keeps its own', async () => {
    const arn = await makeRole('deployer', letting('Lambda', { Service: 'lambda.amazonaws.com' }));
    await iam().send(
      new PutRolePolicyCommand({ RoleName: 'deployer', PolicyName: 'all', PolicyDocument: everything }),
    );
    const hour = 3_600_000;

    await shutAndUndo(awsOn(moto()), onIam(arn), control, { settings: { now: new Date(Date.now() + hour) } });
    const later = settingsFor(control, { now: new Date(Date.now() + 25 * hour) });

    expect(control.check(await stateOf(awsOn(moto()), onIam(arn)), later)).toBeNull();
  });
});

describe('admin-grant through a group on moto', () => {
  const control = controlOf('admin-grant', 'user');
  let admin = '';
  beforeAll(async () => {
    const made = await iam().send(
      new CreatePolicyCommand({ PolicyName: 'administrator', PolicyDocument: everything }),
    );
    admin = made.Policy?.Arn ?? '';
  });
  const makeGroup = async (GroupName: string) =>
    (await iam().send(new CreateGroupCommand({ GroupName }))).Group?.Arn ?? '';

  test('a policy of a group that allows everything goes and comes back, attached or inline', async () => {
    const arn = await makeGroup('developers');
    await iam().send(new AttachGroupPolicyCommand({ GroupName: 'developers', PolicyArn: admin }));
    const inline = { GroupName: 'developers', PolicyName: 'all', PolicyDocument: everything };
    await iam().send(new PutGroupPolicyCommand(inline));

    const { shut, changes } = await shutAndUndo(awsOn(moto()), onIam(arn), control);

    expect(changes.map((one) => one.part)).toEqual(['attachments', 'inline']);
    expect(shut).toMatchObject({ service: 'group', attachments: [], inline: [] });
  });

  test('a user is taken out of an administrators group, of that one only, and put back', async () => {
    const arn = await makeUser('joining');
    await makeGroup('readers');
    await makeGroup('owners');
    await iam().send(new AttachGroupPolicyCommand({ GroupName: 'owners', PolicyArn: admin }));
    for (const GroupName of ['owners', 'readers'])
      await iam().send(new AddUserToGroupCommand({ GroupName, UserName: 'joining' }));

    const { changes } = await shutAndUndo(awsOn(moto()), onIam(arn), control, {
      whenShut: async () => {
        const { Groups } = await iam().send(new ListGroupsForUserCommand({ UserName: 'joining' }));
        expect(Groups?.map((one) => one.GroupName)).toEqual(['readers']);
      },
    });

    expect(changes).toMatchObject([{ op: 'remove', part: 'groups', value: { id: 'owners' } }]);
    const meant = settingsFor(control, { options: control.options.parse({ adminGroups: ['own*'] }) });
    expect(control.check(await stateOf(awsOn(moto()), onIam(arn)), meant)).toBeNull();
  });

  test('a new version of a policy that allows everything counts for old roles, users and groups', async () => {
    const old = new Date(Date.now() + 48 * 3_600_000);
    const nothing = everything.replace('"*"', '"s3:ListAllMyBuckets"');
    const made = await iam().send(new CreatePolicyCommand({ PolicyName: 'deploy', PolicyDocument: nothing }));
    const PolicyArn = made.Policy?.Arn ?? '';
    const role = await makeRole('old', letting('Lambda', { Service: 'lambda.amazonaws.com' }));
    await iam().send(new AttachRolePolicyCommand({ RoleName: 'old', PolicyArn }));
    const group = await makeGroup('deployers');
    await iam().send(new AttachGroupPolicyCommand({ GroupName: 'deployers', PolicyArn }));
    const version = { PolicyArn, PolicyDocument: everything, SetAsDefault: true };
    await iam().send(new CreatePolicyVersionCommand(version));

    const hint = { provider: 'aws', account: motoAccount, region: 'us-east-1' } as const;
    const held = await awsOn(moto()).resolve({ ...hint, kind: 'managed-policy', id: PolicyArn });
    const state = (await stateOf(awsOn(moto()), onIam(role))) as UserState;

    expect(held.map((one) => one.id).sort()).toEqual([group, role].sort());
    // As if the role had been made long before the policy was widened.
    const before = { ...state, createdAt: '2020-01-01T00:00:00.000Z' };
    const [attached] = state.attachments;
    const now = new Date(attached?.changedAt ?? '');
    expect(control.check(before, settingsFor(control, { now }))?.exposures[0]?.id).toBe(PolicyArn);
    expect(control.check(before, settingsFor(control, { now: old }))).toBeNull();
  });
});

describe('public-role-trust on moto', () => {
  const control = controlOf('public-role-trust', 'user');
  const trustOf = async (RoleName: string) => {
    const { Role } = await iam().send(new GetRoleCommand({ RoleName }));
    return JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).Statement;
  };

  test('the open statement goes and the other stays', async () => {
    const kept = letting('Lambda', { Service: 'lambda.amazonaws.com' });
    const arn = await makeRole('open', letting('Open', { AWS: '*' }), kept);

    await shutAndUndo(awsOn(moto()), onIam(arn), control, {
      whenShut: async () => expect(await trustOf('open')).toEqual([kept]),
    });
  });

  test('a role that trusts only everybody trusts nobody, and undo brings everybody back', async () => {
    const arn = await makeRole('only', letting('Open', '*'));

    await shutAndUndo(awsOn(moto()), onIam(arn), control, {
      whenShut: async () => expect((await trustOf('only'))[0].Effect).toBe('Deny'),
    });

    expect(await trustOf('only')).toEqual([letting('Open', '*')]);
  });
});

test('risky-sign-in tells of a password without a second factor and of a root session', async () => {
  const arn = await makeUser('risky');
  await iam().send(new CreateLoginProfileCommand({ UserName: 'risky', Password: 'Not-a-secret-1' }));
  const userControl = controlOf('risky-sign-in', 'user');
  const rootControl = controlOf('risky-sign-in', 'account');
  const account = { ...onAws('account', motoAccount), region: 'global' };

  const ofUser = userControl.check(await stateOf(awsOn(moto()), onIam(arn)), settingsFor(userControl));
  const state = await stateOf(awsOn(moto()), account);

  expect(ofUser?.severity).toBe('critical');
  expect(
    rootControl.check(state, settingsFor(rootControl, { trigger: 'ConsoleLogin' }))?.exposures[0]?.id,
  ).toBe('rootSignIn');
  expect(rootControl.check(state, settingsFor(rootControl, { trigger: 'sweep' }))).toBeNull();
});

test('many identities read together say the same as each read alone', async () => {
  const provider = awsOn(moto());
  const made = await iam().send(
    new CreatePolicyCommand({ PolicyName: 'shared', PolicyDocument: everything }),
  );
  const arns: string[] = [];
  for (let n = 0; n < 6; n++) {
    arns.push(await makeUser(`many-${n}`));
    const kept = {
      ...letting('Lambda', { Service: 'lambda.amazonaws.com' }),
      Condition: { StringEquals: { 'x:y': '100 %' } },
    };
    arns.push(await makeRole(`many-${n}`, kept));
    await iam().send(new AttachUserPolicyCommand({ UserName: `many-${n}`, PolicyArn: made.Policy?.Arn }));
    await iam().send(
      new PutRolePolicyCommand({ RoleName: `many-${n}`, PolicyName: 'all', PolicyDocument: everything }),
    );
  }
  const { Group } = await iam().send(new CreateGroupCommand({ GroupName: 'many' }));
  arns.push(Group?.Arn ?? '');
  await iam().send(new AttachGroupPolicyCommand({ GroupName: 'many', PolicyArn: made.Policy?.Arn }));
  await iam().send(new AddUserToGroupCommand({ GroupName: 'many', UserName: 'many-3' }));
  await iam().send(new CreateLoginProfileCommand({ UserName: 'many-1', Password: 'Not-a-secret-1' }));

  const together = await provider.read(arns.map(onIam));
  const alone = await Promise.all(arns.map((arn) => stateOf(provider, onIam(arn))));

  expect(together.map((one) => one.status === 'found' && one.state)).toEqual(alone);
  const { states } = await readEverybody(provider.clients, { account: motoAccount, region: 'global' });
  expect(arns.filter((arn) => !states.has(arn))).toEqual([arns[2]]);
});

test('events name users and roles without their path', async () => {
  const arn = await makeUser('pathed');
  const hint = {
    provider: 'aws',
    account: motoAccount,
    region: 'us-east-1',
    kind: 'user-name',
    id: 'pathed',
  } as const;

  expect(await awsOn(moto()).resolve(hint)).toEqual([onIam(arn)]);
  expect(await awsOn(moto()).resolve({ ...hint, id: 'nobody' })).toEqual([]);
  const made = await iam().send(new CreatePolicyCommand({ PolicyName: 'held', PolicyDocument: everything }));
  await iam().send(new AttachUserPolicyCommand({ UserName: 'pathed', PolicyArn: made.Policy?.Arn }));
  const held = { ...hint, kind: 'managed-policy', id: made.Policy?.Arn ?? '' };
  expect(await awsOn(moto()).resolve(held)).toEqual([onIam(arn)]);
  expect(await awsOn(moto()).read([onIam(`arn:aws:iam::${motoAccount}:user/no`)])).toEqual([
    { status: 'gone' },
  ]);
});
