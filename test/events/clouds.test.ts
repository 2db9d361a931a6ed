import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../lib/events/oslo.ts';
import type { Hint } from '../../lib/model.ts';
import { normalise } from '../../lib/normalise.ts';

const sample = (path: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../events', `${path}.json`), 'utf8'));

const project = {
  provider: 'openstack',
  account: '3c06a042a9a34cfeb67d3b23031667db',
  region: 'global',
} as const;
const group = { ...project, kind: 'firewall', id: 'd355dd0c-61b0-4534-8408-ef7c1cd5f1d1' };
const organization = {
  provider: 'exoscale',
  account: '0b5a2d1c-0000-4000-8000-0000000000aa',
  region: 'global',
} as const;
const web = { ...organization, kind: 'firewall', id: '0b5a2d1c-0000-4000-8000-000000000001' };

/** Recorded on the real Neutron, with the context that the message bus adds. */
const looked: { [path: string]: [Hint[], string] } = {
  'openstack/rule-opened': [[group], 'ann'],
  'openstack/rule-closed': [[group], 'ann'],
  'openstack/security-group-created': [[group], 'ann'],
  'openstack/security-group-deleted': [[group], 'ann'],
  'openstack/address-group-created': [
    [{ ...project, kind: 'address-group', id: 'f0ac5447-8b14-42b8-b25b-7c07ef1834c2' }],
    'ann',
  ],
  'exoscale/rule-opened': [[web], 'deploy'],
  'exoscale/source-added': [[web, { ...web, kind: 'external-sources' }], 'ann@example.org'],
};

describe('events of OpenStack and Exoscale', () => {
  it.each(Object.entries(looked))('%s leads to what it touched, and says who', (path, [hints, name]) => {
    const event = normalise(sample(path));

    expect(event).toMatchObject({ hints, ignored: null, actor: { name, sourceIp: '203.0.113.7' } });
    expect(event.at).toMatch(/^2026-11-24T09:/);
  });

  const ignored = {
    'openstack/rule-opening': /has not happened yet/,
    'exoscale/rule-refused': /^failed API call add-rule-to-security-group by deploy: 403/,
    'exoscale/signed-in': /^authenticate by ann@example\.org: no resource is touched/,
  };
  it.each(Object.entries(ignored))('%s is told, with its reason', (path, why) => {
    expect(normalise(sample(path))).toMatchObject({ hints: [], malformed: false });
    expect(normalise(sample(path)).ignored).toMatch(why);
  });

  it('a notification of a call that failed is no change', () => {
    const failed = {
      ...(sample('openstack/rule-closed') as object),
      event_type: 'security_group.update.error',
    };

    expect(normalise(failed).ignored).toBe('failed API call security_group.update.error');
  });

  it('the same notification in its envelope and bare is one event', () => {
    const enveloped = sample('openstack/rule-opened') as { 'oslo.message': string };

    expect(normalise(JSON.parse(enveloped['oslo.message'])).eventId).toBe(normalise(enveloped).eventId);
  });

  it.each([
    ['an envelope whose message is no JSON', { 'oslo.version': '2.0', 'oslo.message': '{' }],
    [
      'a notification without a project',
      {
        event_type: 'security_group.delete.end',
        publisher_id: 'network.a',
        payload: { security_group_id: 'a' },
      },
    ],
    ['an Exoscale event of no organization', { exoscale: {}, event: { uri: '/v2/zone' } }],
  ])('%s is malformed', (_, value) => {
    expect(normalise(value)).toMatchObject({ hints: [], malformed: true });
  });

  it.each([
    ['../../v2.0/networks', 1],
    ['a'.repeat(65), 1],
  ])('an id such as %s never becomes a hint', (id, dropped) => {
    const event = {
      event_type: 'security_group.delete.end',
      publisher_id: 'network.a',
      payload: { security_group_id: id, security_group: { project_id: 'p' } },
    };

    expect(normalise(event)).toMatchObject({
      hints: [],
      dropped,
      ignored: expect.stringMatching(/shape of none/),
    });
  });

  it('tokens and secrets are dropped on arrival, also inside the envelope', () => {
    const inner = { _context_auth_token: 'gAAAA', payload: { blob: { secret: 's3cret' }, id: 'kept' } };
    const kept = JSON.stringify(
      withoutSecrets({ 'oslo.version': '2.0', 'oslo.message': JSON.stringify(inner) }),
    );

    expect(kept).toContain('kept');
    expect(kept).not.toMatch(/gAAAA|s3cret/);
  });
});
