import { TerminalError } from '../../errors.ts';
import type { Adapter } from './adapter.ts';
import { listAll } from './list-all.ts';
import { oneByOne } from './one-by-one.ts';
import { configuration } from './recorders/configuration.ts';
import { detectors } from './recorders/detectors.ts';
import { flowLogs } from './recorders/flow-logs.ts';
import type { Recorder } from './recorders/recorder.ts';
import { trails } from './recorders/trails.ts';

/** Whatever watches the account, one line each. */
const recorders: readonly Recorder[] = [trails, configuration, detectors, flowLogs];

export const trail: Adapter = {
  kind: 'trail',
  calls: {
    read: recorders.flatMap((one) => one.calls.read),
    write: recorders.flatMap((one) => one.calls.write),
  },

  read: (clients, place, ids) =>
    oneByOne(ids, async (id) => ({ status: 'found', state: await recorderOf(id).read(clients, place, id) })),

  async apply(clients, place, id, change) {
    if (change.op !== 'set') throw new TerminalError(`${id} has settings only`);
    await recorderOf(id).set(clients, place, id, change.id, change.to);
    return change;
  },

  list: (clients, place) => listAll(recorders, clients, place),

  hints: Object.assign({}, ...recorders.map((one) => one.hints)),
};

function recorderOf(id: string): Recorder {
  const recorder = recorders.find((one) => one.owns(id));
  if (!recorder) throw new TerminalError(`${id} is nothing that we know to watch the account`);
  return recorder;
}
