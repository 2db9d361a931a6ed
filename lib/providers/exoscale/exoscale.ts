import * as z from 'zod';
import { messageOf, RetryableError, TerminalError } from '../../errors.ts';
import type { Kind } from '../../kinds.ts';
import type { Change, Hint, Resource } from '../../model.ts';
import type { AccountScope, Provider, Reading } from '../../ports.ts';
import type { Rotator } from '../../rotation/rotator.ts';
import { type Inventory, type OwnAddress, withFirewalls } from '../own-address.ts';
import { readInGroups } from '../read-in-groups.ts';
import type { Adapter, Place } from './adapter.ts';
import { ownAddresses } from './addresses.ts';
import { bucket } from './bucket.ts';
import { defaultZone, type ExoscaleClient } from './client.ts';
import { cluster } from './cluster.ts';
import { credential } from './credential.ts';
import { database } from './database.ts';
import { firewall } from './firewall.ts';
import { exoscaleRotator } from './rotator.ts';
import { type SosOptions, sosClients } from './sos.ts';

/** Every kind that Exoscale is guarded for, one line each. */
const adapters: readonly Adapter[] = [firewall, bucket, database, cluster, credential];
export const guardedKinds: readonly Kind[] = adapters.map((one) => one.kind);

const Organization = z.object({ id: z.string() });

export interface ExoscaleOptions {
  client: ExoscaleClient;
  /** The zones to guard; empty: every zone there is. */
  zones: readonly string[];
  /** The object storage has the same keys. */
  sos: SosOptions;
}

/** Exoscale behind the provider port: one organization, its zones as regions, `global` for what has no zone. */
export class ExoscaleProvider implements Provider, Inventory {
  readonly name = 'exoscale';
  readonly kinds = guardedKinds;
  readonly client: ExoscaleClient;
  readonly #given: readonly string[];
  readonly #sos: Place['sos'];
  #zones: Promise<readonly string[]> | null = null;

  constructor({ client, zones, sos }: ExoscaleOptions) {
    this.client = client;
    this.#given = zones;
    this.#sos = sosClients(sos);
  }

  /** The organization that the key belongs to; asks Exoscale. */
  async accounts(): Promise<AccountScope[]> {
    const zones = await this.#allZones();
    const { id } = await this.client.get(zones[0] ?? defaultZone, '/organization', Organization);
    return [{ provider: 'exoscale', account: id, regions: zones }];
  }

  async resolve(hint: Hint): Promise<Resource[]> {
    const { account, region, id } = hint;
    const found: Resource[] = [];
    for (const { kind, hints, scope } of adapters) {
      const place = scope === 'global' ? 'global' : region;
      const named = (one: string): Resource => ({
        provider: 'exoscale',
        account,
        region: place,
        kind,
        id: one,
      });
      if (kind === hint.kind) found.push(named(id));
      const ids = await hints?.[hint.kind]?.(await this.#place(account, place), id);
      found.push(...(ids ?? []).map(named));
    }
    return found;
  }

  read(resources: readonly Resource[]): Promise<Reading[]> {
    return readInGroups(resources, {
      cloud: 'Exoscale',
      read: async ({ account, region, kind, ids }) =>
        adapterOf(kind).read(await this.#place(account, region), ids),
      errorOf: ours,
    });
  }

  async apply(resource: Resource, change: Change): Promise<Change> {
    try {
      const place = await this.#place(resource.account, resource.region);
      return await adapterOf(resource.kind).apply(place, resource.id, change);
    } catch (thrown) {
      throw ours(thrown);
    }
  }

  async *list(account: string, region: string, kind: Kind): AsyncIterable<Resource[]> {
    const adapter = adapterOf(kind);
    // What exists once is listed once, however many zones are swept.
    if ((adapter.scope === 'global') !== (region === 'global')) return;
    for await (const ids of adapter.list(await this.#place(account, region))) {
      yield ids.map((id) => ({ provider: 'exoscale', account, region, kind, id }));
    }
  }

  rotator({ kind }: Resource): Rotator | null {
    if (kind !== 'credential') return null;
    return exoscaleRotator(({ resource: { account, region } }) => this.#place(account, region));
  }

  /** The public addresses of one zone, for the scanner. */
  async *addresses(account: string, zone: string): AsyncIterable<OwnAddress> {
    const listed = ownAddresses(await this.#place(account, zone));
    yield* withFirewalls(listed, { provider: 'exoscale', account, region: 'global' });
  }

  async #place(account: string, region: string): Promise<Place> {
    const zones = await this.#allZones();
    const zone = region === 'global' ? (zones[0] ?? defaultZone) : region;
    return { client: this.client, account, zones, zone, sos: this.#sos };
  }

  #allZones(): Promise<readonly string[]> {
    if (this.#given.length > 0) return Promise.resolve(this.#given);
    this.#zones ??= this.client.zones().catch((error) => {
      // Asked anew next time: a failure is no answer to keep.
      this.#zones = null;
      throw error;
    });
    return this.#zones;
  }
}

function adapterOf(kind: string): Adapter {
  const adapter = adapters.find((one) => one.kind === kind);
  if (!adapter) throw new TerminalError(`${kind} is not guarded on Exoscale`);
  return adapter;
}

/** An error that we did not foresee is nothing to try again. */
function ours(thrown: unknown): Error {
  if (thrown instanceof TerminalError || thrown instanceof RetryableError) return thrown;
  return new TerminalError(`Exoscale: ${messageOf(thrown)}`);
}
