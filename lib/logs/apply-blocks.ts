import { RetryableError } from '../errors.ts';
import type { History } from '../ports.ts';
import { aggregate } from './aggregate.ts';
import type { BlockMemory } from './block-memory.ts';
import { type Blocked, type BlockSet, isInForce, isWanted } from './block-set.ts';
import { canonicalCidr, type Desired, desired, type SetNow } from './desired.ts';

/** Nobody's API likes to be called more often; the first write of an attack does not wait. */
const paceMs = 5_000;
const attempts = 24;

export interface ApplyContext {
  memory: BlockMemory;
  settings: Pick<History, 'setting' | 'set'>;
  nowMs: number;
  sleep(ms: number): Promise<void>;
  /** The collateral guard: whether a whole network may be blocked. Left out, none is. */
  agrees?: ((network: string) => boolean) | undefined;
}

export interface Applied {
  added: number;
  removed: number;
  unplaced: Blocked[];
  foreign: Blocked[];
  letGo: Blocked[];
}

/**
 * Makes the sets of one target hold whom the memory says they must, and nobody of ours whose time is over.
 *
 * What we are about to add is noted as ours before it is written: after a crash between the two, the entry either
 * is there and ours, or is not there. Whoever was in a set before that note is somebody else's and stays.
 */
export async function applyBlocks(sets: readonly BlockSet[], context: ApplyContext): Promise<Applied> {
  const total: Applied = { added: 0, removed: 0, unplaced: [], foreign: [], letGo: [] };
  for (const family of ['v4', 'v6'] as const) {
    const ofFamily = sets.filter((set) => set.family === family);
    if (ofFamily.length === 0) {
      total.unplaced.push(...activeOf(family, context));
      continue;
    }
    const { added, removed, unplaced, foreign, letGo } = await applyFamily(ofFamily, context);
    total.added += added;
    total.removed += removed;
    total.unplaced.push(...unplaced);
    total.foreign.push(...foreign);
    total.letGo.push(...letGo);
  }
  return total;
}

/** Who would be blocked if the target had a set for the family. */
function activeOf(family: 'v4' | 'v6', { memory, nowMs }: ApplyContext): Blocked[] {
  return memory
    .all()
    .filter((one) => isInForce(one, nowMs) && one.client.includes(':') === (family === 'v6'));
}

async function applyFamily(sets: readonly BlockSet[], context: ApplyContext): Promise<Applied> {
  const added = new Set<string>();
  const removed = new Set<string>();
  let written: Desired | null = null;
  await Promise.all(sets.map((set) => set.assure?.()));
  for (let attempt = 0; attempt < attempts; attempt++) {
    // The order of the reads is the order of the answers; a stale one only costs another round.
    const read = await Promise.all(sets.map((set) => set.read()));
    const now = sets.map((set, at): SetNow => ({ ...identity(set), addresses: read[at]?.addresses ?? [] }));
    let plan = desired(context.memory.all(), now, context.nowMs);
    if (plan.unplaced.length > 0 && putTogether(plan.unplaced, context)) {
      plan = desired(context.memory.all(), now, context.nowMs);
    }
    await noteOurs(plan, context);
    const ends = new Map(context.memory.all().map((one) => [canonicalCidr(one.client), one.untilMs]));
    const lastsMs = (cidr: string) => (ends.get(cidr) ?? context.nowMs) - context.nowMs || null;
    let isDone = true;
    for (const [at, { add, remove }] of plan.plans.entries()) {
      if (add.length + remove.length === 0) continue;
      isDone = false;
      const set = sets[at] as BlockSet;
      await pace(set.key, context);
      const gone = new Set(remove);
      const addresses = [...(read[at]?.addresses ?? []).filter((one) => !gone.has(one)), ...add];
      const isWritten = await set.write(addresses, read[at]?.token ?? '', lastsMs);
      if (!isWritten) continue;
      written = plan;
      for (const cidr of add) added.add(cidr);
      for (const cidr of remove) removed.add(cidr);
    }
    // Written is not yet there: only a fresh read that leaves nothing to do says that nobody wrote over it.
    if (!isDone) continue;
    await noteWritten(written ?? plan, sets, context);
    return {
      added: added.size,
      removed: removed.size,
      unplaced: plan.unplaced,
      foreign: plan.foreign,
      letGo: plan.letGo,
    };
  }
  throw new RetryableError(`${sets.map((one) => one.key).join(', ')} is written to by others all the time`);
}

/** Neighbours share an entry when there is no room for each. Answers whether there were any. */
function putTogether(unplaced: readonly Blocked[], { memory, nowMs, agrees }: ApplyContext): boolean {
  if (!agrees) return false;
  const isV6 = (one: Blocked) => one.client.includes(':');
  const isFamily6 = unplaced.some(isV6);
  const family = memory.all().filter((one) => isV6(one) === isFamily6);
  const found = aggregate(family, nowMs, agrees);
  for (const { network, members } of found) {
    const known = memory.get(network.client);
    memory.put(known ? { ...network, sets: known.sets, pending: known.pending } : network);
    for (const one of members) memory.put({ ...one, within: network.client });
  }
  return found.length > 0;
}

function identity({ key, family, capacity, endsByItself = false }: BlockSet): Omit<SetNow, 'addresses'> {
  return { key, family, capacity, endsByItself };
}

async function noteOurs({ plans, letGo }: Desired, { memory, nowMs }: ApplyContext): Promise<void> {
  const byCidr = new Map(memory.all().map((one) => [canonicalCidr(one.client), one]));
  for (const { key, add } of plans) {
    for (const cidr of add) {
      const one = byCidr.get(cidr);
      if (one && !one.pending.includes(key)) memory.put({ ...one, pending: [...one.pending, key] });
    }
  }
  for (const one of letGo) memory.put({ ...one, unblocked: true });
  await memory.save(nowMs);
}

/** What was written is ours; who was taken out, or is gone by another's hand, is not ours any more. */
async function noteWritten(
  { plans }: Desired,
  sets: readonly BlockSet[],
  { memory, nowMs }: ApplyContext,
): Promise<void> {
  const keys = new Set(sets.map((one) => one.key));
  const removed = new Set(
    plans.flatMap(({ key, remove }) => remove.map((one) => `${key} ${canonicalCidr(one)}`)),
  );
  for (const one of memory.all()) {
    const isOver = !isWanted(one, nowMs) || one.within !== undefined;
    const isGone = (key: string) =>
      removed.has(`${key} ${canonicalCidr(one.client)}`) || (isOver && keys.has(key));
    const held = [...new Set([...one.sets, ...one.pending.filter((key) => keys.has(key))])];
    const kept = held.filter((key) => !isGone(key));
    const pending = one.pending.filter((key) => !keys.has(key));
    if (kept.join() === one.sets.join() && pending.length === one.pending.length) continue;
    memory.put({ ...one, sets: kept, pending });
  }
  await memory.save(nowMs);
}

async function pace(key: string, { settings, nowMs, sleep }: ApplyContext): Promise<void> {
  const name = `blocked-written/${key}`;
  const last = await settings.setting(name);
  const sinceMs = typeof last === 'number' ? nowMs - last : paceMs;
  if (sinceMs >= 0 && sinceMs < paceMs) await sleep(paceMs - sinceMs);
  await settings.set(
    name,
    Math.max(nowMs, nowMs + (sinceMs >= 0 && sinceMs < paceMs ? paceMs - sinceMs : 0)),
  );
}
