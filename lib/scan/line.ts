import type { Control, Settings } from '../controls/control.ts';
import { fingerprint } from '../fingerprint.ts';
import type { EndpointState } from '../kinds/endpoint.ts';
import { partOf } from '../kinds.ts';
import type { Exposure, Severity } from '../model.ts';
import { worst } from '../model.ts';

/** What `snapshut scan` prints per port and control. */
export interface ScanLine {
  target: string;
  port: number;
  service: string;
  control: string;
  severity: Severity;
  why: string;
}

/** What these controls say of an endpoint, by port. */
export function linesOf(
  state: EndpointState,
  controls: readonly Control[],
  settingsOf: (control: Control) => Settings,
): ScanLine[] {
  const lines = controls.flatMap((control) => {
    const exposures = control.check(state, settingsOf(control))?.exposures ?? [];
    const byPort = Map.groupBy(exposures, (exposure) => portOf(exposure, state));
    return [...byPort].map(([port, list]) => lineOf(control.name, port, list, state));
  });
  return lines.sort((a, b) => a.port - b.port || a.control.localeCompare(b.control));
}

function lineOf(
  control: string,
  port: number,
  exposures: readonly Exposure[],
  state: EndpointState,
): ScanLine {
  return {
    target: state.name ?? state.address,
    port,
    service: state.ports.find((one) => one.port === port)?.service ?? 'unknown',
    control,
    severity: worst(exposures.map((one) => one.severity)),
    why: exposures.map((one) => one.what).join('; '),
  };
}

/** A rule has no port of its own: its exposure says at its start which port it is about. */
function portOf({ part, id, what }: Exposure, state: EndpointState): number {
  const held = partOf(state, part);
  const element = Array.isArray(held) ? held.find((one) => one.id === id) : undefined;
  if (typeof element?.port === 'number') return element.port;
  return Number(/^tcp\/(\d+)/.exec(what)?.[1] ?? 0);
}

/** Equal for what a person would call the same finding of two scans. */
export function lineKey({ target, port, control, why }: ScanLine): string {
  return fingerprint({ target, port, control, why });
}
