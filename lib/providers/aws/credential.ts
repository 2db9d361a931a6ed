import { TerminalError } from '../../errors.ts';
import type { Reading } from '../../ports.ts';
import { keysPerUser, calls as rotatorCalls } from './access-keys.ts';
import type { Adapter } from './adapter.ts';
import type { Clients, Place } from './clients.ts';
import { tagsOf } from './ec2.ts';
import { isAws } from './errors.ts';
import { oneByOne } from './one-by-one.ts';
import { iamOf } from './services.ts';

/**
 * AWS attaches one of these to the owner of a key that it found in public.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html
 */
const quarantine = /^AWSCompromisedKeyQuarantine/;

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
      'iam:ListUsers',
      ...rotatorCalls.read,
    ],
    write: ['iam:UpdateAccessKey', ...rotatorCalls.write],
  },

  read: (clients, place, ids) => oneByOne(ids, (id) => readKey(clients, place, id)),

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
    const { client, sdk } = await iamOf(clients, place);
    let Marker: string | undefined;
    do {
      const page = await client.send(new sdk.ListUsersCommand({ MaxItems: 1000, Marker }));
      for (const { UserName } of page.Users ?? []) {
        try {
          const { AccessKeyMetadata = [] } = await client.send(new sdk.ListAccessKeysCommand({ UserName }));
          yield AccessKeyMetadata.flatMap((key) => key.AccessKeyId ?? []);
        } catch (error) {
          // Deleted between the two calls: it has no keys any more.
          if (!isAws(error, 'NoSuchEntity', 'NoSuchEntityException')) throw error;
        }
      }
      Marker = page.Marker || undefined;
    } while (Marker);
  },

  hints: { 'key-owner': keysOfUser },
};

/** Every key of a user by name; none where there is no such user. */
async function keysOfUser(clients: Clients, place: Place, UserName: string): Promise<string[]> {
  const { client, sdk } = await iamOf(clients, place);
  try {
    const { AccessKeyMetadata = [] } = await client.send(new sdk.ListAccessKeysCommand({ UserName }));
    return AccessKeyMetadata.flatMap((key) => key.AccessKeyId ?? []);
  } catch (error) {
    if (isAws(error, 'NoSuchEntity', 'NoSuchEntityException')) return [];
    throw error;
  }
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
  const others = all.filter((one) => one.AccessKeyId !== id && one.Status === 'Active');
  return {
    status: 'found',
    state: {
      kind: 'credential',
      name: UserName,
      tags: tagsOf(tags.Tags),
      createdAt: key.CreateDate?.toISOString() ?? null,
      lastUsedAt: owner.AccessKeyLastUsed?.LastUsedDate?.toISOString() ?? null,
      otherActiveKeys: others.length,
      isOwnerFull: all.length >= keysPerUser,
      isQuarantined: (policies.AttachedPolicies ?? []).some((one) => quarantine.test(one.PolicyName ?? '')),
      settings: { status: key.Status === 'Inactive' ? 'Inactive' : 'Active' },
    },
  };
}
