import * as z from 'zod';
import { TerminalError } from '../../errors.ts';
import type { Share, SharingState } from '../../kinds/sharing.ts';
import type { Change } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import type { Adapter } from './adapter.ts';
import { isId, segment } from './id.ts';
import { type Session, shaped } from './session.ts';
import { isSharedObject, listShared, readShared, share } from './shared-objects.ts';
import { tagsOf } from './tags.ts';

/** Glance images (https://docs.openstack.org/api-ref/image/v2/), and what Neutron shares. */
export const sharing: Adapter = {
  kind: 'sharing',

  async read(session, ids) {
    const readings = new Map<string, Reading>();
    for (const id of ids)
      readings.set(id, await (isSharedObject(id) ? readShared(session, id) : readImage(session, id)));
    return readings;
  },

  async apply(session, id, change) {
    if (change.op === 'set' || change.part !== 'shares') {
      throw new TerminalError(`an image has no ${change.part} to ${change.op}`);
    }
    if (isSharedObject(id)) {
      await share(session, id, change);
      return change;
    }
    // States are built by this adapter, so elements are what their part holds.
    const held = change.value as unknown as Share;
    if (held.id === 'all')
      await publish(session, id, change.op === 'add' ? (held.visibility ?? '') : 'private');
    else await admit(session, id, change.op, held.id);
    return change;
  },

  async *list(session) {
    if (await session.has('network')) {
      const ids = await listShared(session);
      if (ids.length > 0) yield ids;
    }
    if (!(await session.has('image'))) return;
    const { account } = await session.place();
    const Page = z.object({ images: z.array(z.object({ id: z.string() })), next: z.string().optional() });
    for (let marker: string | null = null; ; ) {
      const query: [string, string][] = [
        ['owner', account],
        // Without it community images are left out.
        ['visibility', 'all'],
        ['limit', '100'],
        ...(marker === null ? [] : ([['marker', marker]] as [string, string][])),
      ];
      const page: z.infer<typeof Page> = await session.get(
        { service: 'image', path: '/images', query },
        Page,
      );
      const ids = page.images.map((image) => image.id);
      if (ids.length > 0) yield ids;
      const last = ids.at(-1);
      if (page.next === undefined || last === undefined || last === marker) return;
      marker = last;
    }
  },
};

const Image = z.object({
  name: z.string().nullish(),
  owner: z.string().nullish(),
  visibility: z.enum(['public', 'community', 'shared', 'private']),
  tags: z.array(z.string()).default([]),
});
type Image = z.infer<typeof Image>;
const Members = z.object({ members: z.array(z.object({ member_id: z.string() })) });

async function readImage(session: Session, id: string): Promise<Reading> {
  if (!isId(id)) return { status: 'error', error: new TerminalError('Glance gives no such id') };
  const image = await find(session, id);
  if (!image) return { status: 'gone' };
  const state: SharingState = {
    kind: 'sharing',
    name: image.name ?? null,
    tags: tagsOf(image.tags),
    service: 'image',
    owner: image.owner ?? '',
    encrypted: null,
    shares: await sharesOf(session, id, image),
  };
  return { status: 'found', state };
}

async function find(session: Session, id: string): Promise<Image | null> {
  const call = { method: 'GET', service: 'image', path: `/images/${segment(id)}` } as const;
  const answer = await session.call({ ...call, expect: [404] });
  return answer.status === 404 ? null : shaped(call, answer, Image);
}

/** Everybody sees a public image in their list; a community image whoever knows its id. Both can use it. */
async function sharesOf(session: Session, id: string, { visibility }: Image): Promise<Share[]> {
  if (visibility === 'public' || visibility === 'community') return [{ id: 'all', visibility }];
  if (visibility === 'private') return [];
  const { members } = await session.get(
    { service: 'image', path: `/images/${segment(id)}/members` },
    Members,
  );
  return members.map((one) => ({ id: one.member_id })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function publish(session: Session, id: string, visibility: string): Promise<void> {
  const image = await find(session, id);
  if (!image && visibility === 'private') return;
  if (!image) throw new TerminalError(`image ${id} is gone`);
  const isOpen = image.visibility === 'public' || image.visibility === 'community';
  if (image.visibility === visibility || (visibility === 'private' && !isOpen)) return;
  await session.call({
    method: 'PATCH',
    service: 'image',
    path: `/images/${segment(id)}`,
    headers: { 'content-type': 'application/openstack-images-v2.1-json-patch' },
    body: [{ op: 'replace', path: '/visibility', value: visibility }],
  });
}

/** A member that is admitted again has to accept the image again. */
async function admit(
  session: Session,
  id: string,
  op: Exclude<Change['op'], 'set'>,
  member: string,
): Promise<void> {
  const path = `/images/${segment(id)}/members`;
  if (op === 'add') {
    await session.call({ method: 'POST', service: 'image', path, body: { member }, expect: [409] });
    return;
  }
  await session.call({
    method: 'DELETE',
    service: 'image',
    path: `${path}/${segment(member)}`,
    expect: [404],
  });
}
