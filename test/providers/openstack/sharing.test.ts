import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publicSharing } from '../../../lib/controls/public-sharing.ts';
import type { SharingState } from '../../../lib/kinds/sharing.ts';
import { invert, stateFingerprint } from '../../../lib/kinds.ts';
import type { Change, Resource } from '../../../lib/model.ts';
import { OpenStackProvider } from '../../../lib/providers/openstack/openstack.ts';
import type { Session } from '../../../lib/providers/openstack/session.ts';
import { type OpenStack, startOpenStack } from '../../engines/openstack.ts';
import { sessionOn } from './session-on.ts';

describe('images of the real Glance', () => {
  let cloud: OpenStack | string;
  let session: Session;
  let stranger: Session;
  let provider: OpenStackProvider;
  beforeAll(async () => {
    cloud = await startOpenStack(['glance', 'neutron']);
    if (typeof cloud === 'string') return;
    session = await sessionOn(cloud.env('demo'));
    stranger = await sessionOn(cloud.env('other'));
    provider = new OpenStackProvider([session]);
  }, 600_000);
  afterAll(async () => {
    if (typeof cloud === 'object') await cloud.stop();
  });
  beforeEach(({ skip }) => {
    if (typeof cloud === 'string') skip(cloud);
  });

  async function image(visibility: string): Promise<Resource> {
    const { account, region } = await session.place();
    const body = { name: visibility, visibility, container_format: 'bare', disk_format: 'raw' };
    const made = await session.call({ method: 'POST', service: 'image', path: '/images', body });
    return { provider: 'openstack', account, region, kind: 'sharing', id: JSON.parse(made.text).id };
  }

  const stateOf = async (resource: Resource): Promise<SharingState> => {
    const [reading] = await provider.read([resource]);
    if (reading?.status === 'error') throw reading.error;
    if (reading?.status !== 'found') throw new Error('the image is gone');
    return reading.state as SharingState;
  };
  const strangerSees = async ({ id }: Resource) =>
    (await stranger.call({ method: 'GET', service: 'image', path: `/images/${id}`, expect: [404] })).status;
  const settings = {
    now: new Date(),
    trusted: [],
    trustedAccounts: [],
    trustedOrganizations: [],
    options: {},
  };
  const fix = async (resource: Resource, state: SharingState) => {
    const finding = publicSharing.check(state, settings);
    const applied: Change[] = [];
    for (const change of publicSharing.fix(state, finding?.exposures ?? [], settings)) {
      applied.push(await provider.apply(resource, change));
    }
    return applied;
  };

  it('a community image is shut for strangers, and undo opens it again', async () => {
    const resource = await image('community');
    const before = await stateOf(resource);
    const open = await strangerSees(resource);

    const applied = await fix(resource, before);
    const shut = await strangerSees(resource);
    const again = await fix(resource, await stateOf(resource));
    for (const change of invert(applied)) await provider.apply(resource, change);

    expect([open, shut, await strangerSees(resource)]).toEqual([200, 404, 200]);
    expect(again).toEqual([]);
    expect(stateFingerprint(await stateOf(resource))).toBe(stateFingerprint(before));
  });

  it('a member is a project that somebody named: it is asked about, and can be put back', async () => {
    const resource = await image('shared');
    const { account: member } = await stranger.place();
    const path = `/images/${resource.id}/members`;
    await session.call({ method: 'POST', service: 'image', path, body: { member } });
    const before = await stateOf(resource);

    const finding = publicSharing.check(before, settings);
    const applied = await fix(resource, before);
    const shut = await stateOf(resource);
    for (const change of [...invert(applied), ...invert(applied)]) await provider.apply(resource, change);

    expect(finding?.exposures).toMatchObject([{ id: member, ask: expect.any(String) }]);
    expect(shut.shares).toEqual([]);
    expect((await stateOf(resource)).shares).toEqual([{ id: member }]);
  });

  it('a private image is clean, an unknown one is gone, and all are listed', async () => {
    const resource = await image('private');
    const unknown = { ...resource, id: '00000000-0000-0000-0000-000000000000' };
    const listed: string[] = [];
    for await (const page of provider.list(resource.account, resource.region, 'sharing')) {
      listed.push(...page.map((one) => one.id));
    }

    expect(publicSharing.check(await stateOf(resource), settings)).toBeNull();
    expect(await provider.read([unknown])).toEqual([{ status: 'gone' }]);
    expect(listed.filter((id) => !id.includes('/'))).toHaveLength(3);
  });
});
