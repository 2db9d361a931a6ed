import { expect, test } from 'vitest';
import { parsePolicy } from '../../lib/config.ts';
import { controls } from '../../lib/controls/registry.ts';
import { refreshRanges } from '../../lib/log-service.ts';
import { makeWorld } from '../loop/harness.ts';

const text =
  'loops: { waf: { targets: [{ provider: file, format: nginx, path: /etc/nginx/blocked.conf }] } }\n';

test('a list of networks that cannot be downloaded is a line of the housekeeping, once an hour', async () => {
  const { loop, history, clock } = makeWorld({});
  const { policy } = parsePolicy(text, controls, { now: loop.now(), file: 'snapshut.yml' });
  if (!policy) throw new Error('the policy is wrong');
  const parts = { policy, history, now: loop.now, frozen: loop.frozen, newId: loop.newId };
  const refresh = () =>
    refreshRanges(parts, async (url) => {
      if (url.includes('fastly')) throw new Error('no route');
      return '192.0.2.0/24';
    });

  expect(await refresh()).toMatchObject([
    { outcome: 'failed', why: expect.stringMatching(/fastly.*no route/), resource: null },
  ]);
  expect(await refresh()).toEqual([]);
  clock.nowMs += 3_600_000;
  expect(await refresh()).toHaveLength(1);
});
