import * as z from 'zod';
import { TerminalError } from '../../errors.ts';
import type { Holder, Rotator } from '../../rotation/rotator.ts';
import { Secret } from '../../rotation/secret.ts';
import type { Place } from './adapter.ts';
import { failed } from './client.ts';
import { type Key, keysIn, roleIdIn } from './credential.ts';

const Made = z.object({ key: z.string(), secret: z.string() });
const mark = / c[0-9a-v]{9}[0-9a-f]{10}$/;

/** How an API key is replaced by one with the same role. */
export function exoscaleRotator(placeOf: (holder: Holder) => Promise<Place>): Rotator {
  const keyOf = async (holder: Holder, id: string): Promise<Key | undefined> =>
    (await keysIn(await placeOf(holder))).find((one) => one.key === id);

  return {
    keysMax: null,
    canDeactivate: false,
    knowsUse: false,
    afterwards: null,

    async keysOf(holder) {
      const roleId = roleIdIn(holder.owner);
      const keys = await keysIn(await placeOf(holder));
      const ours = keys.filter((one) => roleId !== null && one['role-id'] === roleId);
      return ours.map(({ key }) => ({ id: key, isActive: true, createdAt: null, lastUsedAt: null }));
    },

    async create(holder, caseId) {
      const { client, zone } = await placeOf(holder);
      const old = await keyOf(holder, holder.resource.id);
      if (old?.['role-id'] === undefined)
        throw new TerminalError('the key has no role that a new one could have');
      const name = `${old.name.replace(mark, '').slice(0, 200)} ${caseId}`;
      const body = { name, 'role-id': old['role-id'] };
      const answer = await client.call(zone, { method: 'POST', path: '/api-key', body });
      const made = Made.safeParse(jsonOf(answer.text));
      if (!made.success) throw new TerminalError('Exoscale: a new API key came in an unknown shape');
      const { key, secret } = made.data;
      return { id: key, secret: new Secret({ apiKey: key, apiSecret: secret }) };
    },

    async madeBy(holder, keyId, caseId) {
      const key = await keyOf(holder, keyId);
      return key?.name.endsWith(` ${caseId}`) ? 'us' : 'somebody';
    },

    // Never called: a key works until it is deleted.
    setActive: () => Promise.resolve(),

    async delete(holder, keyId) {
      const { client, zone } = await placeOf(holder);
      const path = `/api-key/${encodeURIComponent(keyId)}`;
      const ended = await client.change(zone, { method: 'DELETE', path });
      if (ended.state !== 'success' && ended.reason !== 'not-found')
        throw failed('deleting an API key', ended);
    },
  };
}

/** The answer holds a secret, so no error may quote it. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
