import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RetryableError, TerminalError } from '../../../lib/errors.ts';
import type { FirewallRule, FirewallState } from '../../../lib/kinds/firewall.ts';
import type { Resource } from '../../../lib/model.ts';
import type { ExoscaleProvider } from '../../../lib/providers/exoscale/exoscale.ts';
import { type Exoscale, startExoscale } from '../../engines/exoscale.ts';
import { add, remove, rule } from '../contract.ts';
import { clientOn, providerOn } from './provider-on.ts';

let fake: Exoscale;
let provider: ExoscaleProvider;
beforeEach(async () => {
  fake = await startExoscale();
  provider = providerOn(fake);
});
afterEach(() => fake.stop());

const uuid = (last: number) => `00000000-0000-4000-8000-${String(last).padStart(12, '0')}`;
const named = (id: string): Resource => ({
  provider: 'exoscale',
  account: fake.state.organization.id,
  region: 'global',
  kind: 'firewall',
  id,
});

function group(last: number, rules: object[], sources: string[] = []): Resource {
  const id = uuid(last);
  const held = rules.map((one, index) => ({ id: uuid(last * 100 + index), ...one }));
  fake.state.groups.set(id, { id, name: `group ${last}`, 'external-sources': sources, rules: held });
  return named(id);
}

async function stateOf(resource: Resource): Promise<FirewallState> {
  const [reading] = await provider.read([resource]);
  if (reading?.status === 'error') throw reading.error;
  if (reading?.status !== 'found') throw new Error('the group is gone');
  return reading.state as FirewallState;
}

const ssh = { 'flow-direction': 'ingress', protocol: 'tcp', 'start-port': 22, 'end-port': 22 };
const out = { 'flow-direction': 'egress', protocol: 'all', network: '0.0.0.0/0' };

describe('whom a rule admits', () => {
  it('a group whose external sources are the whole internet admits the whole internet', async () => {
    const sources = group(1, [], ['0.0.0.0/0']);
    const resource = group(2, [{ ...ssh, 'security-group': { id: sources.id } }]);

    const { rules } = await stateOf(resource);

    expect(rules[0]?.peer).toEqual({ type: 'prefix-list', id: sources.id, cidrs: ['0.0.0.0/0'] });
  });

  it('a group without external sources admits its members', async () => {
    const members = group(1, []);
    const resource = group(2, [{ ...ssh, 'security-group': { id: members.id } }]);

    expect((await stateOf(resource)).rules[0]?.peer).toEqual({ type: 'group', id: members.id });
  });

  it('a list that Exoscale keeps is never taken for the world', async () => {
    const id = uuid(9);
    const resource = group(2, [{ ...ssh, 'security-group': { id, visibility: 'public' } }]);

    expect((await stateOf(resource)).rules[0]?.peer).toEqual({ type: 'prefix-list', id, cidrs: null });
  });

  it('a network that is added to a group leads to the groups that name it', async () => {
    const sources = group(1, [], ['0.0.0.0/0']);
    const resource = group(2, [{ ...ssh, 'security-group': { id: sources.id } }]);
    group(3, [{ ...ssh, network: '198.51.100.0/24' }]);

    expect(await provider.resolve({ ...sources, kind: 'external-sources' })).toEqual([resource]);
  });

  it('counts the instances of every zone, and those with a public address', async () => {
    const resource = group(2, []);
    const groups = { 'security-groups': [{ id: resource.id }] };
    fake.state.instances.push({ ...groups, 'public-ip': '203.0.113.9' }, groups);

    expect((await stateOf(resource)).attached).toEqual({ interfaces: 4, public: 2 });
  });
});

it('the addresses of a zone are those of its instances and its elastic IPs, each once', async () => {
  const groups = { 'security-groups': [{ id: uuid(1) }] };
  fake.state.instances.push(
    { ...groups, name: 'web', 'public-ip': '198.51.100.9', 'ipv6-address': '2001:db8::9' },
    { name: 'db' },
  );
  fake.state.elasticIps.push({ ip: '203.0.113.5' }, { ip: '198.51.100.9' });

  // Groups exist once for all zones.
  const web = { provider: 'exoscale', account: 'org', region: 'global', kind: 'firewall', id: uuid(1) };
  const found = [];
  for await (const one of provider.addresses('org', 'ch-gva-2')) found.push(one);

  expect(found).toEqual([
    { address: '198.51.100.9', name: 'web', firewalls: [web] },
    { address: '2001:db8::9', name: 'web', firewalls: [web] },
    { address: '203.0.113.5', name: null, firewalls: [] },
  ]);
});

describe('changes', () => {
  it('the last egress rule stays: without it Exoscale lets everything out', async () => {
    const resource = group(1, [out]);
    const [only] = (await stateOf(resource)).rules;

    await expect(provider.apply(resource, remove(only as FirewallRule))).rejects.toThrow(TerminalError);
    expect((await stateOf(resource)).rules).toEqual([only]);
  });

  it('narrowed first, the wide egress rule goes', async () => {
    const resource = group(1, [out]);
    const [wide] = (await stateOf(resource)).rules;
    const narrow = rule({ direction: 'egress', fromPort: 443, toPort: 443 });

    await provider.apply(resource, add(narrow));
    await provider.apply(resource, remove(wide as FirewallRule));

    expect((await stateOf(resource)).rules).toMatchObject([{ direction: 'egress', fromPort: 443 }]);
  });

  it.each([429, 500, 503])('a GET that is answered with %i is asked again', async (status) => {
    const resource = group(1, [{ ...ssh, network: '0.0.0.0/0' }]);
    fake.fail(/GET .*security-group/, status, 2);

    expect((await stateOf(resource)).rules).toHaveLength(1);
  });

  it('a POST whose outcome is unknown is not made twice, and may be tried after a fresh read', async () => {
    const resource = group(1, []);
    fake.fail(/POST/, 500, 1);

    await expect(provider.apply(resource, add(rule({})))).rejects.toThrow(RetryableError);
    expect(fake.calls.filter((call) => call.startsWith('POST'))).toHaveLength(1);
  });

  it('an operation that does not end in time is retried, not believed', async () => {
    const resource = group(1, []);
    fake.state.pendingPolls = 1_000;
    provider.client;
    const impatient = clientOn(fake, 20);

    const path = `/security-group/${resource.id}/rules`;
    const body = { 'flow-direction': 'ingress', protocol: 'tcp' };

    await expect(impatient.change('ch-gva-2', { method: 'POST', path, body })).rejects.toThrow(
      RetryableError,
    );
  });

  it('a wrong secret is refused without a retry, and the error does not tell it', async () => {
    const resource = group(1, []);
    fake.keys.secret = 'another secret';

    const [reading] = await provider.read([resource]);

    expect(reading?.status).toBe('error');
    expect(JSON.stringify(reading)).not.toContain('secret of');
    expect(fake.calls).toHaveLength(1);
  });
});

it('what exists once in the organization is listed once, however many zones are guarded', async () => {
  const resource = group(1, []);
  const [account] = await provider.accounts();

  const listed: Resource[] = [];
  for (const region of [...(account?.regions ?? []), 'global']) {
    for await (const page of provider.list(account?.account ?? '', region, 'firewall')) listed.push(...page);
  }

  expect(account?.regions).toEqual(['ch-gva-2', 'de-fra-1']);
  expect(listed).toEqual([resource]);
});
