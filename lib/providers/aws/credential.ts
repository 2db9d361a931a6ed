import type { AccessKeyMetadata, AttachedPolicy } from '@aws-sdk/client-iam';
import pLimit from 'p-limit';
import { TerminalError } from '../../errors.ts';
import type { CredentialState } from '../../kinds/credential.ts';
import type { Change, Json } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import { keysPerUser, calls as rotatorCalls } from './access-keys.ts';
import type { Adapter } from './adapter.ts';
import type { Clients, Place } from './clients.ts';
import { calls as deedCalls } from './deeds.ts';
import { allPages, tagsOf } from './ec2.ts';
import { isAws, orNull } from './errors.ts';
import { nameOf, typeOf } from './identities/identity.ts';
import { noEntity } from './identities/policies.ts';
import { ListedStates } from './listed-states.ts';
import { oneByOne } from './one-by-one.ts';
import { iamOf } from './services.ts';
import { ownerOfSession } from './session-owner.ts';
import { denySessions, calls as sessionCalls, sessionsDeniedBefore } from './sessions.ts';

/**
 * AWS attaches one of these to the owner of a key that it found in public.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html
 */
const quarantine = /^AWSCompromisedKeyQuarantine/;

const listed = new ListedStates();

/** Access keys of IAM users, by the key's id; all sessions of a role or a user, by its ARN. */
export const credential: Adapter = {
  kind: 'credential',
  isGlobal: true,
  calls: {
    read: [
      'iam:GetAccessKeyLastUsed',
      'iam:ListAccessKeys',
      'iam:ListUserTags',
      'iam:ListAttachedUserPolicies',
      'iam:GetAccountAuthorizationDetails',
      'iam:GetUser',
      'iam:GetRole',
      ...deedCalls,
      ...sessionCalls.read,
      ...rotatorCalls.read,
    ],
    write: [...rotatorCalls.write, ...sessionCalls.write],
  },

  read: readCredentials,

  glance: (clients, place, ids) => listed.glance(clients, place, ids, readCredentials),

  async apply(clients, place, id, change) {
    if (change.op !== 'set') throw new TerminalError(`a key has no ${change.part} to change`);
    if (change.id === 'sessionsDeniedBefore') await setSessions(clients, place, id, change);
    else if (change.id === 'status' && !isArn(id)) await setStatus(clients, place, id, change.to);
    else throw new TerminalError(`${id} has no ${change.id} to change`);
    return change;
  },

  async *list(clients, place) {
    const states = await listKeys(clients, place);
    listed.keep(clients, place, states);
    yield [...states.keys()];
  },

  hints: {
    'keys-of-user': keysOf,
    'key-owner': keysOf,
    sessions: async (clients, place, id) => {
      const arn = await arnOf(clients, place, id);
      return arn === null ? [] : [arn];
    },
    'session-key': async (clients, place, id) => {
      const arn = await ownerOfSession(clients, place, id);
      return arn === null ? [] : [arn];
    },
  },
};

const isArn = (id: string) => id.startsWith('arn:');

/** How many users are asked for their keys at once. */
const width = 8;

/** The keys of all users. When each was last used would be a call for each, and is left out. */
async function listKeys(clients: Clients, place: Place): Promise<Map<string, CredentialState>> {
  const { client, sdk } = await iamOf(clients, place);
  const users = await allPages(async (Marker) => {
    const page = await client.send(
      new sdk.GetAccountAuthorizationDetailsCommand({ Filter: ['User'], MaxItems: 1000, Marker }),
    );
    return { items: page.UserDetailList, next: page.IsTruncated ? page.Marker : undefined };
  });
  const limit = pLimit(width);
  const found = users.map(({ UserName = '', Tags, AttachedManagedPolicies = [] }) =>
    limit(async () => {
      const said = await orNull(client.send(new sdk.ListAccessKeysCommand({ UserName })), noEntity);
      // Null: the user was deleted between the two calls, and has no keys any more.
      const keys = said?.AccessKeyMetadata ?? [];
      return keys.map((key): [string, CredentialState] => {
        const facts = { name: UserName, tags: tagsOf(Tags), lastUsedAt: null, denied: null };
        return [key.AccessKeyId ?? '', stateOf(key, keys, AttachedManagedPolicies, facts)];
      });
    }),
  );
  return new Map((await Promise.all(found)).flat());
}

function readCredentials(clients: Clients, place: Place, ids: readonly string[]) {
  return oneByOne(ids, (id) => (isArn(id) ? readSessions(clients, place, id) : readKey(clients, place, id)));
}

/** None where the user is deleted meanwhile. */
async function keysOf(clients: Clients, place: Place, UserName: string): Promise<string[]> {
  const { client, sdk } = await iamOf(clients, place);
  const keys = await orNull(client.send(new sdk.ListAccessKeysCommand({ UserName })), noEntity);
  return (keys?.AccessKeyMetadata ?? []).flatMap((key) => key.AccessKeyId ?? []);
}

/** `role/NAME` or `user/NAME`, without its path. */
async function arnOf(clients: Clients, place: Place, id: string): Promise<string | null> {
  const { client, sdk } = await iamOf(clients, place);
  const name = id.slice(id.indexOf('/') + 1);
  if (id.startsWith('role/')) {
    const said = await orNull(client.send(new sdk.GetRoleCommand({ RoleName: name })), noEntity);
    return said?.Role?.Arn ?? null;
  }
  const said = await orNull(client.send(new sdk.GetUserCommand({ UserName: name })), noEntity);
  return said?.User?.Arn ?? null;
}

/** Null where AWS does not know the key; without a name where it belongs to no user. */
async function ownerOf(clients: Clients, place: Place, id: string) {
  const { client, sdk } = await iamOf(clients, place);
  try {
    return await client.send(new sdk.GetAccessKeyLastUsedCommand({ AccessKeyId: id }));
  } catch (error) {
    // AWS says AccessDenied of a key that is nobody's here, which must not pass for "gone".
    if (isAws(error, 'NoSuchEntity', 'NoSuchEntityException', 'ValidationError')) return null;
    throw error;
  }
}

async function setStatus(clients: Clients, place: Place, id: string, to: Json): Promise<void> {
  const { client, sdk } = await iamOf(clients, place);
  const UserName = (await ownerOf(clients, place, id))?.UserName;
  if (UserName === undefined) {
    if (to === 'Active') throw new TerminalError(`${id} does not exist any more and cannot be made again`);
    return;
  }
  const of = { AccessKeyId: id, UserName };
  if (to === 'Deleted') await orNull(client.send(new sdk.DeleteAccessKeyCommand(of)), noEntity);
  else {
    const Status = to === 'Active' ? 'Active' : 'Inactive';
    await client.send(new sdk.UpdateAccessKeyCommand({ ...of, Status }));
  }
}

async function setSessions(
  clients: Clients,
  place: Place,
  id: string,
  { from, to }: Extract<Change, { op: 'set' }>,
): Promise<void> {
  const name = isArn(id) ? null : (await ownerOf(clients, place, id))?.UserName;
  if (name === undefined) return;
  const arn = name === null ? id : userArn(place, name);
  const time = (value: Json) => (typeof value === 'string' ? value : null);
  await denySessions(clients, place, arn, { from: time(from), before: time(to) });
}

/** Inline policies are named by the user's name alone, so its path is of no matter. */
const userArn = ({ account }: Place, name: string) => `arn:aws:iam::${account}:user/${name}`;

/** How AWS writes that a key is the root user's: it names no user, or none that could be. */
const isRoot = (name: string | undefined, { account }: Place) =>
  name === undefined || name === account || /^(root|<.*>)$/.test(name);

async function readKey(clients: Clients, place: Place, id: string): Promise<Reading> {
  const owner = await ownerOf(clients, place, id);
  if (!owner) return { status: 'gone' };
  const lastUsedAt = owner.AccessKeyLastUsed?.LastUsedDate?.toISOString() ?? null;
  const { UserName } = owner;
  if (UserName === undefined || isRoot(UserName, place))
    return { status: 'found', state: rootKey(lastUsedAt) };
  const { client, sdk } = await iamOf(clients, place);
  const [keys, tags, policies, denied] = await Promise.all([
    orNull(client.send(new sdk.ListAccessKeysCommand({ UserName })), noEntity),
    orNull(client.send(new sdk.ListUserTagsCommand({ UserName })), noEntity),
    orNull(client.send(new sdk.ListAttachedUserPoliciesCommand({ UserName })), noEntity),
    sessionsDeniedBefore(clients, place, userArn(place, UserName)),
  ]);
  const all = keys?.AccessKeyMetadata ?? [];
  const key = all.find((one) => one.AccessKeyId === id);
  if (key === undefined) return { status: 'gone' };
  const facts = { name: UserName, tags: tagsOf(tags?.Tags), lastUsedAt, denied };
  return { status: 'found', state: stateOf(key, all, policies?.AttachedPolicies ?? [], facts) };
}

function stateOf(
  key: AccessKeyMetadata,
  all: readonly AccessKeyMetadata[],
  policies: readonly AttachedPolicy[],
  { denied, ...facts }: Pick<CredentialState, 'name' | 'tags' | 'lastUsedAt'> & { denied: string | null },
): CredentialState {
  const others = all.filter((one) => one.AccessKeyId !== key.AccessKeyId);
  return {
    kind: 'credential',
    ...facts,
    createdAt: key.CreateDate?.toISOString() ?? null,
    otherActiveKeys: others.filter((one) => one.Status === 'Active').length,
    otherKeys: others.length,
    isOwnerFull: all.length >= keysPerUser,
    isQuarantined: policies.some((one) => quarantine.test(one.PolicyName ?? '')),
    settings: { status: key.Status === 'Inactive' ? 'Inactive' : 'Active', sessionsDeniedBefore: denied },
  };
}

const nothing = {
  kind: 'credential',
  tags: {},
  createdAt: null,
  lastUsedAt: null,
  otherActiveKeys: 0,
  otherKeys: 0,
  isQuarantined: false,
} as const;

/** Nobody but the root user can list its keys: that AWS knows it is all that can be said. */
function rootKey(lastUsedAt: string | null): CredentialState {
  return { ...nothing, name: null, lastUsedAt, settings: { status: 'Active', sessionsDeniedBefore: null } };
}

async function readSessions(clients: Clients, place: Place, arn: string): Promise<Reading> {
  const type = typeOf(arn);
  const name = nameOf(arn);
  const { client, sdk } = await iamOf(clients, place);
  const found =
    type === 'role'
      ? (await orNull(client.send(new sdk.GetRoleCommand({ RoleName: name })), noEntity))?.Role
      : (await orNull(client.send(new sdk.GetUserCommand({ UserName: name })), noEntity))?.User;
  if (found === undefined) return { status: 'gone' };
  const state: CredentialState = {
    ...nothing,
    form: 'sessions',
    name,
    tags: tagsOf(found.Tags),
    // A service's own roles and those of Identity Center are changed by them alone.
    isManaged: /^\/aws-(service-role|reserved)\//.test(found.Path ?? ''),
    settings: { status: 'Active', sessionsDeniedBefore: await sessionsDeniedBefore(clients, place, arn) },
  };
  return { status: 'found', state };
}
