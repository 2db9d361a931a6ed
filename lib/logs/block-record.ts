import pMap from 'p-map';
import type { Case } from '../cases.ts';
import { offender } from '../controls/offender.ts';
import { fingerprint, planFingerprint } from '../fingerprint.ts';
import type { BlocklistState } from '../kinds/blocklist.ts';
import { invert, tellChange, touchedFingerprint } from '../kinds.ts';
import { type Json, type Resource, resourceKey, type ToldChange } from '../model.ts';
import type { History } from '../ports.ts';
import {
  batchIdOf,
  batchState,
  blocklistState,
  clientKeyOf,
  clientResource,
  isBatchId,
} from './block-entry.ts';
import type { BlockMemory } from './block-memory.ts';
import type { Blocked } from './block-set.ts';

interface Begun {
  /** What the case is about: a client, or a batch of them. */
  client: string;
  clients: readonly string[];
  caseId: string;
  seq: number;
  changes: ToldChange[];
}

/**
 * `cases`: the worst of one write, which get a case each: a storm must not hold up its own first block. The others share
 * cases of so many `clients`, each of which fits into one item of the store.
 */
const sizes = { cases: 200, clients: 1_000 };

/**
 * Blocks as cases: who, why, until when, and the way back. The intent is stored before the first write, as for any
 * change; what a crash leaves is settled by the same reconcile. Cases are not told one by one: the attack is.
 */
export class BlockRecord {
  readonly #history: History;
  readonly #newId: () => string;
  readonly #sizes: typeof sizes;

  constructor(history: History, newId: () => string, atMost = sizes) {
    this.#history = history;
    this.#newId = newId;
    this.#sizes = atMost;
  }

  /** Clients that somebody put back, to the sentence that says so. */
  async exempt(nowMs: number): Promise<ReadonlyMap<string, string>> {
    const stored = await this.#history.allExemptions();
    const inForce = stored.filter((one) => one.control === offender.name && Date.parse(one.until) > nowMs);
    const byKey = new Map(
      inForce.map((one) => [one.resourceKey, `exempt until ${one.until}: ${one.reason} (${one.by})`]),
    );
    const prefix = clientKeyOf('');
    return new Map([...byKey].map(([key, why]) => [key.slice(prefix.length), why]));
  }

  /** `blocks`: the worst first. */
  async begin(blocks: readonly Blocked[], loop: string, nowMs: number): Promise<Begun[]> {
    // Who must be asked about gets a case when the question is put.
    const certain = blocks.filter((one) => one.ask === undefined);
    const unwritten = (one: Blocked) => ({ ...one, sets: [], pending: [] });
    const { cases, clients } = this.#sizes;
    const own = certain.slice(0, cases).map((one) => ({
      id: one.client,
      of: [one],
      state: blocklistState(unwritten(one), nowMs),
    }));
    const batches = [];
    for (let at = cases; at < certain.length; at += clients) {
      const of = certain.slice(at, at + clients);
      // The same evidence once more, after a crash, is the same batch.
      const evidence = of.map((one): Json => [one.client, one.evidenceMs]);
      const id = batchIdOf(loop, fingerprint(evidence).slice(0, 24));
      await this.#history.set(
        batchSetting(id),
        of.map((one) => one.client),
      );
      batches.push({ id, of, state: batchState(id, of.map(unwritten), nowMs) });
    }
    return pMap([...own, ...batches], (one) => this.#begin(one, loop, nowMs), { concurrency: 16 });
  }

  async #begin(
    { id: client, of, state }: { id: string; of: readonly Blocked[]; state: BlocklistState },
    loop: string,
    nowMs: number,
  ): Promise<Begun> {
    const evidenceMs = of.reduce((newest, one) => Math.max(newest, one.evidenceMs), 0);
    const finding = offender.check(state, settingsAt(nowMs));
    const { why, exposures } = finding ?? { why: '', exposures: [] };
    const changes = offender
      .fix(state, exposures, settingsAt(nowMs))
      .map((change) => tellChange('blocklist', change));
    const resource = clientResource(client);
    const at = new Date(nowMs).toISOString();
    const eventId = `${loop}/${client}/${evidenceMs}`;
    const { caseId, seq: opened } = await this.#opened(resource, async (newCase) => {
      const facts = { resource, resourceName: client, control: offender.name, severity: 'high' as const };
      const origin = { actor: null, eventName: `${loop} log`, since: new Date(evidenceMs).toISOString() };
      const story = { type: 'opened' as const, ...facts, why, exposures, ...origin };
      return this.#history.append({ caseId: newCase, at, eventId, story }, 0);
    });
    const story = {
      type: 'intent' as const,
      changes,
      before: state,
      planFingerprint: planFingerprint(resource, offender.name, changes),
      by: 'policy',
    };
    const { seq } = await this.#history.append({ caseId, at, eventId, story }, opened);
    return { client, clients: of.map((one) => one.client), caseId, seq, changes };
  }

  /** The case that a crash left open, or a new one. */
  async #opened(resource: Resource, open: (caseId: string) => Promise<Case>): Promise<Case> {
    const known = await this.#history.latest(resourceKey(resource), offender.name);
    const isLeft = known !== null && known.closedAt === null && known.asked === null && !known.undoIntent;
    return isLeft ? known : open(this.#newId());
  }

  /** What came of them, as the memory knows it after the sets were read again. */
  async end(begun: readonly Begun[], memory: BlockMemory, nowMs: number): Promise<void> {
    await pMap(begun, (one) => this.#end(one, memory, nowMs), { concurrency: 16 });
  }

  async #end(
    { client, clients, caseId, seq, changes }: Begun,
    memory: BlockMemory,
    nowMs: number,
  ): Promise<void> {
    const at = new Date(nowMs).toISOString();
    const entry = { caseId, at, eventId: `blocked/${client}` };
    const state = stateIn(memory, client, clients, nowMs);
    const isIn = state !== null && state.entries.length > 0;
    const why = isIn
      ? whyIn(memory, clients, nowMs)
      : 'it is in no list of ours: there was no room, or somebody else holds it';
    const story = isIn
      ? { type: 'fixed' as const, changes, after: touchedFingerprint(state, changes), why, open: false }
      : { type: 'closed' as const, outcome: 'clean' as const, why };
    const { seq: last } = await this.#history.append({ ...entry, story }, seq);
    await this.#history.told(caseId, last);
  }

  /** Somebody let these go without naming the case. */
  async letGo(clients: readonly string[], by: string, nowMs: number): Promise<void> {
    for (const client of clients) {
      const known = await this.#history.latest(clientKeyOf(client), offender.name);
      if (!known || known.shut.length === 0) continue;
      const at = new Date(nowMs).toISOString();
      const changes = invert(known.shut).map((change) => tellChange('blocklist', change));
      const story = { type: 'undone' as const, by, changes, exemptUntil: at };
      const { caseId, seq } = known;
      const entry = { caseId, at, eventId: `unblock/${client}`, story };
      const { seq: last } = await this.#history.append(entry, seq);
      await this.#history.told(caseId, last);
    }
  }
}

/** Where the clients of a batch are listed. */
export function batchSetting(id: string): string {
  return `blocked-${id}`;
}

/** One client's state, or a batch's; null where nothing is known of it. */
export function stateIn(
  memory: BlockMemory,
  id: string,
  clients: readonly string[],
  nowMs: number,
): BlocklistState | null {
  const known = clients.flatMap((one) => memory.get(one) ?? []);
  if (isBatchId(id)) return known.length > 0 ? batchState(id, known, nowMs) : null;
  const [one] = known;
  return one ? blocklistState(one, nowMs) : null;
}

/** Of a batch also who found no room. */
function whyIn(memory: BlockMemory, clients: readonly string[], nowMs: number): string {
  const known = clients.flatMap((one) => memory.get(one) ?? []);
  const left = known.filter((one) => blocklistState(one, nowMs).entries.length === 0);
  const why = known[0]?.why ?? '';
  if (left.length === 0) return why;
  return `${why}; in no list of ours are: ${left.map((one) => one.client).join(', ')}`;
}

function settingsAt(nowMs: number) {
  return {
    now: new Date(nowMs),
    trusted: [],
    trustedAccounts: [],
    trustedOrganizations: [],
    options: {},
  };
}
