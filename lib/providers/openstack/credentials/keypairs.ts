import * as z from 'zod';
import { publicKeyOf } from '../../ssh-public-key.ts';
import type { Call } from '../session.ts';
import { shaped } from '../session.ts';
import { ifAllowed, type Sort } from './sort.ts';

/**
 * SSH keys that new machines are given. One that is replaced here still opens every machine that was made with it, so
 * nothing replaces them. https://docs.openstack.org/api-ref/compute/#keypairs-keypairs
 */

const Page = z.object({
  keypairs: z.array(z.object({ keypair: z.object({ name: z.string(), public_key: z.string() }) })),
});

export const keypairs: Sort = {
  name: 'keypair',

  async list(session) {
    if (!(await session.has('compute'))) return [];
    const call: Call = { method: 'GET', service: 'compute', path: '/os-keypairs' };
    const found = await ifAllowed(session, call, (text) =>
      shaped(call, { status: 200, headers: new Headers(), text }, Page),
    );
    if (found === null) return null;
    return found.keypairs.map(({ keypair: { name, public_key } }) => ({
      own: name,
      createdAt: null,
      publicKey: publicKeyOf(public_key),
    }));
  },
};
