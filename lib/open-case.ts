import type { State } from './kinds.ts';
import type { Finding } from './model.ts';
import type { Turn } from './turn.ts';

/** The first entry of a case: what is wrong, since when, by whom. Nothing where the case is open already. */
export async function openCase(turn: Turn, state: State, finding: Finding): Promise<void> {
  if (turn.case !== null || turn.loop.dryRun) return;
  const { resource, trigger, control } = turn;
  const { severity, why, exposures } = finding;
  const opened = { resource, resourceName: state.name, control: control.name, severity, why, exposures };
  const { actor, name: eventName, at: since, findings } = trigger;
  const origin = { actor, eventName, since, ...(findings && { findings }) };
  await turn.add({ type: 'opened', ...opened, ...origin });
}
