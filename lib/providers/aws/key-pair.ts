import type { KeyPairInfo, Tag } from '@aws-sdk/client-ec2';
import { TerminalError } from '../../errors.ts';
import { type KeyPairState, type OfferedKey, replacementOf } from '../../kinds/key-pair.ts';
import { bareFingerprint, fingerprintOf } from '../../leaks/private-key.ts';
import type { Change } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import type { Adapter } from './adapter.ts';
import type { Clients, Place } from './clients.ts';
import { allPages, ec2Of, filter, tagsOf } from './ec2.ts';
import { isAws } from './errors.ts';
import { makePair, calls as pairCalls, removeSecret } from './new-key-pair.ts';

/** Key pairs of EC2; the id is the name, which is all that a launch knows. */
export const keyPair: Adapter = {
  kind: 'key-pair',
  calls: {
    read: ['ec2:DescribeKeyPairs', 'ec2:DescribeInstances', 'ec2:DescribeLaunchTemplateVersions'],
    write: ['ec2:DeleteKeyPair', 'ec2:ImportKeyPair', 'ec2:CreateTags', ...pairCalls],
  },

  async read(clients, place, names) {
    const wanted = names.flatMap((name) => [name, replacementOf(name)]);
    const found = new Map(
      (await describe(clients, place, wanted)).map((one) => [one.KeyName ?? '', one] as const),
    );
    const carriers = await carriersOf(clients, place, names);
    const starters = await startersOf(clients, place);
    return new Map(
      names.map((name): [string, Reading] => [
        name,
        {
          status: 'found',
          state: stateOf(name, found, carriers.get(name) ?? [], starters.get(name) ?? []),
        },
      ]),
    );
  },

  async apply(clients, place, name, change) {
    if (change.op === 'set') throw new TerminalError(`${name} has no setting ${change.id}`);
    await (change.op === 'add' ? add(clients, place, change) : remove(clients, place, change));
    return change;
  },

  async *list(clients, place) {
    yield (await describe(clients, place, null)).flatMap((one) => one.KeyName ?? []);
  },

  hints: {
    'key-fingerprint': async (clients, place, id) => {
      const wanted = new Set(id.split(',').map(bareFingerprint));
      const all = await describe(clients, place, null);
      const isOf = (one: string | null | undefined) => Boolean(one) && wanted.has(bareFingerprint(one ?? ''));
      const fits = (one: KeyPairInfo) => isOf(one.KeyFingerprint) || isOf(fingerprintOf(one.PublicKey ?? ''));
      return all.filter(fits).flatMap((one) => one.KeyName ?? []);
    },
  },
};

/** Null: all of them. EC2 does not page here. */
async function describe(
  clients: Clients,
  place: Place,
  names: readonly string[] | null,
): Promise<KeyPairInfo[]> {
  const { client, sdk } = await ec2Of(clients, place);
  const Filters = names === null ? undefined : [filter('key-name', names)];
  const { KeyPairs = [] } = await client.send(
    new sdk.DescribeKeyPairsCommand({ Filters, IncludePublicKey: true }),
  );
  return KeyPairs;
}

/** A pair that does not exist is one that no machine starts with, and may be imported again. */
function stateOf(
  name: string,
  found: ReadonlyMap<string, KeyPairInfo>,
  carriedBy: string[],
  namedBy: string[],
): KeyPairState {
  const [own, replacement] = [found.get(name), found.get(replacementOf(name))];
  const keys: OfferedKey[] = [];
  if (own) keys.push({ id: name, type: typeOf(own), publicKey: bare(own.PublicKey), tags: tagsOf(own.Tags) });
  if (replacement)
    keys.push({ id: replacementOf(name), type: typeOf(replacement), publicKey: null, tags: {} });
  const fingerprint = own?.KeyFingerprint ?? null;
  return { kind: 'key-pair', name, tags: tagsOf(own?.Tags), fingerprint, carriedBy, namedBy, keys };
}

const typeOf = (pair: KeyPairInfo): OfferedKey['type'] => (pair.KeyType === 'ed25519' ? 'ed25519' : 'rsa');

/** EC2 writes the pair's name behind it. */
function bare(publicKey: string | undefined): string {
  return (publicKey ?? '').split(/\s+/).slice(0, 2).join(' ');
}

async function carriersOf(
  clients: Clients,
  place: Place,
  names: readonly string[],
): Promise<Map<string, string[]>> {
  const { client, sdk } = await ec2Of(clients, place);
  const live = filter('instance-state-name', ['pending', 'running', 'stopping', 'stopped']);
  const reservations = await allPages(async (NextToken) => {
    const page = await client.send(
      new sdk.DescribeInstancesCommand({ Filters: [filter('key-name', names), live], NextToken }),
    );
    return { items: page.Reservations, next: page.NextToken };
  });
  const carriers = new Map<string, string[]>();
  for (const { InstanceId, KeyName = '' } of reservations.flatMap((one) => one.Instances ?? []))
    if (InstanceId) carriers.set(KeyName, [...(carriers.get(KeyName) ?? []), InstanceId]);
  return carriers;
}

/** Launch templates whose newest or default version names the pair. */
async function startersOf(clients: Clients, place: Place): Promise<Map<string, string[]>> {
  const { client, sdk } = await ec2Of(clients, place);
  const versions = await allPages(async (NextToken) => {
    const page = await client.send(
      new sdk.DescribeLaunchTemplateVersionsCommand({ Versions: ['$Latest', '$Default'], NextToken }),
    );
    return { items: page.LaunchTemplateVersions, next: page.NextToken };
  });
  const starters = new Map<string, string[]>();
  for (const { LaunchTemplateId, LaunchTemplateData } of versions) {
    const known = starters.get(LaunchTemplateData?.KeyName ?? '') ?? [];
    if (LaunchTemplateId && LaunchTemplateData?.KeyName && !known.includes(LaunchTemplateId))
      starters.set(LaunchTemplateData.KeyName, [...known, LaunchTemplateId]);
  }
  return starters;
}

async function add(clients: Clients, place: Place, { value }: Exclude<Change, { op: 'set' }>): Promise<void> {
  // States are built by this adapter or a control, so elements are what their part holds.
  const key = value as unknown as OfferedKey;
  if ((await describe(clients, place, [key.id])).length > 0) return;
  const publicKey = key.publicKey ?? (await makePair(clients, place, key));
  const { client, sdk } = await ec2Of(clients, place);
  const Tags: Tag[] = Object.entries(key.tags).map(([Key, Value]) => ({ Key, Value }));
  const TagSpecifications = Tags.length > 0 ? [{ ResourceType: 'key-pair' as const, Tags }] : undefined;
  try {
    await client.send(
      new sdk.ImportKeyPairCommand({
        KeyName: key.id,
        PublicKeyMaterial: Buffer.from(publicKey),
        TagSpecifications,
      }),
    );
  } catch (error) {
    if (!isAws(error, 'InvalidKeyPair.Duplicate')) throw error;
  }
}

async function remove(
  clients: Clients,
  place: Place,
  { value }: Exclude<Change, { op: 'set' }>,
): Promise<void> {
  const { client, sdk } = await ec2Of(clients, place);
  // Of a name that is not there EC2 says nothing.
  await client.send(new sdk.DeleteKeyPairCommand({ KeyName: value.id }));
  if (value.publicKey === null) await removeSecret(clients, place, value.id);
}
