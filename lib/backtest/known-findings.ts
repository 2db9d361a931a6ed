import type { FirewallRule, FirewallState } from '../kinds/firewall.ts';
import { type State, tellChange } from '../kinds.ts';
import type { Change, Element, Exposure, Finding, ToldChange } from '../model.ts';

/** How many answers are kept; then they are forgotten all at once. */
const most = 50_000;

/**
 * What controls said of firewalls, and what they would change: thousands of groups have the same rules, and who opens and
 * closes the same port makes the same state again. Rules are told apart by what they admit and not by their ids; kept
 * answers name them by their place, and each asker gets them with its own ids. Only for controls whose settings are the
 * same for every resource; controls of this kind go by no clock.
 */
export class KnownFindings {
  readonly #findings = new Map<string, Finding | null>();
  readonly #plans = new Map<string, ToldChange[]>();
  /** Every control asks about the same state, one after the other. */
  #last: { state: FirewallState; text: string } | null = null;

  of(control: string, state: State, check: () => Finding | null): Finding | null {
    if (state.kind !== 'firewall') return check();
    const key = this.#keyOf(control, state);
    const known = this.#findings.get(key);
    if (known !== undefined) return withIds(known, (place) => state.rules[Number(place)]?.id ?? '');
    const found = check();
    keep(this.#findings, key, withIds(found, placesIn(state)));
    return found;
  }

  plan(control: string, state: State, exposures: readonly Exposure[], fix: () => ToldChange[]): ToldChange[] {
    if (state.kind !== 'firewall') return fix();
    const placeOf = placesIn(state);
    const asked = exposures.map((one) => `${placeOf(one.id)} ${one.what}`).join(',');
    const key = `${this.#keyOf(control, state)}\n${asked}`;
    const known = this.#plans.get(key);
    if (known !== undefined)
      return known.map((one) => withRule(one, (id) => state.rules[Number(id)] ?? null));
    const plan = fix();
    const kept = plan.map((one) => withRule(one, (id) => ({ id: placeOf(id) })));
    keep(this.#plans, key, kept);
    return plan;
  }

  #keyOf(control: string, state: FirewallState): string {
    if (this.#last?.state !== state) this.#last = { state, text: textOf(state) };
    return `${control}\n${this.#last.text}`;
  }
}

/** All of it but the ids of its rules. */
function textOf({ name, tags, isDefault, attached, rules }: FirewallState): string {
  return JSON.stringify([name, tags, isDefault, attached, rules.map(({ id: _, ...rest }) => rest)]);
}

function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= most) map.clear();
  map.set(key, value);
}

function placesIn({ rules }: FirewallState): (id: string) => string {
  return (id) => String(rules.findIndex((rule) => rule.id === id));
}

function withIds(finding: Finding | null, idOf: (id: string) => string): Finding | null {
  if (finding === null) return null;
  const exposures = finding.exposures.map((one) =>
    one.part === 'rules' ? { ...one, id: idOf(one.id) } : one,
  );
  return { ...finding, exposures };
}

/** A rule that is removed stands in the state; one that is added has no id yet. */
function withRule(change: ToldChange, ruleOf: (id: string) => Element | FirewallRule | null): ToldChange {
  if (change.op !== 'remove') return change;
  const rule = ruleOf(change.value.id);
  // Rules of a state are elements of its list.
  const moved: Change = { ...change, value: { ...change.value, ...(rule as Element) } };
  return tellChange('firewall', moved);
}
