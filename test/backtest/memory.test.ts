import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { backtest } from '../../lib/backtest/backtest.ts';
import { parsePolicy } from '../../lib/config.ts';
import { controls } from '../../lib/controls/registry.ts';
import { policyView } from '../../lib/policy/view.ts';
import { permission, record } from './records.ts';

const { policy } = parsePolicy('', controls, { now: new Date(0), file: 'snapshut.yml' });
if (policy === null) throw new Error('the empty policy is right');
const view = policyView(policy, controls);

async function run(records: readonly unknown[], inMemoryMost?: number) {
  const stdin = (async function* () {
    yield records.map((one) => JSON.stringify(one)).join('\n');
  })();
  return backtest(['-'], { controls, policy: view, stdin, ...(inMemoryMost && { inMemoryMost }) });
}

const deed = fc.record({
  at: fc.integer({ min: 0, max: 6 }),
  group: fc.integer({ min: 1, max: 3 }),
  opens: fc.boolean(),
  again: fc.boolean(),
});

test('more changes than fit into memory are replayed the same, and their files are gone afterwards', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'snapshut-memory-'));
  vi.stubEnv('TMPDIR', folder);
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 25 }), async (deeds) => {
      const records = deeds.flatMap(({ at, group, opens, again }) => {
        const one = record({
          at,
          name: opens ? 'AuthorizeSecurityGroupIngress' : 'RevokeSecurityGroupIngress',
          request: { groupId: `sg-0000000${group}`, ipPermissions: { items: [permission(22, '0.0.0.0/0')] } },
        });
        return again ? [one, one] : [one];
      });

      expect(await run(records, 4)).toEqual(await run(records));
    }),
    { numRuns: 40 },
  );
  expect(await readdir(folder)).toEqual([]);
  vi.unstubAllEnvs();
});
