import { fingerprint } from '../fingerprint.ts';
import type { EndpointState } from '../kinds/endpoint.ts';
import type { Json } from '../model.ts';
import type { History } from '../ports.ts';
import type { Host } from './hosts.ts';
import type { ScanLine } from './line.ts';
import { endpointResource } from './resource.ts';
import type { PortMemory, ScanPlan } from './scan.ts';

/** What earlier scans left behind: the lines of the last one, and what one that was broken off had done. */
export interface Memory {
  /** What the broken-off round that is gone on with had seen of this address; null where it had not come to it. */
  finished(host: Host): Promise<EndpointState | null>;
  /** Null where this address was never scanned. */
  linesBefore(id: string): Promise<ScanLine[] | null>;
  keep(state: EndpointState, lines: readonly ScanLine[]): Promise<void>;
  ports: PortMemory;
  done(at: Date): Promise<void>;
}

/** One scan from its first address to its last, however often it is broken off. Times in ISO 8601. */
export interface Round {
  id: string;
  startedAt: string;
  doneAt: string | null;
}

/** Scans of the same addresses and ports are rounds of one name. */
export const nameOfPlan = ({ hosts, ports }: ScanPlan) =>
  fingerprint([hosts.map((host) => endpointResource(host).id), [...ports]]);

export async function lastRound(history: History, name: string): Promise<Round | null> {
  // Only what `beginRound` and `done` wrote stands under this name.
  return (await history.setting(`scan/round/${name}`)) as unknown as Round | null;
}

/** Goes on with the round that was broken off where `resume` says so, and begins another where there is none. */
export async function memoryIn(
  history: History,
  name: string,
  { resume, newId, now }: { resume: boolean; newId(): string; now: Date },
): Promise<Memory> {
  const last = resume ? await lastRound(history, name) : null;
  const round: Round =
    last !== null && last.doneAt === null
      ? last
      : { id: newId(), startedAt: now.toISOString(), doneAt: null };
  const isResumed = round === last;
  if (!isResumed) await history.set(`scan/round/${name}`, { ...round });

  /** What this round left under a name; null is also what another round left. */
  const ofThisRound = async <Kept>(setting: string): Promise<Kept | null> => {
    if (!isResumed) return null;
    // Only what is written below stands under these names.
    const kept = (await history.setting(setting)) as unknown as ({ round: string } & Kept) | null;
    return kept?.round === round.id ? kept : null;
  };
  return {
    async finished(host) {
      const kept = await ofThisRound<{ state: EndpointState }>(`scan/seen/${endpointResource(host).id}`);
      return kept?.state ?? null;
    },
    async linesBefore(id) {
      // Only what `keep` wrote stands under this name.
      return (await history.setting(`scan/last/${id}`)) as unknown as ScanLine[] | null;
    },
    async keep(state, lines) {
      const { id } = endpointResource(state);
      // The store takes any JSON; a state and a line are JSON of named fields.
      await history.set(`scan/last/${id}`, lines as unknown as Json);
      await history.set(`scan/seen/${id}`, { round: round.id, state: state as unknown as Json });
    },
    ports: {
      async before(host) {
        const kept = await ofThisRound<{ tried: number; open: number[] }>(
          `scan/ports/${endpointResource(host).id}`,
        );
        return kept ?? { tried: 0, open: [] };
      },
      keep: (host, { tried, open }) =>
        history.set(`scan/ports/${endpointResource(host).id}`, { round: round.id, tried, open: [...open] }),
    },
    done: (at) => history.set(`scan/round/${name}`, { ...round, doneAt: at.toISOString() }),
  };
}
