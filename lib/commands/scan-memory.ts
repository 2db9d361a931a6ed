import { messageOf } from '../errors.ts';
import { fingerprint } from '../fingerprint.ts';
import type { EndpointState } from '../kinds/endpoint.ts';
import type { Json } from '../model.ts';
import type { ScanLine } from '../scan/line.ts';
import { endpointResource } from '../scan/resource.ts';
import type { ScanPlan } from '../scan/scan.ts';
import { openHistory } from '../wire.ts';
import { warn } from './print.ts';

/** What earlier scans left behind: the lines of the last one, and the addresses of one that was broken off. */
export interface Memory {
  /** Addresses that the broken-off scan of the same plan had finished. */
  finished(): Promise<EndpointState[]>;
  /** Null where this address was never scanned. */
  linesBefore(id: string): Promise<ScanLine[] | null>;
  keep(id: string, state: EndpointState, lines: readonly ScanLine[]): Promise<void>;
  done(): Promise<void>;
  close(): Promise<void>;
}

const nothing: Memory = {
  finished: async () => [],
  linesBefore: async () => null,
  keep: async () => {},
  done: async () => {},
  close: async () => {},
};

/** Where the state folder cannot be written, a scan still answers; it only has nothing to compare with. */
export function openMemory(plan: ScanPlan, { resume }: { resume: boolean }): Memory {
  try {
    return remembering(openHistory(false), plan, resume);
  } catch (error) {
    warn(`this scan is not compared with the last: ${messageOf(error)}`);
    return nothing;
  }
}

function remembering(history: ReturnType<typeof openHistory>, plan: ScanPlan, resume: boolean): Memory {
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
    close: () => history.close(),
  };
}
