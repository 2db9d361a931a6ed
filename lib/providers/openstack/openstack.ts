import { messageOf, RetryableError, TerminalError } from '../../errors.ts';
import type { Kind } from '../../kinds.ts';
import type { Change, Hint, Resource } from '../../model.ts';
import type { AccountScope, Provider, Reading } from '../../ports.ts';
import type { Rotator } from '../../rotation/rotator.ts';
import { type Inventory, type OwnAddress, withFirewalls } from '../own-address.ts';
import { readInGroups } from '../read-in-groups.ts';
import type { Adapter } from './adapter.ts';
import { ownAddresses } from './addresses.ts';
import { bucket } from './bucket.ts';
import { credential } from './credential.ts';
import { OpenStackFirewall } from './firewall.ts';
import { keyPair } from './key-pair.ts';
import { openstackRotator } from './rotator.ts';
import type { Session } from './session.ts';
import { sharing } from './sharing.ts';
import { unfilteredPorts } from './unfiltered-ports.ts';

/** OpenStack behind the provider port: one session per project and region, one adapter per kind. */
export class OpenStackProvider implements Provider, Inventory {
  readonly name = 'openstack';
  readonly kinds: readonly Kind[];
  readonly #sessions: readonly Session[];
  readonly #adapters: readonly Adapter[];

  constructor(sessions: readonly Session[]) {
    this.#sessions = sessions;
    this.#adapters = [new OpenStackFirewall(), bucket, sharing, credential, keyPair, unfilteredPorts];
    this.kinds = this.#adapters.map((one) => one.kind);
  }

  /** The projects and regions that the credentials open; signs in. */
  async accounts(): Promise<AccountScope[]> {
    const places = await Promise.all(this.#sessions.map((session) => session.place()));
    return places.map(({ account, region }) => ({ provider: 'openstack', account, regions: [region] }));
  }

  /** A hint of region `global` comes from a source that names none: it is looked for in each of the project. */
  async resolve(hint: Hint): Promise<Resource[]> {
    const { account, id } = hint;
    const found: Resource[] = [];
    for (const region of await this.#regions(account, hint.region)) {
      for (const { kind, hints } of this.#adapters) {
        const named = (one: string): Resource => ({ provider: 'openstack', account, region, kind, id: one });
        if (kind === hint.kind) found.push(named(id));
        const ids = await hints?.[hint.kind]?.(await this.#session(account, region), id);
        found.push(...(ids ?? []).map(named));
      }
    }
    return found;
  }

  async #regions(account: string, region: string): Promise<string[]> {
    if (region !== 'global') return [region];
    const places = await Promise.all(this.#sessions.map((session) => session.place()));
    return places.filter((place) => place.account === account).map((place) => place.region);
  }

  read(resources: readonly Resource[]): Promise<Reading[]> {
    return readInGroups(resources, {
      cloud: 'OpenStack',
      read: async ({ account, region, kind, ids }) =>
        this.#adapter(kind).read(await this.#session(account, region), ids),
      errorOf: ours,
    });
  }

  async apply(resource: Resource, change: Change): Promise<Change> {
    try {
      const session = await this.#session(resource.account, resource.region);
      return await this.#adapter(resource.kind).apply(session, resource.id, change);
    } catch (thrown) {
      throw ours(thrown);
    }
  }

  async *list(account: string, region: string, kind: Kind): AsyncIterable<Resource[]> {
    // Nothing that is guarded here exists outside a region.
    if (region === 'global') return;
    const session = await this.#session(account, region);
    for await (const ids of this.#adapter(kind).list(session)) {
      yield ids.map((id) => ({ provider: 'openstack', account, region, kind, id }));
    }
  }

  rotator({ kind, id }: Resource): Rotator | null {
    if (kind !== 'credential') return null;
    return openstackRotator(id, ({ resource: { account, region } }) => this.#session(account, region));
  }

  /** The public addresses of a project in one region, for the scanner. */
  async *addresses(account: string, region: string): AsyncIterable<OwnAddress> {
    const listed = ownAddresses(await this.#session(account, region));
    yield* withFirewalls(listed, { provider: 'openstack', account, region });
  }

  async #session(account: string, region: string): Promise<Session> {
    for (const session of this.#sessions) {
      const place = await session.place();
      if (place.account === account && place.region === region) return session;
    }
    throw new TerminalError(`OpenStack: no credentials open project ${account} in region ${region}`);
  }

  #adapter(kind: string): Adapter {
    const adapter = this.#adapters.find((one) => one.kind === kind);
    if (!adapter) throw new TerminalError(`${kind} is not guarded on OpenStack`);
    return adapter;
  }
}

/** An error that we did not foresee is nothing to try again. */
function ours(thrown: unknown): Error {
  if (thrown instanceof TerminalError || thrown instanceof RetryableError) return thrown;
  return new TerminalError(`OpenStack: ${messageOf(thrown)}`);
}
