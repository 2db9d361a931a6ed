import { type Loop, underKey } from './loop.ts';
import type { Actor, Resource } from './model.ts';
import { resourceKey } from './model.ts';
import type { AccountScope } from './ports.ts';

/**
 * Which watchers of an account were seen at work. A deleted one is in no list of the cloud any more, and its event may
 * have been lost: a sweep looks at each of these again.
 */

/** More than any account has, and few enough for one setting of the history. */
const most = 2_000;

const nameOf = ({ provider, account }: Pick<AccountScope, 'provider' | 'account'>) =>
  `watchers/${provider}/${account}`;

export async function knownWatchers(
  scope: Pick<AccountScope, 'provider' | 'account'>,
  loop: Loop,
): Promise<Resource[]> {
  const stored = await loop.history.setting(nameOf(scope));
  const places = Array.isArray(stored) ? stored.map(String) : [];
  return places.flatMap((place) => {
    const at = place.indexOf('/');
    const { provider, account } = scope;
    const [region, id] = [place.slice(0, at), place.slice(at + 1)];
    return at > 0 && id !== '' ? [{ provider, account, region, kind: 'trail' as const, id }] : [];
  });
}

export async function rememberWatcher(resource: Resource, loop: Loop): Promise<void> {
  const known = await knownWatchers(resource, loop);
  if (known.some((one) => resourceKey(one) === resourceKey(resource))) return;
  await rewrite(resource, loop, (others) => (others.length < most ? [...others, resource] : others));
}

export async function forgetWatcher(resource: Resource, loop: Loop): Promise<void> {
  const known = await knownWatchers(resource, loop);
  if (known.some((one) => resourceKey(one) === resourceKey(resource)))
    await rewrite(resource, loop, (others) => others);
}

/** Alone: two who add at once would lose one of the two. */
async function rewrite(
  resource: Resource,
  loop: Loop,
  to: (others: Resource[]) => Resource[],
): Promise<void> {
  const name = nameOf(resource);
  await underKey(name, loop, async () => {
    const known = await knownWatchers(resource, loop);
    const others = known.filter((one) => resourceKey(one) !== resourceKey(resource));
    await loop.history.set(
      name,
      to(others).map(({ region, id }) => `${region}/${id}`),
    );
  });
}

/** CloudFormation itself. Whoever only writes its name into a user agent has an address of his own. */
export function isDeployment(actor: Actor | null): boolean {
  return actor?.via === 'cloudformation' && actor.sourceIp === null;
}
