import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Control } from '../../../lib/controls/control.ts';
import { publicSharing } from '../../../lib/controls/public-sharing.ts';
import { unfilteredPort } from '../../../lib/controls/unfiltered-port.ts';
import { invert, type State, stateFingerprint } from '../../../lib/kinds.ts';
import type { Change, Resource } from '../../../lib/model.ts';
import { OpenStackProvider } from '../../../lib/providers/openstack/openstack.ts';
import type { Session } from '../../../lib/providers/openstack/session.ts';
import { type OpenStack, startOpenStack } from '../../engines/openstack.ts';
import { sessionOn } from './session-on.ts';

/** What of a network is open without any rule, on the real Neutron. */

let cloud: OpenStack | string;
let demo: Session;
let admin: Session;
let provider: OpenStackProvider;
beforeAll(async () => {
  cloud = await startOpenStack(['neutron', 'glance']);
  if (typeof cloud === 'string') return;
  [demo, admin] = [await sessionOn(cloud.env('demo')), await sessionOn(cloud.env('admin'))];
  provider = new OpenStackProvider([demo, admin]);
}, 600_000);
afterAll(async () => {
  if (typeof cloud === 'object') await cloud.stop();
});
beforeEach(({ skip }) => {
  if (typeof cloud === 'string') skip(cloud);
});

const post = async (as: Session, path: string, body: object) => {
  const answer = await as.call({ method: 'POST', service: 'network', path, body });
  return Object.values<{ id: string; status: string }>(JSON.parse(answer.text))[0] as { id: string };
};
const network = async (as: Session, fields: object, cidr: string) => {
  const { id } = await post(as, '/networks', { network: fields });
  const subnet = await post(as, '/subnets', { subnet: { network_id: id, cidr, ip_version: 4 } });
  return { id, subnet: subnet.id };
};
async function named(as: Session, kind: Resource['kind'], id: string): Promise<Resource> {
  const { account, region } = await as.place();
  return { provider: 'openstack', account, region, kind, id };
}
async function stateOf(resource: Resource): Promise<State> {
  const [reading] = await provider.read([resource]);
  if (reading?.status === 'error') throw reading.error;
  if (reading?.status !== 'found') throw new Error(reading?.status);
  return reading.state;
}
async function listed(as: Session, kind: 'instance' | 'sharing'): Promise<string[]> {
  const { account, region } = await as.place();
  const found: string[] = [];
  for await (const page of provider.list(account, region, kind)) found.push(...page.map((one) => one.id));
  return found;
}
const settings = { now: new Date(), trusted: [], trustedAccounts: [], trustedOrganizations: [], options: {} };
async function shut(control: Control, resource: Resource): Promise<Change[]> {
  const state = await stateOf(resource);
  const applied: Change[] = [];
  for (const change of control.fix(state, control.check(state, settings)?.exposures ?? [], settings))
    applied.push(await provider.apply(resource, change));
  return applied;
}

it('a port without port security and with a floating IP is found and filtered, and undo gives it back as it was', async () => {
  const outside = await network(admin, { name: 'internet', 'router:external': true }, '203.0.113.0/24');
  const inside = await network(demo, { name: 'lan' }, '10.1.0.0/24');
  const gateway = { external_gateway_info: { network_id: outside.id } };
  const router = await post(demo, '/routers', { router: gateway });
  const path = `/routers/${router.id}/add_router_interface`;
  await demo.call({ method: 'PUT', service: 'network', path, body: { subnet_id: inside.subnet } });
  const off = { network_id: inside.id, port_security_enabled: false, security_groups: [] };
  const open = await post(demo, '/ports', { port: { ...off, name: 'appliance' } });
  const inner = await post(demo, '/ports', { port: { ...off, name: 'inner' } });
  await post(demo, '/floatingips', { floatingip: { floating_network_id: outside.id, port_id: open.id } });
  const resource = await named(demo, 'instance', open.id);
  const before = await stateOf(resource);

  const changes = await shut(unfilteredPort, resource);
  const after = await stateOf(resource);
  const groups = JSON.parse(
    (await demo.call({ method: 'GET', service: 'network', path: `/ports/${open.id}` })).text,
  ).port.security_groups;
  for (const change of invert(changes)) await provider.apply(resource, change);

  expect((await listed(demo, 'instance')).toSorted()).toEqual([open.id, inner.id].toSorted());
  expect(before).toMatchObject({
    name: 'appliance',
    publicAddresses: [expect.stringMatching(/^203\.0\.113\./)],
  });
  expect(changes).toHaveLength(1);
  expect(unfilteredPort.check(after, settings)).toBeNull();
  // It lets nothing in until somebody says what it is for.
  expect(groups).toEqual([]);
  expect(stateFingerprint(await stateOf(resource))).toBe(stateFingerprint(before));
  // Without a way in from the internet there is nothing to tell.
  expect(unfilteredPort.check(await stateOf(await named(demo, 'instance', inner.id)), settings)).toBeNull();
}, 120_000);

it('a network that everybody may use is shared no more, a project that was named is asked about, and undo shares it again', async () => {
  const { id } = await network(admin, { name: 'common', shared: true }, '10.2.0.0/24');
  const { account: guest } = await demo.place();
  const policy = { object_type: 'network', object_id: id, action: 'access_as_shared' };
  await post(admin, '/rbac-policies', { rbac_policy: { ...policy, target_tenant: guest } });
  const resource = await named(admin, 'sharing', `network/${id}`);
  const before = await stateOf(resource);

  const finding = publicSharing.check(before, settings);
  const all = {
    ...before,
    shares: before.kind === 'sharing' ? before.shares.filter((one) => one.id === 'all') : [],
  };
  const [change] = publicSharing.fix(all, publicSharing.check(all, settings)?.exposures ?? [], settings);
  if (change) await provider.apply(resource, change);
  const after = await stateOf(resource);
  for (const back of invert(change ? [change] : [])) await provider.apply(resource, back);

  expect(before).toMatchObject({
    service: 'network',
    name: 'common',
    shares: [{ id: 'all' }, { id: guest }],
  });
  expect(finding?.why).toMatch(/^Network common can be used by /);
  expect(finding?.exposures.find((one) => one.id === guest)?.ask).toBeDefined();
  expect(after).toMatchObject({ shares: [{ id: guest }] });
  expect(stateFingerprint(await stateOf(resource))).toBe(stateFingerprint(before));
  expect(await listed(admin, 'sharing')).toContain(`network/${id}`);
}, 120_000);

it('a security group that is shared with another project is its owner’s to take back, and not while it is used', async () => {
  const group = await post(demo, '/security-groups', { security_group: { name: 'lent' } });
  const { account: other } = await admin.place();
  const policy = { object_type: 'security_group', object_id: group.id, action: 'access_as_shared' };
  await post(demo, '/rbac-policies', { rbac_policy: { ...policy, target_tenant: other } });
  const { id: lan } = await network(admin, { name: 'theirs' }, '10.3.0.0/24');
  const port = await post(admin, '/ports', { port: { network_id: lan, security_groups: [group.id] } });
  const resource = await named(demo, 'sharing', `security-group/${group.id}`);
  const gone: Change = { op: 'remove', part: 'shares', value: { id: other } };

  await expect(provider.apply(resource, gone)).rejects.toThrow(/others still use/);
  await admin.call({ method: 'DELETE', service: 'network', path: `/ports/${port.id}` });
  await provider.apply(resource, gone);
  await provider.apply(resource, gone);

  expect(await stateOf(resource)).toMatchObject({ shares: [], name: 'lent' });
  expect(
    await provider.read([
      await named(demo, 'sharing', 'network/nothing'),
      await named(demo, 'sharing', 'sesame/x'),
    ]),
  ).toMatchObject([{ status: 'gone' }, { status: 'error' }]);
}, 120_000);
