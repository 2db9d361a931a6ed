import { once } from 'node:events';
import { hostname } from 'node:os';
import { setInterval } from 'node:timers';
import { blockingOf, blockTargets, everyTarget, webAcls } from './block-sets.ts';
import { messageOf } from './errors.ts';
import { tellNews } from './logs/attack-alerts.ts';
import { AttackRecord } from './logs/attack-record.ts';
import { clientResource } from './logs/block-entry.ts';
import { BlockMemory } from './logs/block-memory.ts';
import { isWanted } from './logs/block-set.ts';
import { apply, type Blocking, isWriteDue, withLease } from './logs/blocking.ts';
import { Checkpoints } from './logs/checkpoints.ts';
import { crawlersAmong } from './logs/crawlers.ts';
import { FileFollower, followJournal } from './logs/follow.ts';
import type { LineAnalysis } from './logs/judging.ts';
import { LiveLoop, type Tick } from './logs/live.ts';
import { OwnAddresses } from './logs/own-addresses.ts';
import { Served } from './logs/served.ts';
import type { Followed } from './logs/targets.ts';
import { type Loop, line } from './loop.ts';
import type { Outcome, Resource } from './model.ts';
import type { Policy } from './policy/schema.ts';
import type { History } from './ports.ts';
import { BlocklistProvider } from './providers/host/blocklist.ts';
import { WafRules } from './providers/host/waf-rules.ts';
import { reconcile } from './reconcile.ts';
import type { Background } from './serve/background.ts';
import { logLines } from './ssh/command.ts';
import { readReputation, requestLines, tellAttack } from './waf/command.ts';
import type { Judgement } from './waf/distributed.ts';
import { DistributedAlerts } from './waf/distributed-alerts.ts';
import { CurrentLists } from './waf/published-lists.ts';
import { Reputation } from './waf/reputation.ts';
import { RuleLoop, type RuleLoopParts } from './waf/rule-loop.ts';
import { refreshSpared, SparedRanges } from './waf/spared-ranges.ts';
import { dnsNames, fetchList } from './wire-lists.ts';

/** The part of the composition root that runs the log loops of one process. */

export interface LogServiceParts {
  policy: Policy;
  history: History;
  now(): Date;
  frozen(): Promise<string | null>;
  newId(): string;
}

/** The reputation lists that the policy names, kept fresh; null without any. */
export function listsOf(
  waf: Policy['loops']['waf'],
  history: History,
  err: (line: string) => void,
): CurrentLists | null {
  const { files, urls, mode, refreshHours } = waf.reputation;
  if (mode === 'off' || files.length + urls.length === 0) return null;
  const source = { fetchText: fetchList, settings: history };
  const read = async () => (await readReputation(waf, source, err)) ?? new Reputation([]);
  return new CurrentLists(read, refreshHours * 3_600_000);
}

/** Blocks as resources, so that a case of theirs can be looked at, settled and undone like any other. */
export function blocklistProvider({ policy, history, now, newId }: LogServiceParts): BlocklistProvider {
  let blocking: Blocking | null = null;
  const made = () => {
    const owner = `${hostname()}/${process.pid}/cases`;
    blocking ??= blockingOf(blockTargets(policy, everyTarget(policy)).sets, history, owner, newId);
    return blocking;
  };
  return new BlocklistProvider(made, new WafRules(webAcls(policy), history), now);
}

/**
 * Ends the blocks whose time is over, where nobody follows a log, and carries on a write that was cut short: one look at
 * the memory, and no call without need.
 */
export async function endBlocks({ policy, history, now, frozen, newId }: LogServiceParts): Promise<string[]> {
  const nowMs = now().getTime();
  if (!(await isWriteDue(history, nowMs)) || (await frozen()) !== null) return [];
  const { sets } = blockTargets(policy, everyTarget(policy));
  const blocking = blockingOf(sets, history, `${hostname()}/${process.pid}/ends`, newId);
  const told: string[] = [];
  await withLease(blocking, nowMs, async () => {
    const memory = await BlockMemory.load(history);
    await apply(memory, blocking, now().getTime(), { err: (line) => void told.push(line) });
  });
  return told;
}

/** Clients whose block a person must approve: the question is a case as any other. */
export async function askAboutBlocks(parts: LogServiceParts, loop: Loop): Promise<Outcome[]> {
  const nowMs = parts.now().getTime();
  const asked = (await BlockMemory.load(parts.history))
    .all()
    .filter((one) => one.ask !== undefined && isWanted(one, nowMs));
  const outcomes: Outcome[] = [];
  for (const one of asked.slice(0, asksAtMost)) {
    const eventId = `blocked/${one.client}/${one.evidenceMs}`;
    const trigger = { eventId, at: new Date(one.evidenceMs).toISOString(), actor: null, name: one.why ?? '' };
    outcomes.push(...(await reconcile(clientResource(one.client), trigger, loop)));
  }
  return outcomes;
}

/** Of one look: more questions than that nobody answers. */
const asksAtMost = 50;

/** Keeps the lists of networks that are never blocked fresh, where anybody is blocked at all. What is wrong with one is told. */
export async function refreshRanges(
  { policy, history, now, newId }: LogServiceParts,
  fetchText = fetchList,
): Promise<Outcome[]> {
  if (everyTarget(policy).length === 0) return [];
  const source = { fetchText, settings: history };
  const told = await refreshSpared(policy.loops.waf.sparedLists, source, now().getTime());
  const trigger = { eventId: `ranges/${newId()}`, at: null, actor: null, name: 'housekeeping' };
  return told.map((why) => line({ trigger, resource: null, outcome: 'failed', why }));
}

export interface RunningLoops {
  stop(): Promise<void>;
}

const tickMs = 1_000;

/** Follows what the policy names, from now on. `onTick` gets offenders and the news of attacks. */
export async function startLogLoops(
  parts: LogServiceParts,
  onTick: (loop: 'waf' | 'ssh' | 'waf-distributed', tick: Tick) => Promise<void>,
  err: (line: string) => void,
  decide: RuleLoopParts['decide'] = async () => {},
): Promise<RunningLoops> {
  const { policy, now } = parts;
  const { waf, ssh } = policy.loops;
  const reputation = listsOf(waf, parts.history, err);
  const rules = ruleLoopOf(parts, decide, err);
  const served = new Served((await BlockMemory.load(parts.history)).all());
  const alerts = new DistributedAlerts();
  const windows: Judgement[] = [];
  const requests = requestLines(waf, policy.networks.proxies, {
    served,
    reputation: reputation ?? undefined,
    onWindow: (window) => {
      if (window.found) err(`waf: ${tellAttack(window.found)}`);
      windows.push(window);
      rules?.see(window);
    },
  });
  const beside = async (nowMs: number) => {
    await reputation?.refresh(nowMs);
    const news = alerts.see(windows.splice(0), nowMs);
    if (news.length > 0) await onTick('waf-distributed', { lines: [], news });
    await rules?.tick(nowMs);
  };
  // Years that a line does not name are told from the hour that ends next, whatever is running for how long.
  const nextHourMs = () => Math.ceil(now().getTime() / hourMs) * hourMs;
  const logins = logLines(ssh, nextHourMs, { served });
  const running = await Promise.all([
    follow('waf', waf, requests, parts, onTick, err, beside),
    follow('ssh', ssh, logins, parts, onTick, err, async () => {}),
  ]);
  return {
    async stop() {
      await Promise.all(running.map((one) => one?.stop()));
    },
  };
}

const hourMs = 3_600_000;

/** Null where the policy puts up no rules. */
export function ruleLoopOf(
  { policy, history, frozen }: LogServiceParts,
  decide: RuleLoopParts['decide'],
  err: (line: string) => void,
): RuleLoop | null {
  const { mode, maxGoodShare, measureMinutes, retireDays } = policy.loops.waf.distributed;
  const acls = webAcls(policy);
  if (acls.length === 0 || (mode !== 'ask' && mode !== 'fix')) return null;
  const options = {
    maxGoodShare,
    measureMs: measureMinutes * 60_000,
    retireAfterMs: retireDays * 86_400_000,
    asksAlways: mode === 'ask',
  };
  return new RuleLoop({ acls, settings: history, options, frozen, decide, err });
}

/** The loops as one process runs them beside its inbox: what they find is told as it is found. */
export function logLoops(parts: LogServiceParts, loop: Loop): Background {
  return async ({ warn, signal, tell }) => {
    const { waf, ssh } = parts.policy.loops;
    if (waf.follow.length + ssh.follow.length === 0) return;
    const record = new AttackRecord({ ...parts, tell: loop.tell });
    const onTick = async (name: string, { news }: Tick) => {
      for (const one of news) {
        warn(tellNews(name, one));
        await record.keep(name, one, parts.now().getTime());
      }
    };
    const decide = async (rule: Resource, why: string) => {
      const trigger = { eventId: `rule/${rule.id}`, at: null, actor: null, name: why };
      for (const outcome of await reconcile(rule, trigger, loop)) await tell(outcome);
    };
    const loops = await startLogLoops(parts, onTick, warn, decide);
    if (!signal.aborted) await once(signal, 'abort');
    await loops.stop();
  };
}

async function follow(
  name: 'waf' | 'ssh',
  { follow: followed, targets, neverBlock }: Policy['loops']['waf' | 'ssh'],
  analysis: LineAnalysis,
  { policy, history, now, frozen, newId }: LogServiceParts,
  onTick: (loop: 'waf' | 'ssh', tick: Tick) => Promise<void>,
  err: (line: string) => void,
  beside: (nowMs: number) => Promise<void>,
): Promise<RunningLoops | null> {
  if (followed.length === 0) return null;
  const { sets, ownAddresses } = blockTargets(policy, targets);
  const own = new OwnAddresses(ownAddresses, now, err);
  const spared = new SparedRanges(policy.loops.waf.sparedLists, history, now);
  const loop = new LiveLoop(analysis, {
    loop: name,
    policy: async () => ({
      ...policy.networks,
      neverBlock: [...neverBlock, ...(await own.get()), ...(await spared.get())],
    }),
    ...(sets.length > 0 && {
      blocking: blockingOf(sets, history, `${hostname()}/${process.pid}/${name}`, newId),
    }),
    ...(name === 'waf' && { crawlersAmong: crawlersAmong(dnsNames(), policy.loops.waf.crawlers.domains) }),
    frozen,
    err,
  });
  const reachMs = 1500 * Math.max(600, ...[...analysis.facts.values()].map((one) => one.windowSeconds));
  const files: { follower: FileFollower; checkpoints: Checkpoints }[] = [];
  for (const one of followed) {
    if (!('file' in one)) continue;
    const checkpoints = await Checkpoints.load(history, `${name} ${one.file}`, reachMs);
    files.push({ follower: new FileFollower(one.file, loop, checkpoints.start), checkpoints });
  }
  const units = followed.flatMap((one: Followed) => ('journal' in one ? [one.journal] : []));
  const inJournal = await Checkpoints.load(history, `${name} journal ${units.join(' ')}`, reachMs);
  const journal = units.length > 0 ? followJournal(units, loop, err, inJournal.start?.atMs ?? null) : null;
  let turn: Promise<void> = Promise.resolve();
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    turn = tick()
      .catch((thrown) => err(`${name}: ${messageOf(thrown)}`))
      .finally(() => {
        isBusy = false;
      });
  }, tickMs);
  const tick = async () => {
    for (const { follower } of files) await follower.poll();
    const result = await loop.tick(now());
    // Behind the tick: what was read is judged before its place is left behind.
    for (const { follower, checkpoints } of files) await checkpoints.note(follower.position, now().getTime());
    if (journal) await inJournal.note({ inode: '', offset: 0 }, now().getTime());
    await beside(now().getTime());
    if (result.lines.length + result.news.length > 0) await onTick(name, result);
  };
  return {
    async stop() {
      clearInterval(timer);
      await turn;
      await journal?.stop();
      await Promise.all(files.map(({ follower }) => follower.close()));
    },
  };
}
