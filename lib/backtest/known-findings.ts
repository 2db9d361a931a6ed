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
  readonly #written = new WeakMap<FirewallRule, string>();
  readonly #states = new WeakMap<FirewallState, string>();

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
    const known = this.#states.get(state);
    if (known !== undefined) return `${control}\n${known}`;
    const { name, tags, isDefault, attached, rules } = state;
    const texts = rules.map((rule) => this.#textOf(rule));
    const text = `${JSON.stringify([name, tags, isDefault, attached])}\n${texts.join('\n')}`;
    this.#states.set(state, text);
    return `${control}\n${text}`;
  }

  #textOf(rule: FirewallRule): string {
    const known = this.#written.get(rule);
    if (known !== undefined) return known;
    const { id: _, ...rest } = rule;
    const text = JSON.stringify(rest);
    this.#written.set(rule, text);
    return text;
  }
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
