import type { AccessKeyMetadata, AttachedPolicy } from '@aws-sdk/client-iam';
import pLimit from 'p-limit';
import { TerminalError } from '../../errors.ts';
import type { CredentialState } from '../../kinds/credential.ts';
import type { Reading } from '../../ports.ts';
import { keysPerUser, calls as rotatorCalls } from './access-keys.ts';
import type { Adapter } from './adapter.ts';
import type { Clients, Place } from './clients.ts';
import { allPages, tagsOf } from './ec2.ts';
import { isAws } from './errors.ts';
import { noEntity } from './identities/policies.ts';
import { ListedStates } from './listed-states.ts';
import { oneByOne } from './one-by-one.ts';
import { orNull } from './policies/text-holder.ts';
import { iamOf } from './services.ts';

/**
 * AWS attaches one of these to the owner of a key that it found in public.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html
 */
const quarantine = /^AWSCompromisedKeyQuarantine/;

const listed = new ListedStates();

/** Access keys of IAM users; the id is the key's id. */
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
      ...rotatorCalls.read,
    ],
    write: ['iam:UpdateAccessKey', ...rotatorCalls.write],
  },

  read: readKeys,

  glance: (clients, place, ids) => listed.glance(clients, place, ids, readKeys),

  async apply(clients, place, id, change) {
    if (change.op !== 'set' || change.id !== 'status')
      throw new TerminalError(`a key has no ${change.part} to change`);
    const { client, sdk } = await iamOf(clients, place);
    const Status = change.to === 'Active' ? 'Active' : 'Inactive';
    const owner = await ownerOf(clients, place, id);
    if (owner?.UserName === undefined) return change;
    await client.send(new sdk.UpdateAccessKeyCommand({ AccessKeyId: id, Status, UserName: owner.UserName }));
    return change;
  },

  async *list(clients, place) {
    const states = await listKeys(clients, place);
    listed.keep(clients, place, states);
    yield [...states.keys()];
  },

  hints: { 'key-owner': keysOfUser },
};

/** Every key of a user by name; none where there is no such user. */
async function keysOfUser(clients: Clients, place: Place, UserName: string): Promise<string[]> {
  const { client, sdk } = await iamOf(clients, place);
  const said = await orNull(client.send(new sdk.ListAccessKeysCommand({ UserName })), noEntity);
  return (said?.AccessKeyMetadata ?? []).flatMap((key) => key.AccessKeyId ?? []);
}

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
        const facts = { name: UserName, tags: tagsOf(Tags), lastUsedAt: null };
        return [key.AccessKeyId ?? '', stateOf(key, keys, AttachedManagedPolicies, facts)];
      });
    }),
  );
  return new Map((await Promise.all(found)).flat());
}

async function readKeys(clients: Clients, place: Place, ids: readonly string[]) {
  return oneByOne(ids, (id) => readKey(clients, place, id));
}

/** Null where AWS does not know the key. */
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

async function readKey(clients: Clients, place: Place, id: string): Promise<Reading> {
  const owner = await ownerOf(clients, place, id);
  const UserName = owner?.UserName;
  if (!owner || !UserName) return { status: 'gone' };
  const { client, sdk } = await iamOf(clients, place);
  const [keys, tags, policies] = await Promise.all([
    client.send(new sdk.ListAccessKeysCommand({ UserName })),
    client.send(new sdk.ListUserTagsCommand({ UserName })),
    client.send(new sdk.ListAttachedUserPoliciesCommand({ UserName })),
  ]);
  const all = keys.AccessKeyMetadata ?? [];
  const key = all.find((one) => one.AccessKeyId === id);
  if (key === undefined) return { status: 'gone' };
  const facts = {
    name: UserName,
    tags: tagsOf(tags.Tags),
    lastUsedAt: owner.AccessKeyLastUsed?.LastUsedDate?.toISOString() ?? null,
  };
  return { status: 'found', state: stateOf(key, all, policies.AttachedPolicies ?? [], facts) };
}

function stateOf(
  key: AccessKeyMetadata,
  all: readonly AccessKeyMetadata[],
  policies: readonly AttachedPolicy[],
  facts: Pick<CredentialState, 'name' | 'tags' | 'lastUsedAt'>,
): CredentialState {
  const others = all.filter((one) => one.AccessKeyId !== key.AccessKeyId && one.Status === 'Active');
  return {
    kind: 'credential',
    ...facts,
    createdAt: key.CreateDate?.toISOString() ?? null,
    otherActiveKeys: others.length,
    isOwnerFull: all.length >= keysPerUser,
    isQuarantined: policies.some((one) => quarantine.test(one.PolicyName ?? '')),
    settings: { status: key.Status === 'Inactive' ? 'Inactive' : 'Active' },
  };
}
