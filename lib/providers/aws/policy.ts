import { TerminalError } from '../../errors.ts';
import type { Adapter } from './adapter.ts';
import { listAll } from './list-all.ts';
import { oneByOne } from './one-by-one.ts';
import { archives } from './policies/archives.ts';
import { backupVaults } from './policies/backup-vaults.ts';
import { domains } from './policies/domains.ts';
import { eventBuses } from './policies/event-buses.ts';
import { fileSystems } from './policies/file-systems.ts';
import { functions } from './policies/functions.ts';
import type { Holder } from './policies/holder.ts';
import { keys } from './policies/keys.ts';
import { layers } from './policies/layers.ts';
import { queues } from './policies/queues.ts';
import { repositories } from './policies/repositories.ts';
import { secrets } from './policies/secrets.ts';
import { topics } from './policies/topics.ts';

/** Whatever has a policy of its own, one line each. */
const holders: readonly Holder[] = [
  queues,
  topics,
  keys,
  repositories,
  secrets,
  functions,
  layers,
  fileSystems,
  domains,
  eventBuses,
  backupVaults,
  archives,
];

/** Resource policies; the id is the ARN of what has the policy. */
export const policy: Adapter = {
  kind: 'policy',
  calls: {
    read: holders.flatMap((one) => one.calls.read),
    write: holders.flatMap((one) => one.calls.write),
  },

  read: (clients, place, ids) =>
    oneByOne(ids, async (arn) => {
      const state = await holderOf(arn).read(clients, place, arn);
      return state === null ? { status: 'gone' } : { status: 'found', state };
    }),

  async apply(clients, place, arn, change) {
    await holderOf(arn).apply(clients, place, arn, change);
    return change;
  },

  async *list(clients, place) {
    yield* listAll(holders, clients, place);
  },

  hints: Object.assign({}, ...holders.map((one) => one.hints)),
};

function holderOf(arn: string): Holder {
  const [, , service, , , rest = ''] = arn.split(':');
  const name = service === 'lambda' && rest === 'layer' ? 'lambda-layer' : service;
  const holder = holders.find((one) => one.service === name);
  if (!holder) throw new TerminalError(`${arn} is no resource whose policy we know`);
  return holder;
}
