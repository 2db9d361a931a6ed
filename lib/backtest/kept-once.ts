import { resourceKey } from '../model.ts';
import type { Deed } from './deed.ts';

/** Millions of deeds are of few actors and resources: each is kept once. */
export class KeptOnce {
  readonly #actors = new Map<string, Deed['actor']>();
  readonly #resources = new Map<string, Deed['resource']>();

  of(deed: Deed): Deed {
    const { actor, resource } = deed;
    return {
      ...deed,
      actor: actor && once(this.#actors, JSON.stringify(Object.values(actor)), actor),
      resource: once(this.#resources, resourceKey(resource), resource),
    };
  }
}

function once<Value>(known: Map<string, Value>, key: string, value: Value): Value {
  const kept = known.get(key);
  if (kept !== undefined) return kept;
  known.set(key, value);
  return value;
}
