import { TerminalError } from '../../errors.ts';
import { isRecord } from '../../iam/statement.ts';
import type { Adapter } from './adapter.ts';
import { bucket } from './bucket.ts';
import { listAll } from './list-all.ts';
import { oneByOne } from './one-by-one.ts';
import { configuration } from './recorders/configuration.ts';
import { detectors } from './recorders/detectors.ts';
import { flowLogs } from './recorders/flow-logs.ts';
import { ownBuses } from './recorders/own-buses.ts';
import { ownFunctions } from './recorders/own-functions.ts';
import { ownQueues } from './recorders/own-queues.ts';
import { ownRules } from './recorders/own-rules.ts';
import { ownSources } from './recorders/own-sources.ts';
import type { Recorder } from './recorders/recorder.ts';
import { trails } from './recorders/trails.ts';

/** Whatever watches the account, one line each. */
const recorders: readonly Recorder[] = [
  trails,
  configuration,
  detectors,
  flowLogs,
  ownRules,
  ownBuses,
  ownQueues,
  ownSources,
  ownFunctions,
];

export const trail: Adapter = {
  kind: 'trail',
  calls: {
    read: recorders.flatMap((one) => one.calls.read),
    write: recorders.flatMap((one) => one.calls.write),
  },

  read: (clients, place, ids) =>
    oneByOne(ids, async (id) => ({ status: 'found', state: await recorderOf(id).read(clients, place, id) })),

  async apply(clients, place, id, change) {
    const recorder = recorderOf(id);
    if (change.op === 'set') {
      await recorder.set(clients, place, id, change.id, change.to);
      return change;
    }
    const name = (await recorder.bucketOf?.(clients, place, id)) ?? null;
    if (name === null) throw new TerminalError(`${id} keeps its records in no bucket of this account`);
    return bucket.apply(clients, place, name, change);
  },

  shapeBefore: (id, before) => (isRecord(before) ? (recorderOf(id).shapeBefore?.(before, id) ?? null) : null),

  isMoot: async (clients, place, id, shape) =>
    (await recorderOf(id).isMoot?.(clients, place, shape)) ?? false,

  list: (clients, place) => listAll(recorders, clients, place),

  hints: Object.assign({}, ...recorders.map((one) => one.hints)),
};

function recorderOf(id: string): Recorder {
  const recorder = recorders.find((one) => one.owns(id));
  if (!recorder) throw new TerminalError(`${id} is nothing that we know to watch the account`);
  return recorder;
}
