import * as z from 'zod';
import { TerminalError } from '../../errors.ts';
import type { BucketGrant, BucketState } from '../../kinds/bucket.ts';
import type { Change } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import type { Adapter } from './adapter.ts';
import { aclOf, type ContainerAcl, grantsOf, placeOf, withGrant, without } from './container-acl.ts';
import { segment } from './id.ts';
import type { Session } from './session.ts';

/** Swift containers: https://docs.openstack.org/api-ref/object-store/#containers */
export const bucket: Adapter = {
  kind: 'bucket',

  async read(session, ids) {
    const { account } = await session.place();
    const readings = new Map<string, Reading>();
    const ofAccount = hasLinkKey(await headersOf(session, null), 'account') ? ['account'] : [];
    // One by one: HEAD is all that tells the access lists.
    for (const id of ids) readings.set(id, await readContainer(session, account, id, ofAccount));
    return readings;
  },

  async apply(session, id, change) {
    if (change.op === 'set' || change.part !== 'grants') {
      throw new TerminalError(`a Swift container has no ${change.part} to ${change.op}`);
    }
    await edit(session, id, change);
    return change;
  },

  async *list(session) {
    if (!(await session.has('object-store'))) return;
    const Page = z.array(z.object({ name: z.string().optional(), subdir: z.string().optional() }));
    for (let marker = ''; ; ) {
      const query: [string, string][] = [
        ['format', 'json'],
        ['limit', String(pageSize)],
        ...(marker === '' ? [] : ([['marker', marker]] as [string, string][])),
      ];
      const call = { method: 'GET', service: 'object-store', path: '', query } as const;
      const answer = await session.call(call);
      const parsed = Page.safeParse(answer.status === 204 ? [] : JSON.parse(answer.text));
      if (!parsed.success)
        throw new TerminalError('object-store: the list of containers has an unknown shape');
      const names = parsed.data.flatMap(({ name }) => (name ? [name] : []));
      if (names.length > 0) yield names;
      const last = names.at(-1);
      // A server may answer fewer than were asked for; only an empty page is the end.
      if (last === undefined || last === marker) return;
      marker = last;
    }
  },
};

const pageSize = 1_000;

async function readContainer(
  session: Session,
  account: string,
  name: string,
  ofAccount: readonly string[],
): Promise<Reading> {
  const headers = await headersOf(session, name);
  if (!headers) return { status: 'gone' };
  const state: BucketState = {
    kind: 'bucket',
    name,
    tags: {},
    owner: account,
    // staticweb serves a container that has an index or shows listings as pages.
    website: headers.has('x-container-meta-web-index') || headers.has('x-container-meta-web-listings'),
    origins: [],
    grants: grantsOf(aclIn(headers)),
    statements: [],
    accessPointStatements: [],
    settings: {
      ...noSwitches,
      encryption: null,
      linkKeys: [...(hasLinkKey(headers, 'container') ? ['container'] : []), ...ofAccount],
    },
    accountBlock: noSwitches,
    lacks: ['block', 'encryption'],
  };
  return { status: 'found', state };
}

const noSwitches = {
  blockPublicAcls: null,
  ignorePublicAcls: null,
  blockPublicPolicy: null,
  restrictPublicBuckets: null,
};

/** Swift tells owners the keys themselves; what is looked at is only that there are some. */
function hasLinkKey(headers: Headers | null, of: 'container' | 'account'): boolean {
  return ['temp-url-key', 'temp-url-key-2'].some((key) => Boolean(headers?.get(`x-${of}-meta-${key}`)));
}

/** Of a container, or of the account itself. */
async function headersOf(session: Session, name: string | null): Promise<Headers | null> {
  const path = name === null ? '' : `/${segment(name)}`;
  const call = { method: 'HEAD', service: 'object-store', path } as const;
  const answer = await session.call({ ...call, expect: [404] });
  return answer.status === 404 ? null : answer.headers;
}

function aclIn(headers: Headers): ContainerAcl {
  return aclOf(headers.get('x-container-read'), headers.get('x-container-write'));
}

/** Reads the lists right before writing the one that changes: Swift has no conditional POST. */
async function edit(session: Session, name: string, change: Exclude<Change, { op: 'set' }>): Promise<void> {
  // States are built by this adapter, so elements are what their part holds.
  const grant = change.value as unknown as BucketGrant;
  const headers = await headersOf(session, name);
  if (!headers) {
    if (change.op === 'remove') return;
    throw new TerminalError(`container ${name} is gone`);
  }
  const before = aclIn(headers);
  const after = change.op === 'remove' ? without(before, grant) : withGrant(before, grant, change.index);
  const { list } = placeOf(grant);
  if (after[list].join() === before[list].join()) return;
  const header = `container-${list}`;
  await session.call({
    method: 'POST',
    service: 'object-store',
    path: `/${segment(name)}`,
    headers:
      after[list].length > 0 ? { [`x-${header}`]: after[list].join(',') } : { [`x-remove-${header}`]: 'x' },
  });
}
