import { expect, test } from 'vitest';
import { Policy } from '../../lib/config.ts';
import type { FirewallState } from '../../lib/kinds/firewall.ts';
import type { Resource } from '../../lib/model.ts';
import { policyView } from '../../lib/policy/view.ts';
import { controls } from './controls.ts';

test('the loop asks with a state, and scopes and tags see its name and tags', () => {
  const [publicPort] = controls;
  if (!publicPort) throw new Error('the test controls are gone');
  const resource: Resource = { provider: 'aws', account: '1', region: 'r', kind: 'firewall', id: 'sg-1234' };
  const tags = { env: 'dev', 'snapshut:exempt': 'public-port until 2026-12-31 x' };
  const state: FirewallState = {
    kind: 'firewall',
    name: 'web',
    tags,
    isDefault: false,
    attached: null,
    rules: [],
  };
  const now = new Date('2026-11-24T12:00:00Z');
  const trigger = { eventId: 'e', at: null, actor: null, name: 'sweep' };
  const scopes = [
    { match: { tag: 'env=dev', name: 'web' }, control: 'public-port', options: { allow: ['tcp/22'] } },
    { match: { severity: 'high', name: 'w*' }, mode: 'ask' },
  ];

  const view = policyView(Policy.parse({ scopes }), controls);

  expect(view.approvalExpiresMs).toBe(86_400_000);
  expect(view.modeFor(publicPort, { resource, state, severity: 'high' })).toBe('ask');
  expect(view.modeFor(publicPort, { resource, state, severity: 'low' })).toBe('fix');
  expect(view.settingsFor(publicPort, { resource, state, trigger, now }).options).toMatchObject({
    allow: ['tcp/22'],
  });
  expect(view.exemptionsFor(publicPort, { resource, state, now, stored: [] }).inEffect).toMatchObject([
    { by: 'the tag snapshut:exempt', until: '2026-12-31T23:59:59.999Z', covers: null },
  ]);
});
