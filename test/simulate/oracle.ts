import type { Entry } from '../../lib/cases.ts';
import type { Change, ToldChange } from '../../lib/model.ts';
import type { Effect } from './cloud.ts';
import type { Subject, Thing } from './subjects/subject.ts';

/**
 * What the account should look like and what the history should say, by the names that people gave things alone:
 * nothing here comes from the service's own reasoning. What is exposed must go, what is innocent must stay as and where
 * it is, unless a person said otherwise.
 */

export interface Verdict {
  exposuresLeftOpen: string[];
  changesToInnocentParts: string[];
  historyMismatches: string[];
  doubleAlerts: string[];
}

export class Oracle {
  readonly #subject: Subject;
  readonly #innocent = new Map<string, Thing>();
  readonly #permitted = new Set<string>();
  readonly #undone = new Set<string>();
  readonly #removedByService = new Map<string, number>();
  readonly #removedByPerson = new Map<string, number>();
  readonly #alerts = new Map<string, number>();
  readonly #toldUpTo = new Map<string, number>();
  readonly #gone = new Set<string>();
  readonly verdict: Verdict = {
    exposuresLeftOpen: [],
    changesToInnocentParts: [],
    historyMismatches: [],
    doubleAlerts: [],
  };

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** A person means what is exposed here to stay, or may have: the process died while they said so. */
  permit(id: string, things: readonly Thing[]): void {
    for (const thing of things) if (thing.is === 'exposed') this.#permitted.add(`${id}/${thing.name}`);
  }

  /** A person asked for this back. */
  undo(id: string, changes: readonly ToldChange[]): void {
    for (const change of changes) {
      const thing = this.#subject.thingIn(change);
      if (thing === null) continue;
      this.#undone.add(`${id}/${thing.name}`);
      this.#permitted.add(`${id}/${thing.name}`);
    }
  }

  deleted(id: string): void {
    this.#gone.add(id);
    for (const key of this.#innocent.keys()) if (key.startsWith(`${id}/`)) this.#innocent.delete(key);
  }

  see({ by, id, before, after }: Effect): void {
    const [were, are] = [this.#subject.thingsOf(before), this.#subject.thingsOf(after)];
    const removed = lacking(are, were);
    const added = lacking(were, are);
    if (by !== null) {
      this.#seePerson(id, removed, added);
      return;
    }
    for (const thing of removed) this.#seeService(id, 'remove', thing);
    for (const thing of added) this.#seeService(id, 'add', thing);
    if (innocentsOf(were) !== innocentsOf(are))
      this.verdict.changesToInnocentParts.push(`${id}: innocent parts before and after a change differ`);
  }

  #seePerson(id: string, removed: readonly Thing[], added: readonly Thing[]): void {
    for (const { name, is } of removed) {
      count(this.#removedByPerson, `${id}/${name}`);
      if (is === 'innocent') this.#innocent.delete(`${id}/${name}`);
    }
    for (const thing of added) if (thing.is === 'innocent') this.#innocent.set(`${id}/${thing.name}`, thing);
  }

  #seeService(id: string, op: 'add' | 'remove', { name, is }: Thing): void {
    const key = `${id}/${name}`;
    const isUndone = this.#undone.has(key);
    const isMeant =
      is === 'exposed' ? op === 'remove' || isUndone : is === 'remnant' && (op === 'add' || isUndone);
    if (!isMeant) this.verdict.changesToInnocentParts.push(`${op} ${key}`);
    if (op === 'remove' && is === 'exposed') count(this.#removedByService, key);
  }

  /** `kills`: how many processes had died when it was told. */
  alert(caseId: string, seq: number, kills: number): void {
    const key = `${caseId}/${seq}`;
    // Whoever died between telling and marking it as told must tell it again.
    if (this.#alerts.get(key) === kills) this.verdict.doubleAlerts.push(key);
    this.#alerts.set(key, kills);
    this.#toldUpTo.set(caseId, Math.max(seq, this.#toldUpTo.get(caseId) ?? 0));
  }

  wasTold(caseId: string, seq: number): boolean {
    return (this.#toldUpTo.get(caseId) ?? 0) >= seq;
  }

  /** What the resources hold in the end. */
  judgeCloud(held: ReadonlyMap<string, readonly Thing[]>): void {
    for (const [id, things] of held) {
      for (const { name, is } of things) {
        const key = `${id}/${name}`;
        if (is === 'exposed' && !this.#permitted.has(key)) this.verdict.exposuresLeftOpen.push(key);
      }
    }
    for (const [key, thing] of this.#innocent) {
      const [id = ''] = key.split('/');
      const text = JSON.stringify(thing);
      if (!held.get(id)?.some((one) => JSON.stringify(one) === text))
        this.verdict.changesToInnocentParts.push(`${key} is not as it was`);
    }
  }

  /** What the cases of a resource say that was removed. */
  judgeHistory(histories: ReadonlyMap<string, readonly (readonly Entry[])[]>): void {
    const said = new Map<string, number>();
    for (const [id, cases] of histories) {
      for (const name of cases.flatMap((one) => this.#removalsIn(one))) count(said, `${id}/${name}`);
    }
    const names = new Set([...said.keys(), ...this.#removedByService.keys()]);
    for (const name of names) {
      // What people removed while an intent was open cannot be told from what we removed.
      const least = this.#removedByService.get(name) ?? 0;
      const most = least + (this.#removedByPerson.get(name) ?? 0);
      const times = said.get(name) ?? 0;
      const isGone = this.#gone.has(name.split('/')[0] ?? '');
      // What was shut in a resource that was gone before we could look again was never proven.
      if ((times < least && !isGone) || times > most)
        this.verdict.historyMismatches.push(`${name}: removed ${least} times, said ${times} times`);
    }
  }

  /** What was removed in the course of a case; a later entry may say again what an earlier one said. */
  #removalsIn(entries: readonly Entry[]): string[] {
    const all: string[] = [];
    let shut = new Set<string>();
    for (const { story } of entries) {
      if (story.type === 'undone') {
        all.push(...shut);
        shut = new Set();
      }
      const changes: Change[] =
        story.type === 'fixed' ? story.changes : story.type === 'unfixed' ? story.done : [];
      for (const change of changes) {
        const thing = this.#subject.thingIn(change);
        if (change.op === 'remove' && thing?.is === 'exposed') shut.add(thing.name);
      }
    }
    return [...all, ...shut];
  }
}

/** Those of `are` that are not among `known`. */
function lacking(known: readonly Thing[], are: readonly Thing[]): Thing[] {
  const texts = new Set(known.map((one) => JSON.stringify(one)));
  return are.filter((one) => !texts.has(JSON.stringify(one)));
}

const innocentsOf = (things: readonly Thing[]) =>
  JSON.stringify(things.filter(({ is }) => is === 'innocent'));

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
