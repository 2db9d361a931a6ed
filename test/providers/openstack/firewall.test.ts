import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RetryableError, TerminalError } from '../../../lib/errors.ts';
import type { FirewallRule, FirewallState, Peer } from '../../../lib/kinds/firewall.ts';
import { invert, stateFingerprint } from '../../../lib/kinds.ts';
import type { Change, Element, Resource } from '../../../lib/model.ts';
import { OpenStackProvider } from '../../../lib/providers/openstack/openstack.ts';
import type { Session } from '../../../lib/providers/openstack/session.ts';
import { type OpenStack, startOpenStack } from '../../engines/openstack.ts';
import { realHttp, sessionOn } from './session-on.ts';

/** What only the real Neutron can say: every answer below is its own. */

let cloud: OpenStack | string;
let session: Session;
let other: Session;
let provider: OpenStackProvider;
let account: string;

beforeAll(async () => {
  cloud = await startOpenStack(['neutron']);
  if (typeof cloud === 'string') return;
  session = await sessionOn(cloud.env('demo'));
  other = await sessionOn(cloud.env('other'));
  provider = new OpenStackProvider([session, other]);
  account = (await session.place()).account;
}, 600_000);
afterAll(async () => {
  if (typeof cloud === 'object') await cloud.stop();
});

type Body = { [key: string]: string | number | null };

const call = async (path: string, body: object, as = session) =>
  JSON.parse((await as.call({ method: 'POST', service: 'network', path, body })).text);

async function group(...rules: Body[]): Promise<Resource> {
  const made = await call('/security-groups', {
    security_group: { name: 'web', description: 'web servers' },
  });
  const { id } = made.security_group;
  for (const rule of rules) await open(id, rule);
  return { provider: 'openstack', account, region: 'RegionOne', kind: 'firewall', id };
}

async function open(id: string, rule: Body): Promise<string> {
  const body = { security_group_rule: { security_group_id: id, direction: 'ingress', ...rule } };
  return (await call('/security-group-rules', body)).security_group_rule.id;
}

async function stateOf(resource: Resource): Promise<FirewallState> {
  const [reading] = await provider.read([resource]);
  if (reading?.status === 'error') throw reading.error;
  if (reading?.status !== 'found') throw new Error('the group is gone');
  return reading.state as FirewallState;
}

const ingress = (state: FirewallState) => state.rules.filter((rule) => rule.direction === 'ingress');
const remove = (rule: FirewallRule): Change => ({
  op: 'remove',
  part: 'rules',
  value: rule as unknown as Element,
});

const ssh = { protocol: 'tcp', port_range_min: 22, port_range_max: 22 };
const any4: Peer = { type: 'cidr', cidr: '0.0.0.0/0' };
const any6: Peer = { type: 'cidr', cidr: '::/0' };
const six = { ethertype: 'IPv6' };

/** What a user writes, and what it means. */
const meanings: { [what: string]: [Body, Partial<FirewallRule>] } = {
  'no prefix is everybody on IPv4': [ssh, { protocol: 'tcp', fromPort: 22, toPort: 22, peer: any4 }],
  'no prefix is everybody on IPv6 too': [
    { ...ssh, ...six },
    { protocol: 'tcp', fromPort: 22, peer: any6 },
  ],
  'the whole internet, written out': [{ ...ssh, remote_ip_prefix: '0.0.0.0/0' }, { peer: any4 }],
  'nothing at all is everything': [{}, { protocol: 'all', fromPort: null, toPort: null, peer: any4 }],
  'protocol any': [{ protocol: 'any' }, { protocol: 'all' }],
  'protocol 0 is every protocol': [{ protocol: '0' }, { protocol: 'all' }],
  'tcp by its number': [{ protocol: '6' }, { protocol: 'tcp', fromPort: null, toPort: null }],
  'udp by its number with all ports': [
    { protocol: '17', port_range_min: 1, port_range_max: 65_535 },
    { protocol: 'udp', fromPort: null, toPort: null },
  ],
  'one kind of icmp': [
    { protocol: 'icmp', port_range_min: 8, port_range_max: 0 },
    { protocol: 'icmp', fromPort: null, toPort: null, icmpType: 8, icmpCode: 0 },
  ],
  'icmp of IPv6 by its old name': [
    { protocol: 'icmpv6', ...six, port_range_min: 128 },
    { protocol: 'icmpv6', icmpType: 128, icmpCode: null, peer: any6 },
  ],
  'icmp of IPv6 by its number': [
    { protocol: '58', ...six },
    { protocol: 'icmpv6', icmpType: null },
  ],
  'a protocol of its own with ports': [
    { protocol: 'sctp', port_range_min: 5, port_range_max: 6 },
    { protocol: '132', fromPort: 5, toPort: 6 },
  ],
  'a protocol by number': [{ protocol: '50' }, { protocol: '50', fromPort: null }],
  'a prefix that is written inside its network': [
    { ...ssh, remote_ip_prefix: '10.0.0.5/8' },
    { peer: { type: 'cidr', cidr: '10.0.0.0/8' } },
  ],
  'a described rule': [{ ...ssh, description: 'until friday' }, { description: 'until friday' }],
};

beforeEach(({ skip }) => {
  if (typeof cloud === 'string') skip(cloud);
});

describe('what Neutron means', () => {
  it.each(Object.entries(meanings))('%s', async (_, [written, meant]) => {
    const resource = await group(written);

    const rules = ingress(await stateOf(resource));

    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject(meant);
  });

  it.each(Object.entries(meanings))('closed and put back exactly: %s', async (_, [written]) => {
    const resource = await group(written);
    const before = await raw(resource.id);
    const state = await stateOf(resource);
    const [rule] = ingress(state);

    const applied = await provider.apply(resource, remove(rule as FirewallRule));
    const shut = await stateOf(resource);
    for (const change of invert([applied])) await provider.apply(resource, change);

    expect(ingress(shut)).toEqual([]);
    expect(stateFingerprint(await stateOf(resource))).toBe(stateFingerprint(state));
    expect(await raw(resource.id)).toEqual(before);
  });

  it('a group that admits its own members keeps them as a group', async () => {
    const resource = await group();
    await open(resource.id, { ...ssh, remote_group_id: resource.id });

    const [rule] = ingress(await stateOf(resource));

    expect(rule?.peer).toEqual({ type: 'group', id: resource.id });
  });

  it("an address group is resolved to the addresses of the rule's family", async () => {
    const addresses = ['0.0.0.0/1', '128.0.0.0/1', '2001:db8::/32'];
    const made = await call('/address-groups', { address_group: { name: 'all', addresses } });
    const { id } = made.address_group;
    const resource = await group({ ...ssh, remote_address_group_id: id });

    const [rule] = ingress(await stateOf(resource));
    const hinted = await provider.resolve({ ...resource, kind: 'address-group', id });

    expect(rule?.peer).toEqual({ type: 'prefix-list', id, cidrs: ['0.0.0.0/1', '128.0.0.0/1'] });
    expect(hinted).toEqual([resource]);
  });

  it("the project's own first group is the default one", async () => {
    const found = await listed();
    const states = await Promise.all(found.map(stateOf));

    expect(states.filter((state) => state.isDefault).map((state) => state.name)).toEqual(['default']);
  });

  it('counts the interfaces that carry a group, and those with a floating IP', async () => {
    if (typeof cloud === 'string') return;
    const admin = await sessionOn(cloud.env('admin'));
    const resource = await group(ssh);
    const outside = await network(admin, { name: 'internet', 'router:external': true }, '203.0.113.0/24');
    const inside = await network(session, { name: 'lan' }, '10.1.0.0/24');
    const router = (
      await call('/routers', { router: { external_gateway_info: { network_id: outside.network } } })
    ).router.id;
    await session.call({
      method: 'PUT',
      service: 'network',
      path: `/routers/${router}/add_router_interface`,
      body: { subnet_id: inside.subnet },
    });
    const ports = [];
    for (const name of ['a', 'b']) {
      const port = { name, network_id: inside.network, security_groups: [resource.id] };
      ports.push((await call('/ports', { port })).port.id);
    }
    await call('/floatingips', { floatingip: { floating_network_id: outside.network, port_id: ports[0] } });

    const addresses = [];
    for await (const one of provider.addresses(account, 'RegionOne')) addresses.push(one);

    expect((await stateOf(resource)).attached).toEqual({ interfaces: 2, public: 1 });
    expect(addresses).toMatchObject([
      { address: expect.stringMatching(/^203\.0\.113\./), name: 'a', firewalls: [resource] },
    ]);
  });

  it('a tag of the form key=value can be matched by scopes', async () => {
    const resource = await group();
    await session.call({
      method: 'PUT',
      service: 'network',
      path: `/security-groups/${resource.id}/tags`,
      body: { tags: ['env=dev', 'kept'] },
    });

    expect((await stateOf(resource)).tags).toEqual({ env: 'dev', kept: '' });
  });
});

describe('other writers', () => {
  it('a rule that we would add to a group which moved since it was read is retried on a fresh read', async () => {
    const resource = await group(ssh);
    const [rule] = ingress(await stateOf(resource));
    await open(resource.id, { protocol: 'udp' });

    const narrowed = { ...(rule as FirewallRule), id: '', peer: { type: 'cidr', cidr: '198.51.100.0/24' } };
    const add: Change = { op: 'add', part: 'rules', value: narrowed };

    await expect(provider.apply(resource, add)).rejects.toThrow(RetryableError);
    await stateOf(resource);
    await expect(provider.apply(resource, add)).resolves.toMatchObject({ op: 'add' });
    expect(ingress(await stateOf(resource)).map((one) => one.peer)).toContainEqual(narrowed.peer);
  });

  it('a group that another project only shares with us cannot be changed, and that is no success', async () => {
    const theirs = await group(ssh);
    const { account: us } = await other.place();
    await call('/rbac-policies', {
      rbac_policy: {
        object_type: 'security_group',
        object_id: theirs.id,
        action: 'access_as_shared',
        target_tenant: us,
      },
    });
    const shared = { ...theirs, account: us };
    const [rule] = ingress(await stateOf(shared));

    await expect(provider.apply(shared, remove(rule as FirewallRule))).rejects.toThrow(TerminalError);
    expect(ingress(await stateOf(theirs))).toHaveLength(1);
  });

  it('a token that was revoked is replaced, and the call is made again', async () => {
    if (typeof cloud === 'string') return;
    const tokens: string[] = [];
    const watched = await sessionOn(cloud.env('demo'), async (one) => {
      if (one.headers['x-auth-token']) tokens.push(one.headers['x-auth-token']);
      return realHttp(one);
    });
    // Neutron would believe the token for five minutes more; Keystone knows at once.
    const list = () => watched.call({ method: 'GET', service: 'identity', path: '/auth/projects' });
    await list();

    const revoked = await revoke(cloud.authUrl, tokens[0] ?? '');
    const answer = await list();

    expect(revoked).toBe(204);
    expect(answer.status).toBe(200);
    expect(tokens).toEqual([tokens[0], tokens[0], tokens[2]]);
    expect(tokens[2]).not.toBe(tokens[0]);
  });
});

/** Everything that Neutron keeps of the rules but what it gives anew. */
async function raw(id: string): Promise<string[]> {
  const answer = await session.call({ method: 'GET', service: 'network', path: `/security-groups/${id}` });
  const rules: object[] = JSON.parse(answer.text).security_group.security_group_rules;
  const anew = new Set(['id', 'created_at', 'updated_at', 'standard_attr_id', 'belongs_to_default_sg']);
  return rules.map((rule) => JSON.stringify(Object.entries(rule).filter(([key]) => !anew.has(key)))).sort();
}

async function listed(): Promise<Resource[]> {
  const found: Resource[] = [];
  for await (const page of provider.list(account, 'RegionOne', 'firewall')) found.push(...page);
  return found;
}

async function network(as: Session, fields: object, cidr: string) {
  const { id } = (await call('/networks', { network: fields }, as)).network;
  const subnet = await call('/subnets', { subnet: { network_id: id, cidr, ip_version: 4 } }, as);
  return { network: id, subnet: subnet.subnet.id };
}

/** Takes a token from Keystone before its end. */
async function revoke(authUrl: string, token: string): Promise<number> {
  const headers = { 'x-auth-token': token, 'x-subject-token': token };
  return (await fetch(`${authUrl}/auth/tokens`, { method: 'DELETE', headers })).status;
}
