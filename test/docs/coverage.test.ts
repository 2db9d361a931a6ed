import { expect, test } from 'vitest';
import { controls } from '../../lib/controls/registry.ts';
import { type Cell, coverage, coverageRows } from '../../lib/docs/coverage.ts';

const pinned = /^https:\/\/github\.com\/[\w-]+\/[\w-]+\/(blob|tree)\/[0-9a-f]{40}\/[\w/.-]+$/;
const cells = coverage.flatMap(({ exposure, custodian, asr, prowler }) =>
  [custodian, asr, prowler].map((cell): [string, Cell] => [exposure, cell]),
);

test('every exposure of the coverage table is found by a control of ours', () => {
  const names = new Set(controls.map((one) => one.name));

  expect(coverage.filter((one) => !names.has(one.control))).toEqual([]);
});

test('every control of AWS that peers could mend stands in the coverage table', () => {
  const compared = new Set(coverage.map((one) => one.control));
  // From outside, of hosts, of other clouds, only told, or a rule that no peer has a word for.
  const ours =
    /^(weak-tls|missing-headers|mail-server|password-ssh|open-database|open-database-filter|open-egress|mail-egress|unexpected-port|risky-sign-in|signed-links|unfiltered-port|cluster-updates|weak-ssh-key|broad-key)$/;
  const kinds = new Set(['endpoint', 'blocklist', 'server', 'machine']);

  const missing = controls
    .filter((one) => !compared.has(one.name) && !ours.test(one.name) && !kinds.has(one.kind))
    .map((one) => one.name);

  expect([...new Set(missing)]).toEqual([]);
});

test.each(cells)('what is said of %s is evidenced by a file at a commit', (_, cell) => {
  expect(cell.at).toMatch(pinned);
  expect('fix' in cell ? cell.fix : cell.none).not.toBe('');
});

test('a cell without a fix names what was looked at', () => {
  expect(
    coverageRows()
      .flat()
      .filter((one) => one === 'no'),
  ).toEqual([]);
});
