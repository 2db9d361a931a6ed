import { TerminalError } from '../../errors.ts';
import type { CredentialState } from '../../kinds/credential.ts';
import type { Reading } from '../../ports.ts';
import type { Adapter } from './adapter.ts';
import { applicationCredentials } from './credentials/application-credentials.ts';
import { ec2Credentials } from './credentials/ec2.ts';
import { keypairs } from './credentials/keypairs.ts';
import type { Held, Sort } from './credentials/sort.ts';

/**
 * The credentials of the user that we are signed in as; the id is `SORT/ID`. OpenStack shows nobody those of others, and
 * switches none off: one works until it is deleted.
 */
export const sorts: readonly Sort[] = [applicationCredentials, ec2Credentials, keypairs];

export const credential: Adapter = {
  kind: 'credential',

  async read(session, ids) {
    const { userName } = await session.place();
    const readings = new Map<string, Reading>();
    for (const [name, some] of Map.groupBy(ids, (id) => partsOf(id).sort)) {
      const held = (await sortOf(name)?.list(session)) ?? null;
      for (const id of some) readings.set(id, reading(id, held, userName));
    }
    return readings;
  },

  apply: () => Promise.reject(new TerminalError('OpenStack cannot switch a credential off')),

  async *list(session) {
    for (const { name, list } of sorts) {
      const held = await list(session);
      if (held !== null) yield held.map(({ own }) => `${name}/${own}`);
    }
  },
};

/** Names of keypairs hold anything, so only the first slash divides. */
export function partsOf(id: string): { sort: string; own: string } {
  const at = id.indexOf('/');
  return { sort: id.slice(0, Math.max(0, at)), own: id.slice(at + 1) };
}

export const sortOf = (name: string): Sort | undefined => sorts.find((one) => one.name === name);

function reading(id: string, all: readonly Held[] | null, owner: string): Reading {
  if (all === null)
    return {
      status: 'error',
      error: new TerminalError(`OpenStack does not let us look at ${id.slice(0, 100)}`),
    };
  const { sort, own } = partsOf(id);
  const held = all.find((one) => one.own === own);
  if (!held) return { status: 'gone' };
  const state: CredentialState = {
    kind: 'credential',
    name: owner,
    tags: {},
    service: sort,
    createdAt: held.createdAt,
    lastUsedAt: null,
    otherActiveKeys: all.length - 1,
    isQuarantined: false,
    lacks: ['deactivation'],
    ...(held.publicKey === undefined ? {} : { publicKey: held.publicKey }),
    ...(held.reach === undefined ? {} : { reach: held.reach }),
    settings: { status: 'Active' },
  };
  return { status: 'found', state };
}
