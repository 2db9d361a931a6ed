import { expect, test } from 'vitest';
import { approve } from '../../lib/answer.ts';
import { wellKept } from '../../lib/controls/endpoint-example.ts';
import { passwordSsh } from '../../lib/controls/password-ssh.ts';
import { controls } from '../../lib/controls/registry.ts';
import { unexpectedPort } from '../../lib/controls/unexpected-port.ts';
import type { EndpointState } from '../../lib/kinds/endpoint.ts';
import type { Trigger } from '../../lib/model.ts';
import { Policy } from '../../lib/policy/schema.ts';
import { policyView } from '../../lib/policy/view.ts';
import { EndpointProvider } from '../../lib/providers/host/endpoints.ts';
import { reconcile } from '../../lib/reconcile.ts';
import type { Host } from '../../lib/scan/hosts.ts';
import { admittingRules } from '../../lib/scan/inventory.ts';
import { endpointResource } from '../../lib/scan/resource.ts';
import { undo } from '../../lib/undo.ts';
import { firewall, group, makeWorld, rule } from '../loop/harness.ts';

/** An address behind a firewall in memory; a port is open where the service listens and a rule lets it in. */
function makeStreet(policyText: object = {}) {
  const listening = [443, 8080];
  const host: Host = { address: '93.184.216.34', family: 4, name: null, ports: null, isGlobal: true };
  const scan = async (): Promise<EndpointState> => {
    const [reading] = await world.cloud.read([group]);
    const rules =
      reading?.status === 'found' && reading.state.kind === 'firewall'
        ? admittingRules(group, reading.state)
        : [];
    const open = listening.filter((port) =>
      rules.some((one) => (one.fromPort ?? 0) <= port && port <= (one.toPort ?? 65535)),
    );
    const ports = open.map((port) => ({ id: `tcp/${port}`, port, service: 'http', banner: null }));
    return {
      ...wellKept,
      name: null,
      address: host.address,
      rules,
      ports,
      tls: [],
      certificates: [],
      http: [],
    };
  };
  const endpoints = new EndpointProvider({ hosts: async () => [host], scan, providerOf: () => world.cloud });
  const world = makeWorld({ provider: endpoints, controls: [unexpectedPort, passwordSsh] });
  world.loop.policy = policyView(Policy.parse(policyText), controls);
  world.cloud.put(
    group,
    firewall([
      rule('sgr-https', { fromPort: 443, toPort: 443 }),
      rule('sgr-old', { fromPort: 8080, toPort: 8080, description: 'old' }),
    ]),
  );
  const resource = endpointResource(host);
  const trigger: Trigger = { eventId: 'scan/1', at: null, actor: null, name: 'scan' };
  const look = () => reconcile(resource, trigger, world.loop);
  const rulesNow = async () => {
    const [reading] = await world.cloud.read([group]);
    return reading?.status === 'found' && reading.state.kind === 'firewall' ? reading.state.rules : [];
  };
  return { world, look, rulesNow };
}

test('a forgotten port is asked about by default, and the answer shuts exactly the rule that lets it in', async () => {
  const { world, look, rulesNow } = makeStreet();

  const [asked] = await look();
  expect(asked).toMatchObject({ outcome: 'asked', control: 'unexpected-port' });
  expect(asked?.changes.map((one) => one.text)).toEqual(['close tcp/8080 in sg-1/sgr-old']);
  expect(await rulesNow()).toHaveLength(2);

  const answer = { caseId: asked?.caseId ?? '', by: 'bob', exemptMs: 1 };
  expect(await approve(answer, world.loop)).toMatchObject({ outcome: 'fixed' });
  expect((await rulesNow()).map((one) => one.id)).toEqual(['sgr-https']);
});

test('the second scan of the same tells nobody again', async () => {
  const { world, look } = makeStreet();
  await look();
  const toldBefore = world.told.length;

  await look();

  expect(world.told.length).toBe(toldBefore);
});

test('with mode fix the rule goes at once, and undo puts it back', async () => {
  const { world, look, rulesNow } = makeStreet({ controls: { 'unexpected-port': { mode: 'fix' } } });
  const before = (await rulesNow()).map(({ id: _, ...rest }) => rest);

  const [fixed] = await look();
  expect(fixed?.outcome).toBe('fixed');

  const undone = await undo({ caseId: fixed?.caseId ?? '', by: 'bob', exemptMs: 86_400_000 }, world.loop);
  expect(undone.outcome).toBe('undone');
  expect((await rulesNow()).map(({ id: _, ...rest }) => rest)).toEqual(expect.arrayContaining(before));
  // The rule has another id now, and is the same one all the same.
  expect((await look()).map((one) => one.outcome)).toEqual(['exempt']);
});

test('a port that the policy allows is clean', async () => {
  const { look } = makeStreet({ scan: { ports: { allowed: [443, 'tcp/8080'] } } });

  expect((await look()).map((one) => one.outcome)).toEqual(['clean']);
});
