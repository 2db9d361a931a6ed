import pLimit from 'p-limit';
import { messageOf } from '../errors.ts';
import type { Kind } from '../kinds.ts';
import { type Loop, line } from '../loop.ts';
import type { Outcome, Resource, Trigger } from '../model.ts';
import { resourceKey } from '../model.ts';
import type { AccountScope } from '../ports.ts';

/** All resources of one kind in one account, in all of its regions. */
export interface Stretch {
  scope: AccountScope;
  kind: Kind;
}

/** A stretch as the cloud lists it: sorted, so that a place in it can be found again. */
export interface Listed {
  stretch: Stretch;
  resources: Resource[];
  /** Regions that could not be listed. */
  failures: Outcome[];
}

/** How many regions are listed at once. */
const regionsAtOnce = 8;

export const stretchKey = ({ scope: { provider, account }, kind }: Stretch) =>
  `${provider}/${account}/${kind}`;

/** What a sweep goes through, in an order that is the same the next time. */
export function stretchesOf(guarded: readonly AccountScope[], loop: Loop): Stretch[] {
  return guarded.flatMap((scope) => {
    const provider = loop.provider({ ...scope, region: scope.regions[0] ?? 'global' });
    return provider.kinds
      .filter((kind) => loop.controls.some((control) => control.kind === kind))
      .map((kind) => ({ scope, kind }));
  });
}

/** A region that cannot be listed is a `failed` line, never "nothing there", and hides no other. */
export async function listStretch(stretch: Stretch, trigger: Trigger, loop: Loop): Promise<Listed> {
  const { provider, account, regions } = stretch.scope;
  const found = new Map<string, Resource>();
  const failures: Outcome[] = [];
  const limit = pLimit(regionsAtOnce);
  const list = async (region: string) => {
    try {
      const pages = loop.provider({ provider, account, region }).list(account, region, stretch.kind);
      for await (const page of pages) for (const one of page) found.set(resourceKey(one), one);
    } catch (error) {
      const why = `the ${stretch.kind}s of ${account} in ${region} could not be listed: ${messageOf(error)}`;
      failures.push(line({ trigger, resource: null, outcome: 'failed', why }));
    }
  };
  await Promise.all([...new Set([...regions, 'global'])].map((region) => limit(list, region)));
  // What a percentage is a share of. A list with gaps would make the share too small, which is the safe side.
  if (!loop.dryRun) await loop.history.set(`count/${stretchKey(stretch)}`, found.size);
  const resources = [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  return { stretch, resources, failures };
}
