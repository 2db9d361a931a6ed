import { expect } from 'vitest';
import type { Control, Settings } from '../../../lib/controls/control.ts';
import { controls } from '../../../lib/controls/registry.ts';
import { invert, type State } from '../../../lib/kinds.ts';
import type { Change, Exposure, Resource } from '../../../lib/model.ts';
import type { Provider } from '../../../lib/ports.ts';

/** A control on a real resource: found, shut, proved by a fresh read, and put back exactly. */

export function controlOf(name: string, kind: string): Control {
  const found = controls.find((one) => one.name === name && one.kind === kind);
  if (!found) throw new Error(`no control ${name} of a ${kind}`);
  return found;
}

export function settingsFor(control: Control, over: Partial<Settings> = {}): Settings {
  return {
    now: new Date('2026-11-24T12:00:00Z'),
    trusted: [],
    trustedAccounts: [],
    trustedOrganizations: [],
    options: control.options.parse({}),
    ...over,
  };
}

export async function stateOf(provider: Provider, resource: Resource): Promise<State> {
  const [reading] = await provider.read([resource]);
  if (reading?.status === 'error') throw reading.error;
  if (reading?.status !== 'found') throw new Error(`${resource.id} is ${reading?.status}`);
  return reading.state;
}

export interface Round {
  exposures: Exposure[];
  changes: Change[];
  before: State;
  shut: State;
  undone: State;
}

/** `look`: what the tests' own client sees, judged before, after the fix and after the undo. */
export async function shutAndUndo(
  provider: Provider,
  resource: Resource,
  control: Control,
  options: { settings?: Partial<Settings>; whenShut?: () => Promise<void> } = {},
): Promise<Round> {
  const settings = settingsFor(control, options.settings);
  const before = await stateOf(provider, resource);
  const exposures = control.check(before, settings)?.exposures ?? [];
  const fixable = exposures.filter((one) => !one.tell);
  const changes: Change[] = [];
  for (const change of control.fix(before, fixable, settings))
    changes.push(await provider.apply(resource, change));
  // A second delivery does it all again.
  for (const change of changes) await provider.apply(resource, change);

  const shut = await stateOf(provider, resource);
  expect(control.check(shut, settings)?.exposures.filter((one) => !one.tell) ?? []).toEqual([]);
  await options.whenShut?.();

  for (const change of control.undo?.(changes) ?? invert(changes)) await provider.apply(resource, change);
  const undone = await stateOf(provider, resource);
  expect(undone).toEqual(before);
  return { exposures, changes, before, shut, undone };
}
