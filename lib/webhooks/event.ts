import { hintsOf } from '../leaks/owner.ts';
import type { Leaked } from '../leaks/recognise.ts';
import type { Json } from '../model.ts';
import type { AccountScope } from '../ports.ts';

/** A webhook reduced to an event of our own: ids and fingerprints, and nothing of what was sent. */
export function leakEvent(
  about: { eventId: string; name: string; by: string; at: string | null; leaked: readonly Leaked[] },
  guarded: readonly AccountScope[],
): Json {
  const { eventId, name, by, at, leaked } = about;
  const resources = leaked.flatMap((one) => [...hintsOf(one, guarded), ...pairsOf(one, guarded)]);
  const unique = new Map(resources.map((one) => [JSON.stringify(one), one]));
  const named = [...unique.values()].map(({ provider, account, region, kind, id }) => ({
    provider,
    account,
    region,
    kind,
    id,
  }));
  return { eventId, name, at, resources: named, leak: { by, sure: true } };
}

/** A private key may be that of a key pair in any place. */
function pairsOf(leaked: Leaked, guarded: readonly AccountScope[]) {
  if (leaked.what !== 'private-key' || leaked.key.fingerprints.length === 0) return [];
  const id = leaked.key.fingerprints.join(',');
  return guarded
    .filter((one) => one.provider === 'aws')
    .flatMap(({ provider, account, regions }) =>
      regions.map((region) => ({ provider, account, region, kind: 'key-fingerprint', id })),
    );
}
