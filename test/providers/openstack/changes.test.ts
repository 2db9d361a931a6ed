import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../lib/model.ts';
import type { Source } from '../../../lib/polling.ts';
import { moved, openstackChanges } from '../../../lib/providers/openstack/changes.ts';
import type { Session } from '../../../lib/providers/openstack/session.ts';
import { type OpenStack, startOpenStack } from '../../engines/openstack.ts';
import { realHttp, sessionOn } from './session-on.ts';

describe('two looks compared', () => {
  it.each([
    ['nothing moved', { a: '1@x' }, { a: '1@x' }, []],
    ['a group came', {}, { a: '1@x' }, [{ id: 'a', how: 'created', mark: '1@x' }]],
    ['two changes within one second', { a: '1@x' }, { a: '3@x' }, [{ id: 'a', how: 'changed', mark: '3@x' }]],
    [
      'made anew with an old revision',
      { a: '1@x' },
      { a: '1@y' },
      [{ id: 'a', how: 'changed', mark: '1@y' }],
    ],
    ['a group went', { a: '1@x' }, {}, [{ id: 'a', how: 'deleted', mark: '' }]],
    [
      'a group by a name of Object',
      { constructor: '1@x' },
      {},
      [{ id: 'constructor', how: 'deleted', mark: '' }],
    ],
  ])('%s', (_, before, now, expected) => {
    expect(moved(before, now as { [id: string]: string })).toEqual(expected);
  });
});

describe('polling the real Neutron', () => {
  let cloud: OpenStack | string;
  let session: Session;
  let source: Source;
  let calls: string[];
  beforeAll(async () => {
    cloud = await startOpenStack(['neutron']);
    if (typeof cloud === 'string') return;
    calls = [];
    session = await sessionOn(cloud.env('demo'), async (call) => {
      calls.push(`${call.method} ${new URL(call.url).pathname}`);
      return realHttp(call);
    });
    source = await openstackChanges(session, { everyMs: 30_000, jitterMs: 5_000 });
  }, 600_000);
  afterAll(async () => {
    if (typeof cloud === 'object') await cloud.stop();
  });
  beforeEach(({ skip }) => {
    if (typeof cloud === 'string') skip(cloud);
  });

  const post = async (path: string, body: object) =>
    JSON.parse((await session.call({ method: 'POST', service: 'network', path, body })).text);
  const put = (path: string, body: object) => session.call({ method: 'PUT', service: 'network', path, body });
  const ask = async (remembered: Json) => {
    calls.length = 0;
    const said = await source.ask(remembered, new Date());
    return {
      ...said,
      named: said.events.map(({ body }) => (body as { name: string }).name),
      calls: [...calls],
    };
  };

  it('sees every group at first, then only what moved, with one call while nothing moves', async () => {
    const group = (await post('/security-groups', { security_group: { name: 'polled' } })).security_group.id;
    const first = await ask(null);
    const quiet = await ask(first.remembered);
    const rule = { security_group_id: group, direction: 'ingress', protocol: 'tcp' };
    await post('/security-group-rules', { security_group_rule: rule });
    const busy = await ask(quiet.remembered);
    await session.call({ method: 'DELETE', service: 'network', path: `/security-groups/${group}` });
    const gone = await ask(busy.remembered);

    expect(first.named).toEqual(['security group created', 'security group created']);
    expect(quiet).toMatchObject({ named: [], calls: ['GET /v2.0/security-groups'] });
    expect(busy.named).toEqual(['security group changed']);
    expect(busy.events[0]?.body).toMatchObject({
      resources: [{ provider: 'openstack', kind: 'firewall', id: group }],
    });
    expect(gone.named).toEqual(['security group deleted']);
  });

  it('an address group that is widened leads to the groups that name it', async () => {
    const made = await post('/address-groups', {
      address_group: { name: 'office', addresses: ['198.51.100.0/24'] },
    });
    const { id } = made.address_group;
    const first = await ask(null);
    await put(`/address-groups/${id}/add_addresses`, { addresses: ['0.0.0.0/0'] });

    const next = await ask(first.remembered);

    expect(next.named).toEqual(['address group changed']);
    expect(next.events[0]?.body).toMatchObject({ resources: [{ kind: 'address-group', id }] });
  });

  it('costs this much for 1,000 groups', async () => {
    const names = Array.from({ length: 10 }, (_, index) => index);
    for (const ten of names) {
      const security_groups = Array.from({ length: 100 }, (_, one) => ({ name: `many ${ten}-${one}` }));
      await post('/security-groups', { security_groups });
    }
    const first = await ask(null);
    const startedMs = performance.now();

    const quiet = await ask(first.remembered);

    const tookMs = Math.round(performance.now() - startedMs);
    console.log(`a poll over 1,000 groups: ${quiet.calls.length} calls, ${tookMs} ms`);
    expect(quiet.named).toEqual([]);
    expect(quiet.calls.length).toBeLessThanOrEqual(3);
  }, 300_000);
});
