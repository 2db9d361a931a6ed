import { TerminalError } from '../../errors.ts';
import type { Adapter } from './adapter.ts';
import { listAll } from './list-all.ts';
import { oneByOne } from './one-by-one.ts';
import { brokers } from './stores/brokers.ts';
import { clusters } from './stores/clusters.ts';
import { files } from './stores/files.ts';
import { instances } from './stores/instances.ts';
import { replicators } from './stores/replicators.ts';
import type { Store } from './stores/store.ts';
import { warehouses } from './stores/warehouses.ts';

/** Whatever keeps data behind an address of its own, one line each. */
const stores: readonly Store[] = [instances, clusters, warehouses, replicators, brokers, files];

export const database: Adapter = {
  kind: 'database',
  calls: {
    read: stores.flatMap((one) => one.calls.read),
    write: stores.flatMap((one) => one.calls.write),
  },

  read: (clients, place, ids) =>
    oneByOne(ids, async (arn) => {
      const state = await storeOf(arn).read(clients, place, arn);
      return state === null ? { status: 'gone' } : { status: 'found', state };
    }),

  async apply(clients, place, arn, change) {
    const store = storeOf(arn);
    if (change.op !== 'set' || !store.set)
      throw new TerminalError(`AWS has no call that changes this of ${arn}`);
    await store.set(clients, place, arn, change.id, change.to);
    return change;
  },

  async *list(clients, place) {
    yield* listAll(stores, clients, place);
  },

  hints: Object.assign({}, ...stores.map((one) => one.hints)),
};

function storeOf(arn: string): Store {
  const store = stores.find((one) => one.owns(arn));
  if (!store) throw new TerminalError(`${arn} is no store of data that we know`);
  return store;
}
