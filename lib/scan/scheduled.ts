import type { EndpointState } from '../kinds/endpoint.ts';
import type { Loop } from '../loop.ts';
import type { Outcome } from '../model.ts';
import type { EndpointProvider } from '../providers/host/endpoints.ts';
import { reconcile } from '../reconcile.ts';
import type { ScanLine } from './line.ts';
import { lastRound, memoryIn } from './memory.ts';
import { endpointResource } from './resource.ts';
import { scanRound } from './round.ts';
import type { ScanPlan } from './scan.ts';

/** The scan that the clock starts: every so many hours, over as many starts as it takes. */

export const scheduledName = 'scheduled';

export interface ScheduledScan {
  loop: Loop;
  endpoints: EndpointProvider;
  planOf(): Promise<ScanPlan>;
  linesIn(state: EndpointState): ScanLine[];
  everyHours: number;
}

/** The last round was broken off, or began long enough ago. */
export async function isScanDue({ loop, everyHours }: ScheduledScan): Promise<boolean> {
  if (everyHours === 0) return false;
  const last = await lastRound(loop.history, scheduledName);
  if (last === null || last.doneAt === null) return true;
  return loop.now().getTime() - Date.parse(last.startedAt) >= everyHours * 3_600_000;
}

/** One outcome per address and control. Whoever stops asking breaks the round off: the next call goes on with it. */
export async function* scheduledScan(service: ScheduledScan): AsyncGenerator<Outcome> {
  const { loop, endpoints, linesIn } = service;
  const plan = await service.planOf();
  if (plan.hosts.length === 0) return;
  const { history, newId, now } = loop;
  const memory = await memoryIn(history, scheduledName, { resume: true, newId, now: now() });
  for await (const { state, isEarlier } of scanRound(plan, memory, linesIn, { now })) {
    if (!isEarlier) yield* await reconcileSeen(state, endpoints, loop);
  }
}

/** Through the loop, as any other resource: cases are opened, people told or asked, and told once. */
export async function reconcileSeen(
  state: EndpointState,
  endpoints: EndpointProvider,
  loop: Loop,
): Promise<Outcome[]> {
  endpoints.remember(state);
  const trigger = { eventId: `scan/${loop.newId()}`, at: null, actor: null, name: 'scan' };
  return reconcile(endpointResource(state), trigger, loop);
}
