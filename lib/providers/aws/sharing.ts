import { TerminalError } from '../../errors.ts';
import type { Adapter } from './adapter.ts';
import { listAll } from './list-all.ts';
import { oneByOne } from './one-by-one.ts';
import { clusterSnapshots, databaseSnapshots } from './shares/database-snapshots.ts';
import { documents } from './shares/documents.ts';
import { images } from './shares/images.ts';
import type { Facts, Sharer } from './shares/sharer.ts';
import { snapshots } from './shares/snapshots.ts';
import { warehouseSnapshots } from './shares/warehouse-snapshots.ts';

/** Whatever can be handed to others whole, one line each. */
const sharers: readonly Sharer[] = [
  snapshots,
  images,
  databaseSnapshots,
  clusterSnapshots,
  warehouseSnapshots,
  documents,
];

export const sharing: Adapter = {
  kind: 'sharing',
  calls: {
    read: sharers.flatMap((one) => one.calls.read),
    write: sharers.flatMap((one) => one.calls.write),
  },

  async read(clients, place, ids) {
    const known = new Map<string, Facts>();
    for (const sharer of sharers) {
      const own = ids.filter((id) => sharer.owns(id));
      if (!sharer.describe || own.length < 2) continue;
      for (const [id, facts] of await sharer.describe(clients, place, own)) known.set(id, facts);
    }
    return oneByOne(ids, async (id) => {
      const sharer = sharerOf(id);
      const found = await sharer.read(clients, place, id, known.get(id));
      if (found === null) return { status: 'gone' };
      const { with: whos, ...facts } = found;
      // A set: AWS names them in any order.
      const shares = [...new Set(whos)].sort().map((who) => ({ id: who }));
      return { status: 'found', state: { kind: 'sharing', service: sharer.service, ...facts, shares } };
    });
  },

  async apply(clients, place, id, change) {
    if (change.op === 'set') throw new TerminalError(`${id} has no setting ${change.id}`);
    await sharerOf(id).set(clients, place, id, change.value.id, change.op === 'add');
    return change;
  },

  async *list(clients, place) {
    yield* listAll(sharers, clients, place);
  },

  hints: Object.assign({}, ...sharers.map((one) => one.hints ?? {})),
};

function sharerOf(id: string): Sharer {
  const sharer = sharers.find((one) => one.owns(id));
  if (!sharer) throw new TerminalError(`${id} is nothing that we know how to share`);
  return sharer;
}
