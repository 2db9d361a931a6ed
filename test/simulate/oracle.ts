import type { Entry } from '../../lib/cases.ts';
import type { FirewallRule } from '../../lib/kinds/firewall.ts';
import type { ToldChange } from '../../lib/model.ts';
import type { Effect } from './cloud.ts';

/**
 * What the account should look like and what the history should say, by the descriptions of the rules alone: nothing
 * here comes from the service's own reasoning. `exposed-N` must go, `wide-N` must shrink to the web, `innocent-N` must
 * stay, unless a person said otherwise.
 */

export interface Verdict {
  exposuresLeftOpen: string[];
  changesToInnocentParts: string[];
  historyMismatches: string[];
  doubleAlerts: string[];
}

export const ports = { exposed: [22, 3389, 5432, 6379, 8080], web: [80, 443] } as const;

const isWeb = ({ protocol, fromPort, toPort }: FirewallRule) =>
  protocol.startsWith('icmp') ||
  (['tcp', 'udp'].includes(protocol) && fromPort === toPort && ports.web.some((port) => port === fromPort));

const nameOf = ({ description }: FirewallRule) => description ?? '';
const isExposing = (rule: FirewallRule) =>
  nameOf(rule).startsWith('exposed-') || (nameOf(rule).startsWith('wide-') && !isWeb(rule));

export class Oracle {
  readonly #innocent = new Map<string, FirewallRule>();
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

  /** A person means this exposure to stay, or may have: the process died while they said so. */
  permit(group: string, rules: readonly FirewallRule[]): void {
    for (const rule of rules) if (isExposing(rule)) this.#permitted.add(`${group}/${nameOf(rule)}`);
  }

  /** A person asked for this back. */
  undo(group: string, changes: readonly ToldChange[]): void {
    for (const change of changes) {
      if (change.op === 'set') continue;
      const name = `${group}/${change.value.description}`;
      this.#undone.add(name);
      this.#permitted.add(name);
    }
  }

  deleted(group: string): void {
    this.#gone.add(group);
    for (const key of this.#innocent.keys()) if (key.startsWith(`${group}/`)) this.#innocent.delete(key);
  }

  see({ by, group, op, rule }: Effect): void {
    const key = `${group}/${nameOf(rule)}`;
    if (by === 'person') {
      if (op === 'remove') count(this.#removedByPerson, key);
      if (!nameOf(rule).startsWith('innocent-')) return;
      if (op === 'add') this.#innocent.set(key, rule);
      else this.#innocent.delete(key);
      return;
    }
    const isMeant = isExposing(rule)
      ? op === 'remove' || this.#undone.has(key)
      : nameOf(rule).startsWith('wide-') && (op === 'add' || this.#undone.has(key));
    if (!isMeant) this.verdict.changesToInnocentParts.push(`${op} ${key}`);
    if (op === 'remove' && isExposing(rule)) count(this.#removedByService, key);
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

  /** What the groups hold in the end. */
  judgeCloud(groups: ReadonlyMap<string, readonly FirewallRule[]>): void {
    for (const [group, rules] of groups) {
      for (const rule of rules) {
        const key = `${group}/${nameOf(rule)}`;
        if (isExposing(rule) && !this.#permitted.has(key)) this.verdict.exposuresLeftOpen.push(key);
      }
    }
    for (const [key, rule] of this.#innocent) {
      const [group = ''] = key.split('/');
      const found = groups.get(group)?.find((one) => one.id === rule.id);
      if (JSON.stringify(found) !== JSON.stringify(rule))
        this.verdict.changesToInnocentParts.push(`${key} is not as it was`);
    }
  }

  /** What the cases of a group say that was removed. */
  judgeHistory(histories: ReadonlyMap<string, readonly (readonly Entry[])[]>): void {
    const said = new Map<string, number>();
    for (const [group, cases] of histories) {
      for (const name of cases.flatMap(removalsIn)) count(said, `${group}/${name}`);
    }
    const names = new Set([...said.keys(), ...this.#removedByService.keys()]);
    for (const name of names) {
      // What people removed while an intent was open cannot be told from what we removed.
      const least = this.#removedByService.get(name) ?? 0;
      const most = least + (this.#removedByPerson.get(name) ?? 0);
      const times = said.get(name) ?? 0;
      const isGone = this.#gone.has(name.split('/')[0] ?? '');
      // What was shut in a group that was gone before we could look again was never proven.
      if ((times < least && !isGone) || times > most)
        this.verdict.historyMismatches.push(`${name}: removed ${least} times, said ${times} times`);
    }
  }
}

/** What was removed in the course of a case; a later entry may say again what an earlier one said. */
function removalsIn(entries: readonly Entry[]): string[] {
  const all: string[] = [];
  let shut = new Set<string>();
  for (const { story } of entries) {
    if (story.type === 'undone') {
      all.push(...shut);
      shut = new Set();
    }
    const changes = story.type === 'fixed' ? story.changes : story.type === 'unfixed' ? story.done : [];
    for (const change of changes) {
      // Elements of a firewall's rules are rules.
      if (change.op === 'remove' && isExposing(change.value as unknown as FirewallRule))
        shut.add(String(change.value.description));
    }
  }
  return [...all, ...shut];
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
