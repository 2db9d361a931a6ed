import { TerminalError } from '../../errors.ts';
import type { AdmittingRule, EndpointState } from '../../kinds/endpoint.ts';
import type { Kind } from '../../kinds.ts';
import type { Change, Element, Hint, Resource } from '../../model.ts';
import type { Provider, Reading } from '../../ports.ts';
import type { Host } from '../../scan/hosts.ts';
import { ruleBehind } from '../../scan/inventory.ts';
import { endpointResource } from '../../scan/resource.ts';

export interface EndpointsOptions {
  /** Every address that may be contacted. */
  hosts(): Promise<readonly Host[]>;
  scan(host: Host): Promise<EndpointState>;
  /** The cloud of a firewall in front of an address. */
  providerOf(firewall: Resource): Provider;
}

/** Our own addresses as resources: to read one is to scan it, and to change one is to change the firewall in front of it. */
export class EndpointProvider implements Provider {
  readonly name = 'host';
  readonly kinds: readonly Kind[] = ['endpoint'];
  readonly #options: EndpointsOptions;
  readonly #fresh = new Map<string, EndpointState>();

  constructor(options: EndpointsOptions) {
    this.#options = options;
  }

  /** A state from just now, that the next reading may answer with. It is used once. */
  remember(state: EndpointState): void {
    this.#fresh.set(endpointResource(state).id, state);
  }

  async resolve(hint: Hint): Promise<Resource[]> {
    const hosts = await this.#options.hosts();
    const named = hosts.filter(
      (host) =>
        [endpointResource(host).id, host.address, host.name].includes(hint.id) && hint.kind === 'endpoint',
    );
    return named.map(endpointResource);
  }

  async read(resources: readonly Resource[]): Promise<Reading[]> {
    return Promise.all(resources.map((resource) => this.#readOne(resource)));
  }

  async #readOne({ id }: Resource): Promise<Reading> {
    const fresh = this.#fresh.get(id);
    this.#fresh.delete(id);
    if (fresh !== undefined) return { status: 'found', state: fresh };
    const host = (await this.#options.hosts()).find((one) => endpointResource(one).id === id);
    // Not "gone": an address that was taken off the list may still be ours and still be open.
    if (host === undefined)
      return { status: 'error', error: new TerminalError(`${id} is not listed in scan.targets`) };
    return { status: 'found', state: await this.#options.scan(host) };
  }

  async apply(_: Resource, change: Change): Promise<Change> {
    if (change.op === 'set' || change.part !== 'rules') {
      throw new TerminalError('only the firewall in front of an endpoint can be changed');
    }
    // Elements of `rules` come from this provider's own states.
    const admitting = change.value as unknown as AdmittingRule;
    const { resource, rule } = ruleBehind(admitting);
    const step = { op: change.op, part: 'rules', value: rule as unknown as Element };
    const applied = await this.#options.providerOf(resource).apply(resource, step);
    if (applied.op === 'set') return change;
    return { ...change, value: { ...change.value, id: `${admitting.firewall}/${applied.value.id}` } };
  }

  async *list(): AsyncIterable<Resource[]> {
    yield (await this.#options.hosts()).map(endpointResource);
  }
}
