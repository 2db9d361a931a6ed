import { TerminalError } from '../../errors.ts';
import { withoutStatement, withStatement } from '../../iam/document.ts';
import type { PolicyStatement } from '../../kinds/statement.ts';
import type { Change } from '../../model.ts';
import type { Adapter } from './adapter.ts';
import type { Clients, Place } from './clients.ts';
import { isAws, orNull } from './errors.ts';
import { setPolicy } from './identities/grants.ts';
import { nameOf, readIdentity, trustTextOf, typeOf } from './identities/identity.ts';
import { noEntity } from './identities/policies.ts';
import { readEverybody, togetherFrom } from './identities/together.ts';
import { ListedStates } from './listed-states.ts';
import { oneByOne } from './one-by-one.ts';
import { iamOf } from './services.ts';

const listed = new ListedStates();

/** IAM users, roles and groups; the id is the ARN. */
export const user: Adapter = {
  kind: 'user',
  isGlobal: true,
  calls: {
    read: [
      'iam:GetUser',
      'iam:GetRole',
      'iam:ListAttachedUserPolicies',
      'iam:ListAttachedRolePolicies',
      'iam:ListUserPolicies',
      'iam:ListRolePolicies',
      'iam:GetUserPolicy',
      'iam:GetRolePolicy',
      'iam:GetPolicy',
      'iam:GetPolicyVersion',
      'iam:ListMFADevices',
      'iam:GetLoginProfile',
      'iam:GetAccountAuthorizationDetails',
      'iam:GenerateCredentialReport',
      'iam:GetCredentialReport',
      'iam:ListEntitiesForPolicy',
      'iam:GetGroup',
      'iam:ListGroupsForUser',
      'iam:ListAttachedGroupPolicies',
      'iam:ListGroupPolicies',
      'iam:GetGroupPolicy',
    ],
    write: [
      'iam:DetachUserPolicy',
      'iam:DetachRolePolicy',
      'iam:AttachUserPolicy',
      'iam:AttachRolePolicy',
      'iam:DeleteUserPolicy',
      'iam:DeleteRolePolicy',
      'iam:PutUserPolicy',
      'iam:PutRolePolicy',
      'iam:DetachGroupPolicy',
      'iam:AttachGroupPolicy',
      'iam:DeleteGroupPolicy',
      'iam:PutGroupPolicy',
      'iam:AddUserToGroup',
      'iam:RemoveUserFromGroup',
      'iam:UpdateAssumeRolePolicy',
    ],
  },

  read: readIdentities,

  glance: (clients, place, ids) => listed.glance(clients, place, ids, readIdentities),

  async apply(clients, place, arn, change) {
    if (change.op === 'set') throw new TerminalError(`${arn} has no setting ${change.id}`);
    // States are built by this adapter or a control, so elements are what their part holds.
    if (change.part === 'trust') await setTrust(clients, place, arn, change);
    else if (change.part === 'groups') await setMembership(clients, place, arn, change);
    else await setPolicy(clients, place, { type: typeOf(arn), name: nameOf(arn) }, change);
    return change;
  },

  async *list(clients, place) {
    const { states, arns } = await readEverybody(clients, place);
    listed.keep(clients, place, states);
    yield arns;
  },

  hints: {
    'user-name': userBehind,
    'role-name': roleBehind,
    'group-name': groupBehind,
    'managed-policy': whoHas,
  },
};

async function readIdentities(clients: Clients, place: Place, ids: readonly string[]) {
  const known = ids.length < togetherFrom ? null : (await readEverybody(clients, place)).states;
  return oneByOne(ids, async (arn) => {
    const state = known?.get(arn) ?? (await readIdentity(clients, place, arn));
    return state === null ? { status: 'gone' } : { status: 'found', state };
  });
}

/** Events name users and roles without their path. */
async function userBehind(clients: Clients, place: Place, UserName: string): Promise<string[]> {
  const { client, sdk } = await iamOf(clients, place);
  const said = await orNull(client.send(new sdk.GetUserCommand({ UserName })), noEntity);
  return said?.User?.Arn ? [said.User.Arn] : [];
}

async function roleBehind(clients: Clients, place: Place, RoleName: string): Promise<string[]> {
  const { client, sdk } = await iamOf(clients, place);
  const said = await orNull(client.send(new sdk.GetRoleCommand({ RoleName })), noEntity);
  return said?.Role?.Arn ? [said.Role.Arn] : [];
}

async function groupBehind(clients: Clients, place: Place, GroupName: string): Promise<string[]> {
  const { client, sdk } = await iamOf(clients, place);
  const said = await orNull(client.send(new sdk.GetGroupCommand({ GroupName, MaxItems: 1 })), noEntity);
  return said?.Group?.Arn ? [said.Group.Arn] : [];
}

/** Everybody whom a policy is attached to: a new version of it is a grant to all of them. */
async function whoHas(clients: Clients, place: Place, PolicyArn: string): Promise<string[]> {
  const { client, sdk } = await iamOf(clients, place);
  const found: Promise<string[]>[] = [];
  let Marker: string | undefined;
  do {
    const page = await orNull(
      client.send(new sdk.ListEntitiesForPolicyCommand({ PolicyArn, Marker })),
      noEntity,
    );
    for (const { UserName = '' } of page?.PolicyUsers ?? []) found.push(userBehind(clients, place, UserName));
    for (const { RoleName = '' } of page?.PolicyRoles ?? []) found.push(roleBehind(clients, place, RoleName));
    for (const { GroupName = '' } of page?.PolicyGroups ?? [])
      found.push(groupBehind(clients, place, GroupName));
    Marker = page?.IsTruncated ? page.Marker : undefined;
  } while (Marker);
  return (await Promise.all(found)).flat();
}

async function setMembership(
  clients: Clients,
  place: Place,
  arn: string,
  change: Exclude<Change, { op: 'set' }>,
): Promise<void> {
  const { client, sdk } = await iamOf(clients, place);
  const of = { UserName: nameOf(arn), GroupName: change.value.id };
  if (change.op === 'add') await client.send(new sdk.AddUserToGroupCommand(of));
  else await orNull(client.send(new sdk.RemoveUserFromGroupCommand(of)), noEntity);
}

async function setTrust(clients: Clients, place: Place, arn: string, change: Exclude<Change, { op: 'set' }>) {
  const { client, sdk } = await iamOf(clients, place);
  const RoleName = nameOf(arn);
  const before = await trustTextOf(clients, place, RoleName);
  if (before === null) return;
  // Elements of `statements` are statements.
  const statement = change.value as unknown as PolicyStatement;
  const after =
    change.op === 'add'
      ? withStatement(before, statement, change.index)
      : withoutStatement(before, statement);
  if (after === before) return;
  if (after === null) throw new TerminalError('a role needs a trust policy with a statement');
  try {
    await client.send(new sdk.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: after }));
  } catch (error) {
    if (change.op === 'add' || !isAws(error, 'NoSuchEntityException', 'NoSuchEntity')) throw error;
  }
}
