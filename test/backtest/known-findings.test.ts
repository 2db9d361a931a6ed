import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backtest } from '../../lib/backtest/backtest.ts';
import { parsePolicy } from '../../lib/config.ts';
import { controls } from '../../lib/controls/registry.ts';
import { policyView } from '../../lib/policy/view.ts';
import { permission, record } from './records.ts';

const { policy } = parsePolicy('', controls, { now: new Date(0), file: 'snapshut.yml' });
if (policy === null) throw new Error('the empty policy is right');
const view = policyView(policy, controls);

async function lines(records: readonly unknown[], isUniform: boolean) {
  const stdin = (async function* () {
    yield records.map((one) => JSON.stringify(one)).join('\n');
  })();
  const { exposures } = await backtest(['-'], { controls, policy: { ...view, isUniform }, stdin });
  return exposures;
}

const deed = fc.record({
  group: fc.integer({ min: 1, max: 4 }),
  opens: fc.boolean(),
  port: fc.constantFrom(22, 80, 3389),
  cidr: fc.constantFrom('0.0.0.0/0', '10.0.0.0/8', '::/0', '203.0.113.0/24'),
  isNamed: fc.boolean(),
});

test('what was worked out for one group is the same for the next, with its own ids', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 30 }), async (deeds) => {
      const records = deeds.map(({ group, opens, port, cidr, isNamed }, at) => {
        const rule = { securityGroupRuleId: `sgr-${at}`, ipProtocol: 'tcp', fromPort: port, toPort: port };
        const side = cidr.includes(':') ? { cidrIpv6: cidr } : { cidrIpv4: cidr };
        const answered = { securityGroupRuleSet: { items: [{ ...rule, ...side }] } };
        return record({
          at,
          name: opens ? 'AuthorizeSecurityGroupIngress' : 'RevokeSecurityGroupIngress',
          request: { groupId: `sg-0000000${group}`, ipPermissions: { items: [permission(port, cidr)] } },
          response: opens && isNamed ? answered : null,
        });
      });

      expect(await lines(records, true)).toEqual(await lines(records, false));
    }),
    { numRuns: 60 },
  );
});
