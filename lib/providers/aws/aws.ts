import { TerminalError } from '../../errors.ts';
import type { Kind, State } from '../../kinds.ts';
import { tellDeeds } from '../../leaks/deeds.ts';
import type { Change, Hint, Json, Resource } from '../../model.ts';
import type { Provider, Reading } from '../../ports.ts';
import type { Rotator } from '../../rotation/rotator.ts';
import { type Inventory, type OwnAddress, withFirewalls } from '../own-address.ts';
import { readInGroups } from '../read-in-groups.ts';
import { accessKeyRotator } from './access-keys.ts';
import { account } from './account.ts';
import type { Adapter, Calls } from './adapter.ts';
import { bucket } from './bucket.ts';
import { certificate } from './certificate.ts';
import { Clients, type ClientsOptions, type Place } from './clients.ts';
import { cluster } from './cluster.ts';
import { credential } from './credential.ts';
import { database } from './database.ts';
import { deedsOf } from './deeds.ts';
import { awsError } from './errors.ts';
import { firewall } from './firewall.ts';
import { instance } from './instance.ts';
import { keyPair } from './key-pair.ts';
import { listener } from './listener.ts';
import { networkAcl } from './network-acl.ts';
import { policy } from './policy.ts';
import { publicAddresses } from './public-addresses.ts';
import { publicNames } from './public-names.ts';
import { sharing } from './sharing.ts';
import { trail } from './trail.ts';
import { user } from './user.ts';

/** Every kind that AWS is guarded for, one line each. */
const adapters: readonly Adapter[] = [
  firewall,
  networkAcl,
  credential,
  keyPair,
  certificate,
  bucket,
  account,
  policy,
  sharing,
  database,
  instance,
  user,
  trail,
  cluster,
  listener,
];

/** The IAM actions of each kind, for roles and docs. */
export function callsOf(kind: Kind): Calls {
  return adapters.find((one) => one.kind === kind)?.calls ?? { read: [], write: [] };
}

/** AWS behind the provider port: sorts questions by place and kind, and hands them to the kind's adapter. */
export class AwsProvider implements Provider, Inventory {
  readonly name = 'aws';
  readonly kinds: readonly Kind[] = adapters.map((one) => one.kind);
  readonly clients: Clients;

  constructor(options: ClientsOptions) {
    this.clients = new Clients(options);
  }

  rotator({ kind }: Resource): Rotator | null {
    return kind === 'credential' ? accessKeyRotator(this.clients) : null;
  }

  async resolve(hint: Hint): Promise<Resource[]> {
    const { account, id } = hint;
    const found: Resource[] = [];
    for (const { kind, hints, isGlobal } of adapters) {
      const isWorldwide = isGlobal === true || hint.kind.endsWith('-worldwide');
      const region = isWorldwide ? 'global' : hint.region;
      if (kind === hint.kind) found.push({ provider: 'aws', account, region, kind, id });
      const ids = (await attempt(() => hints?.[hint.kind]?.(this.clients, { account, region }, id))) ?? [];
      found.push(...ids.map((one): Resource => ({ provider: 'aws', account, region, kind, id: one })));
    }
    return found;
  }

  read(resources: readonly Resource[]): Promise<Reading[]> {
    return this.#readBy(resources, (kind) => adapterOf(kind).read);
  }

  glance(resources: readonly Resource[]): Promise<Reading[]> {
    return this.#readBy(resources, (kind) => adapterOf(kind).glance ?? adapterOf(kind).read);
  }

  #readBy(resources: readonly Resource[], readerOf: (kind: string) => Adapter['read']): Promise<Reading[]> {
    return readInGroups(resources, {
      cloud: 'AWS',
      read: ({ account, region, kind, ids }) => readerOf(kind)(this.clients, { account, region }, ids),
      errorOf: awsError,
    });
  }

  async lookFurther(resource: Resource, state: State): Promise<State> {
    const { lookFurther } = adapterOf(resource.kind);
    return lookFurther ? attempt(() => lookFurther(this.clients, placeOf(resource), state)) : state;
  }

  shapeBefore({ kind, id }: Resource, before: Json): Json {
    return adapterOf(kind).shapeBefore?.(id, before) ?? null;
  }

  async isMoot(resource: Resource, shape: Json): Promise<boolean> {
    const { isMoot } = adapterOf(resource.kind);
    return isMoot ? attempt(() => isMoot(this.clients, placeOf(resource), resource.id, shape)) : false;
  }

  async apply(resource: Resource, change: Change): Promise<Change> {
    const adapter = adapterOf(resource.kind);
    return attempt(() => adapter.apply(this.clients, placeOf(resource), resource.id, change));
  }

  async deedsOf({ account, region, kind, id }: Resource): Promise<string | null> {
    // The sessions of a role have a key each.
    if (kind !== 'credential' || id.startsWith('arn:')) return null;
    return tellDeeds(await attempt(() => deedsOf(this.clients, { account, region }, id)));
  }

  async *list(account: string, region: string, kind: Kind): AsyncIterable<Resource[]> {
    const { isGlobal = false } = adapterOf(kind);
    if (isGlobal !== 'both' && isGlobal !== (region === 'global')) return;
    try {
      for await (const ids of adapterOf(kind).list(this.clients, { account, region })) {
        yield ids.map((id) => ({ provider: 'aws', account, region, kind, id }));
      }
    } catch (thrown) {
      throw awsError(thrown);
    }
  }

  /** The public addresses and names of an account in one region, for the scanner. */
  async *addresses(account: string, region: string): AsyncIterable<OwnAddress> {
    const place = { account, region };
    const listed = await attempt(() => publicAddresses(this.clients, place));
    const names = await attempt(() => publicNames(this.clients, place));
    yield* withFirewalls([...listed, ...names], { provider: 'aws', ...place });
  }
}

async function attempt<T>(call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw awsError(thrown);
  }
}

function adapterOf(kind: string): Adapter {
  const adapter = adapters.find((one) => one.kind === kind);
  if (!adapter) throw new TerminalError(`${kind} is not guarded on AWS`);
  return adapter;
}

function placeOf({ account, region }: Resource): Place {
  return { account, region };
}
