import { fingerprint } from '../fingerprint.ts';
import type { EndpointState } from '../kinds/endpoint.ts';
import type { Json } from '../model.ts';
import type { History } from '../ports.ts';
import type { ScanLine } from '../scan/line.ts';
import { endpointResource } from '../scan/resource.ts';
import type { ScanPlan } from '../scan/scan.ts';

/** What earlier scans left behind: the lines of the last one, and the addresses of one that was broken off. */
export interface Memory {
  /** Addresses that the broken-off scan of the same plan had finished. */
  finished(): Promise<EndpointState[]>;
  /** Null where this address was never scanned. */
  linesBefore(id: string): Promise<ScanLine[] | null>;
  keep(id: string, state: EndpointState, lines: readonly ScanLine[]): Promise<void>;
  done(): Promise<void>;
}

export function memoryIn(history: History, plan: ScanPlan, { resume }: { resume: boolean }): Memory {
  const progress = `scan/progress/${fingerprint([plan.hosts.map((host) => endpointResource(host).id), plan.ports])}`;
  const states: EndpointState[] = [];
  return {
    async finished() {
      if (!resume) return [];
      // Only what `keep` below wrote stands under this name.
      return ((await history.setting(progress)) ?? []) as unknown as EndpointState[];
    },
    async linesBefore(id) {
      return (await history.setting(`scan/last/${id}`)) as unknown as ScanLine[] | null;
    },
    async keep(id, state, lines) {
      states.push(state);
      await history.set(progress, states as unknown as Json);
      await history.set(`scan/last/${id}`, lines as unknown as Json);
    },
    done: () => history.set(progress, null),
  };
}
