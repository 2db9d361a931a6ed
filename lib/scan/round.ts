import type { EndpointState } from '../kinds/endpoint.ts';
import type { Host } from './hosts.ts';
import type { ScanLine } from './line.ts';
import type { Memory } from './memory.ts';
import { endpointResource } from './resource.ts';
import { type ScanPlan, type ScanProgress, scan } from './scan.ts';

export interface Seen {
  state: EndpointState;
  lines: ScanLine[];
  /** Of the scan before; null where this address was never scanned. */
  before: ScanLine[] | null;
  /** By the broken-off round that is gone on with, and not now. */
  isEarlier: boolean;
}

/** Every address of the plan once; what a broken-off round had finished is told again and not asked again. */
export async function* scanRound(
  plan: ScanPlan,
  memory: Memory,
  linesIn: (state: EndpointState) => ScanLine[],
  { onProgress = () => {}, now }: { onProgress?: (progress: ScanProgress) => void; now(): Date },
): AsyncGenerator<Seen> {
  const waiting: Host[] = [];
  for (const host of plan.hosts) {
    const state = await memory.finished(host);
    if (state === null) waiting.push(host);
    else {
      const lines = linesIn(state);
      yield { state, lines, before: lines, isEarlier: true };
    }
  }
  for await (const state of scan({ ...plan, portMemory: memory.ports }, onProgress, waiting)) {
    const lines = linesIn(state);
    const before = await memory.linesBefore(endpointResource(state).id);
    yield { state, lines, before, isEarlier: false };
    // Whoever is stopped while at it is given this address again.
    await memory.keep(state, lines);
  }
  await memory.done(now());
}
