import { pMapIterable } from 'p-map';
import { messageOf } from './errors.ts';
import { openCases } from './housekeep.ts';
import type { Kind } from './kinds.ts';
import { type Loop, line } from './loop.ts';
import type { Outcome, Resource, Trigger } from './model.ts';
import { resourceKey } from './model.ts';
import type { AccountScope } from './ports.ts';
import { reconcile } from './reconcile.ts';
import { failedLine } from './respond.ts';

export interface SweepProgress {
  /** Resources handled and known so far. */
  done: number;
  total: number;
}

/** How many resources are on their way at once: enough to be read together, few enough for the cloud's limits. */
const width = 100;

/**
 * Re-evaluates every resource of the guarded accounts, and every resource with an open case, and answers line
 * by line. What could not be listed or read is a `failed` line, never "nothing there".
 */
export async function* sweep(
  guarded: readonly AccountScope[],
  loop: Loop,
  onProgress: (progress: SweepProgress) => void = () => {},
): AsyncGenerator<Outcome> {
  const trigger: Trigger = { eventId: `sweep/${loop.newId()}`, at: null, actor: null, name: 'sweep' };
  const found = new Map<string, Resource>();
  for (const scope of guarded) {
    for (const kind of kindsOf(scope, loop)) {
      const listed = await listKind(scope, kind, trigger, loop);
      for (const resource of listed.resources) found.set(resourceKey(resource), resource);
      yield* listed.failures;
    }
  }
  for (const resource of await withOpenCases(guarded, loop)) found.set(resourceKey(resource), resource);

  let done = 0;
  const total = found.size;
  onProgress({ done, total });
  const visits = pMapIterable(found.values(), (one) => visit(one, trigger, loop), { concurrency: width });
  for await (const outcomes of visits) {
    done += 1;
    onProgress({ done, total });
    yield* outcomes;
  }
}

function kindsOf(scope: AccountScope, loop: Loop): Kind[] {
  const provider = loop.provider({ ...scope, region: scope.regions[0] ?? 'global' });
  return provider.kinds.filter((kind) => loop.controls.some((control) => control.kind === kind));
}

async function listKind(scope: AccountScope, kind: Kind, trigger: Trigger, loop: Loop) {
  const { provider, account } = scope;
  const resources: Resource[] = [];
  const failures: Outcome[] = [];
  for (const region of [...scope.regions, 'global']) {
    try {
      for await (const page of loop.provider({ provider, account, region }).list(account, region, kind)) {
        resources.push(...page);
      }
    } catch (error) {
      const why = `the ${kind}s of ${account} in ${region} could not be listed: ${messageOf(error)}`;
      failures.push(line({ trigger, resource: null, outcome: 'failed', why }));
    }
  }
  // What a percentage is a share of. A list with gaps would make the share too small, which is the safe side.
  if (!loop.dryRun) await loop.history.set(`count/${provider}/${account}/${kind}`, resources.length);
  return { resources, failures };
}

async function withOpenCases(guarded: readonly AccountScope[], loop: Loop): Promise<Resource[]> {
  const resources: Resource[] = [];
  for await (const { resource } of openCases(loop)) resources.push(resource);
  return resources.filter((one) =>
    guarded.some((by) => by.provider === one.provider && by.account === one.account),
  );
}

async function visit(resource: Resource, trigger: Trigger, loop: Loop): Promise<Outcome[]> {
  const startedMs = loop.now().getTime();
  try {
    const outcomes = await reconcile(resource, trigger, loop);
    const tookMs = loop.now().getTime() - startedMs;
    return outcomes.map((one) => ({ ...one, tookMs }));
  } catch (error) {
    return [{ ...failedLine(trigger.eventId, error), resource }];
  }
}
