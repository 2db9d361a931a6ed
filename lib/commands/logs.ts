import { availableParallelism, hostname, userInfo } from 'node:os';
import { blockingOf, blockTargets, everyTarget } from '../block-sets.ts';
import { messageOf, RetryableError } from '../errors.ts';
import { type Blocking, unblock } from '../logs/blocking.ts';
import type { CommandIo, LogOptions } from '../logs/command.ts';
import { crawlersAmong } from '../logs/crawlers.ts';
import type { NetworkPolicy } from '../logs/judging.ts';
import type { BlockTarget } from '../logs/targets.ts';
import { threadsFor } from '../logs/threads-for.ts';
import type { Policy } from '../policy/schema.ts';
import { ssh } from '../ssh/command.ts';
import { waf } from '../waf/command.ts';
import { SparedRanges } from '../waf/spared-ranges.ts';
import { clock, newId } from '../wire-clock.ts';
import { dnsNames, fetchList } from '../wire-lists.ts';
import { readPolicy } from '../wire-policy.ts';
import { frozenBy, openHistory } from '../wire-state.ts';
import { warn } from './print.ts';

interface Options {
  json: boolean;
  apply: boolean;
  policy?: string;
  now?: string;
  workers?: number;
}

const io: CommandIo = {
  stdin: process.stdin,
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  fetchText: fetchList,
};

/** `snapshut waf` */
export async function wafFiles(files: readonly string[], options: Options): Promise<number> {
  const workers = options.workers ?? (await threadsFor(files, availableParallelism()));
  return overLogs(
    'waf',
    options,
    (policy) => policy.loops.waf.targets,
    (policy, networks, settled) => {
      const verify = crawlersAmong(dnsNames(), policy.loops.waf.crawlers.domains);
      return waf(files, { ...settled, workers, crawlersAmong: verify }, policy.loops.waf, networks, io);
    },
  );
}

/** `snapshut ssh` */
export function sshFiles(files: readonly string[], options: Options): Promise<number> {
  return overLogs(
    'ssh',
    options,
    (policy) => policy.loops.ssh.targets,
    (policy, networks, settled) => ssh(files, settled, policy.loops.ssh, networks, io),
  );
}

/** `snapshut unblock` */
export async function unblockClients(
  clients: readonly string[],
  options: Omit<Options, 'json' | 'apply' | 'workers'>,
): Promise<number> {
  const now = clock(options.now)();
  const policy = await readPolicy(options.policy, now);
  return withBlocking(policy, everyTarget(policy), async (blocking) => {
    const { status, unknown } = await unblock(clients, blocking, now, io, { by: userInfo().username });
    for (const client of unknown) warn(`${client} is not blocked by us`);
    return unknown.length > 0 ? 1 : status;
  });
}

async function overLogs(
  loop: 'waf' | 'ssh',
  { json, apply, policy: file, now: start }: Options,
  targetsOf: (policy: Policy) => readonly BlockTarget[],
  run: (policy: Policy, networks: NetworkPolicy, options: LogOptions) => Promise<number>,
): Promise<number> {
  const now = clock(start)();
  const policy = await readPolicy(file, now);
  if (!apply) return run(policy, policy.networks, { json, now, loop });
  const targets = targetsOf(policy);
  return withBlocking(policy, targets, async (blocking) => {
    const spared = new SparedRanges(policy.loops.waf.sparedLists, blocking.settings, () => now);
    const own = [...(await ownOf(policy, targets)), ...(await spared.get())];
    return run(policy, { ...policy.networks, own }, { json, now, loop, blocking });
  });
}

async function withBlocking(
  policy: Policy,
  targets: readonly BlockTarget[],
  run: (blocking: Blocking) => Promise<number>,
): Promise<number> {
  const history = openHistory(false);
  try {
    const frozen = await frozenBy(history);
    if (frozen !== null) {
      warn(`nothing is blocked or let go: frozen (${frozen})`);
      return 1;
    }
    const { sets } = blockTargets(policy, targets);
    return await run(blockingOf(sets, history, `${hostname()}/${process.pid}`, () => newId(new Date())));
  } catch (error) {
    if (!(error instanceof RetryableError)) throw error;
    warn(error.message);
    return 1;
  } finally {
    await history.close();
  }
}

/** Not knowing them is told and stops no block: the policy's own lists still hold. */
async function ownOf(policy: Policy, targets: readonly BlockTarget[]): Promise<string[]> {
  try {
    return await blockTargets(policy, targets).ownAddresses();
  } catch (thrown) {
    warn(
      `the account's own addresses could not be read, only networks.trusted is spared: ${messageOf(thrown)}`,
    );
    return [];
  }
}
