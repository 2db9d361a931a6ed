import pMap from 'p-map';
import { offender } from '../controls/offender.ts';
import { planFingerprint } from '../fingerprint.ts';
import { invert, tellChange, touchedFingerprint } from '../kinds.ts';
import type { ToldChange } from '../model.ts';
import type { History } from '../ports.ts';
import { blocklistState, clientKeyOf, clientResource } from './block-entry.ts';
import type { BlockMemory } from './block-memory.ts';
import type { Blocked } from './block-set.ts';

interface Begun {
  client: string;
  caseId: string;
  seq: number;
  changes: ToldChange[];
}

/** The worst of one write that get a case each: a storm must not hold up its own first block. */
const casesAtMost = 200;

/**
 * Blocks as cases: who, why, until when, and the way back. The intent is stored before the first write, as for any
 * change; what a crash leaves is settled by the same reconcile. Cases are not told one by one: the attack is.
 */
export class BlockRecord {
  readonly #history: History;
  readonly #newId: () => string;

  constructor(history: History, newId: () => string) {
    this.#history = history;
    this.#newId = newId;
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
    const worst = blocks.slice(0, casesAtMost);
    return pMap(worst, (one) => this.#begin(one, loop, nowMs), { concurrency: 16 });
  }

  async #begin(block: Blocked, loop: string, nowMs: number): Promise<Begun> {
    const { client, evidenceMs } = block;
    const state = blocklistState({ ...block, sets: [], pending: [] }, nowMs);
    const finding = offender.check(state, settingsAt(nowMs));
    const { why, exposures } = finding ?? { why: '', exposures: [] };
    const changes = offender
      .fix(state, exposures, settingsAt(nowMs))
      .map((change) => tellChange('blocklist', change));
    const resource = clientResource(client);
    const at = new Date(nowMs).toISOString();
    const caseId = this.#newId();
    const entry = { caseId, at, eventId: `${loop}/${client}/${evidenceMs}` };
    const since = new Date(evidenceMs).toISOString();
    const facts = { resource, resourceName: client, control: offender.name, severity: 'high' as const };
    const origin = { actor: null, eventName: `${loop} log`, since };
    await this.#history.append(
      { ...entry, story: { type: 'opened', ...facts, why, exposures, ...origin } },
      0,
    );
    const fingerprint = planFingerprint(resource, offender.name, changes);
    const story = {
      type: 'intent' as const,
      changes,
      before: state,
      planFingerprint: fingerprint,
      by: 'policy',
    };
    const { seq } = await this.#history.append({ ...entry, story }, 1);
    return { client, caseId, seq, changes };
  }

  /** What came of them, as the memory knows it after the sets were read again. */
  async end(begun: readonly Begun[], memory: BlockMemory, nowMs: number): Promise<void> {
    await pMap(begun, (one) => this.#end(one, memory.get(one.client), nowMs), { concurrency: 16 });
  }

  async #end(
    { client, caseId, seq, changes }: Begun,
    block: Blocked | undefined,
    nowMs: number,
  ): Promise<void> {
    const at = new Date(nowMs).toISOString();
    const entry = { caseId, at, eventId: `blocked/${client}` };
    const state = block && blocklistState(block, nowMs);
    const isIn = state !== undefined && state.entries.length > 0;
    const why = isIn
      ? (block?.why ?? '')
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

function settingsAt(nowMs: number) {
  return {
    now: new Date(nowMs),
    trusted: [],
    trustedAccounts: [],
    trustedOrganizations: [],
    options: {},
  };
}
