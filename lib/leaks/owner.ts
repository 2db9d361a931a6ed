import { messageOf } from '../errors.ts';
import { type Hint, type ProviderName, type Resource, resourceKey } from '../model.ts';
import type { AccountScope, Provider } from '../ports.ts';
import { bareFingerprint, fingerprintOf } from './private-key.ts';
import type { Leaked } from './recognise.ts';

/** To whom a leaked credential belongs, as far as the guarded accounts say. */
export interface Owned {
  resource: Resource;
  /** `user deploy`, `key pair ops`, `the root user`. */
  owner: string;
  /** Whether it still works. */
  status: string;
}

export interface OwnerParts {
  guarded: readonly AccountScope[];
  provider(of: { provider: ProviderName; account: string; region: string }): Provider;
  /** What could not be asked. */
  warn(text: string): void;
}

/** Asks the accounts; nothing where no credential of theirs is known by that id. */
export function ownersOf(parts: OwnerParts): (leaked: Leaked) => Promise<Owned[]> {
  let pairs: Promise<Map<string, Owned>> | null = null;
  return async (leaked) => {
    if (leaked.what !== 'private-key') return ownersOfKey(leaked, parts);
    pairs ??= keyPairs(parts);
    const known = await pairs;
    const found = leaked.key.fingerprints.flatMap((one) => known.get(bareFingerprint(one)) ?? []);
    return [...new Map(found.map((one) => [resourceKey(one.resource), one])).values()];
  };
}

/** Where a key may be looked for: in the account that its id names, in all of them where it names none. */
export function hintsOf(leaked: Leaked, guarded: readonly AccountScope[]): Hint[] {
  if (leaked.what === 'private-key') return [];
  const provider: ProviderName = leaked.what === 'exoscale-key' ? 'exoscale' : 'aws';
  const kind = leaked.what === 'aws-session-key' ? 'session-key' : 'credential';
  const ours = guarded.filter((one) => one.provider === provider).map((one) => one.account);
  const accounts = leaked.account === null ? [...new Set(ours)] : [leaked.account];
  return accounts.map((account) => ({ provider, account, region: 'global', kind, id: leaked.id }));
}

async function ownersOfKey(leaked: Leaked, parts: OwnerParts): Promise<Owned[]> {
  const found: Owned[] = [];
  for (const hint of hintsOf(leaked, parts.guarded)) {
    const isOurs = parts.guarded.some(
      (one) => one.provider === hint.provider && one.account === hint.account,
    );
    if (!isOurs) continue;
    try {
      const provider = parts.provider(hint);
      const resources = await provider.resolve(hint);
      const readings = await provider.read(resources);
      for (const [at, reading] of readings.entries()) {
        if (reading.status === 'error') throw reading.error;
        const state =
          reading.status === 'found' && reading.state.kind === 'credential' ? reading.state : null;
        const resource = resources[at];
        if (state === null || resource === undefined) continue;
        const form = resource.id.includes(':role/') ? 'role' : 'user';
        const owner = state.name === null ? 'the root user' : `${form} ${state.name}`;
        found.push({ resource, owner, status: state.settings.status });
      }
    } catch (error) {
      parts.warn(`${hint.id} in account ${hint.account}: ${messageOf(error)}`);
    }
  }
  return found;
}

/** All key pairs of the guarded accounts, by their fingerprints. */
async function keyPairs(parts: OwnerParts): Promise<Map<string, Owned>> {
  const known = new Map<string, Owned>();
  const places = parts.guarded.flatMap(({ provider, account, regions }) =>
    regions.map((region) => ({ provider, account, region })),
  );
  for (const place of places) {
    const provider = parts.provider(place);
    if (!provider.kinds.includes('key-pair')) continue;
    try {
      for await (const page of provider.list(place.account, place.region, 'key-pair')) {
        const readings = await provider.read(page);
        for (const [at, reading] of readings.entries()) {
          const state =
            reading.status === 'found' && reading.state.kind === 'key-pair' ? reading.state : null;
          const resource = page[at];
          if (state === null || resource === undefined) continue;
          const carried = state.carriedBy.length > 0 ? `, carried by ${state.carriedBy.join(', ')}` : '';
          const owner = `key pair ${state.name}${carried}`;
          const publicKey = state.keys.find((one) => one.id === state.name)?.publicKey ?? '';
          for (const one of [state.fingerprint, fingerprintOf(publicKey)])
            if (one) known.set(bareFingerprint(one), { resource, owner, status: 'Active' });
        }
      }
    } catch (error) {
      parts.warn(`key pairs of ${place.account} in ${place.region}: ${messageOf(error)}`);
    }
  }
  return known;
}
