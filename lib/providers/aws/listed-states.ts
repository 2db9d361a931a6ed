import type { State } from '../../kinds.ts';
import type { Reading } from '../../ports.ts';
import type { Clients, Place } from './clients.ts';

/**
 * What a list of AWS said besides the ids, kept until somebody glances at it once: the same answer need not be asked
 * for again. Nothing that was taken from here may lead to a change.
 */
export class ListedStates {
  readonly #kept = new WeakMap<Clients, Map<string, Map<string, State>>>();

  /** Replaces what an earlier list of this place left. */
  keep(clients: Clients, { account, region }: Place, states: Map<string, State>): void {
    const places = this.#kept.get(clients) ?? new Map<string, Map<string, State>>();
    this.#kept.set(clients, places);
    places.set(`${account}/${region}`, states);
  }

  /** The states of these ids as far as they were listed, each handed out once. */
  take(clients: Clients, { account, region }: Place, ids: readonly string[]): Map<string, Reading> {
    const states = this.#kept.get(clients)?.get(`${account}/${region}`);
    const found = new Map<string, Reading>();
    for (const id of ids) {
      const state = states?.get(id);
      if (state === undefined) continue;
      found.set(id, { status: 'found', state });
      states?.delete(id);
    }
    return found;
  }

  /** From what was listed, and from `read` what was not. */
  async glance(
    clients: Clients,
    place: Place,
    ids: readonly string[],
    read: (clients: Clients, place: Place, ids: readonly string[]) => Promise<Map<string, Reading>>,
  ): Promise<Map<string, Reading>> {
    const found = this.take(clients, place, ids);
    const left = ids.filter((id) => !found.has(id));
    if (left.length === 0) return found;
    return new Map([...found, ...(await read(clients, place, left))]);
  }
}
