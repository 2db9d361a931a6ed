import * as z from 'zod';
import { TerminalError } from '../../errors.ts';
import type { KeyPairState, OfferedKey } from '../../kinds/key-pair.ts';
import { bareFingerprint, fingerprintOf } from '../../leaks/private-key.ts';
import type { Reading } from '../../ports.ts';
import type { Adapter } from './adapter.ts';
import { ifAllowed } from './credentials/sort.ts';
import { type Call, type Session, shaped } from './session.ts';

/**
 * Keypairs of Nova; the id is the name. They belong to the user that we are signed in as.
 * https://docs.openstack.org/api-ref/compute/#keypairs-keypairs
 */

const Keypair = z.object({ name: z.string(), fingerprint: z.string(), public_key: z.string() });
type Keypair = z.infer<typeof Keypair>;
const Keypairs = z.object({ keypairs: z.array(z.object({ keypair: Keypair })) });

const Server = z.object({ id: z.string(), user_id: z.string(), key_name: z.string().nullish() });
const Servers = z.object({ servers: z.array(Server) });
const pagesMax = 1_000;

export const keyPair: Adapter = {
  kind: 'key-pair',

  async read(session, names) {
    const all = await keypairsOf(session);
    if (all === null) throw new TerminalError('OpenStack does not let us look at keypairs');
    const held = new Map(all.map((one) => [one.name, one]));
    // Servers are many, and whoever asks about keypairs that are gone needs none of them.
    const isAnyHeld = names.some((name) => held.has(name));
    const carriers = isAnyHeld ? await carriersOf(session) : new Map<string, string[]>();
    return new Map(
      names.map((name): [string, Reading] => [
        name,
        { status: 'found', state: stateOf(name, held.get(name), carriers.get(name) ?? []) },
      ]),
    );
  },

  async apply(session, name, change) {
    if (change.op === 'set') throw new TerminalError(`${name} has no setting ${change.id}`);
    // States are built by this adapter or a control, so elements are what their part holds.
    const key = change.value as unknown as OfferedKey;
    if (change.op === 'remove') await remove(session, key.id);
    else await bringBack(session, key);
    return change;
  },

  async *list(session) {
    const all = await keypairsOf(session);
    if (all !== null && all.length > 0) yield all.map((one) => one.name);
  },

  hints: {
    'key-fingerprint': async (session, id) => {
      const wanted = new Set(id.split(',').map(bareFingerprint));
      const isOf = (one: string | null) => one !== null && wanted.has(bareFingerprint(one));
      const all = (await keypairsOf(session)) ?? [];
      return all
        .filter((one) => isOf(one.fingerprint) || isOf(fingerprintOf(one.public_key)))
        .map((one) => one.name);
    },
  },
};

/** Null where the cloud does not let us look; empty where it has no Nova. */
async function keypairsOf(session: Session): Promise<Keypair[] | null> {
  if (!(await session.has('compute'))) return [];
  const call: Call = { method: 'GET', service: 'compute', path: '/os-keypairs' };
  return ifAllowed(session, call, (text) =>
    shaped(call, { status: 200, headers: new Headers(), text }, Keypairs).keypairs.map(
      ({ keypair }) => keypair,
    ),
  );
}

/** One that does not exist is one that no server starts with, and may be brought back. */
function stateOf(name: string, held: Keypair | undefined, carriedBy: string[]): KeyPairState {
  const keys = held === undefined ? [] : [offered(held)];
  const fingerprint = held?.fingerprint ?? null;
  return {
    kind: 'key-pair',
    name,
    tags: {},
    fingerprint,
    carriedBy,
    namedBy: [],
    keys,
    isReplaceable: false,
  };
}

function offered({ name, public_key }: Keypair): OfferedKey {
  const type = public_key.startsWith('ssh-ed25519') ? 'ed25519' : 'rsa';
  return { id: name, type, publicKey: public_key, tags: {} };
}

/** Servers that were made with each keypair of this user: names are told apart by user. */
async function carriersOf(session: Session): Promise<Map<string, string[]>> {
  const { userId } = await session.place();
  const carriers = new Map<string, string[]>();
  let marker: string | null = null;
  for (let page = 0; page < pagesMax; page += 1) {
    const query: [string, string][] = marker === null ? [] : [['marker', marker]];
    const { servers }: z.infer<typeof Servers> = await session.get(
      { service: 'compute', path: '/servers/detail', query },
      Servers,
    );
    for (const { id, user_id, key_name } of servers)
      if (key_name && user_id === userId) carriers.set(key_name, [...(carriers.get(key_name) ?? []), id]);
    const last = servers.at(-1)?.id;
    if (last === undefined || last === marker) return carriers;
    marker = last;
  }
  throw new TerminalError('the list of servers does not end');
}

async function remove(session: Session, name: string): Promise<void> {
  const path = `/os-keypairs/${encodeURIComponent(name)}`;
  await session.call({ method: 'DELETE', service: 'compute', path, expect: [404] });
}

async function bringBack(session: Session, { id, publicKey }: OfferedKey): Promise<void> {
  if (publicKey === null)
    throw new TerminalError('OpenStack has no place for the private half of a new pair');
  const body = { keypair: { name: id, public_key: publicKey } };
  const call: Call = { method: 'POST', service: 'compute', path: '/os-keypairs', body, expect: [409] };
  const { status } = await session.call(call);
  if (status !== 409) return;
  const held = (await keypairsOf(session))?.find((one) => one.name === id);
  if (held !== undefined && fingerprintOf(held.public_key) !== fingerprintOf(publicKey))
    throw new TerminalError(`somebody has made another keypair ${id} meanwhile`);
}
