import type { BucketGrant } from '../kinds/bucket.ts';
import type { PolicyStatement } from '../kinds/statement.ts';
import type { Exposure } from '../model.ts';
import type { Settings } from './control.ts';
import { statementExposures } from './public-statements.ts';

/** The ways into a bucket that stand open to everybody: its access list and its policy. */

const groups: { [group: string]: string } = {
  AllUsers: 'everyone, also without an account',
  AuthenticatedUsers: 'everyone with an account of this cloud',
};

export function grantExposures(grants: readonly BucketGrant[]): Exposure[] {
  return grants.flatMap(({ id, permission }) => {
    const group = groups[id.split('/')[0] ?? ''];
    if (!group) return [];
    const severity = permission === 'READ' || permission === 'READ_ACP' ? 'high' : 'critical';
    return [{ part: 'grants', id, what: `${permission} by its access list`, to: group, severity } as const];
  });
}

export function policyExposures(
  { owner, statements }: { owner: string; statements: readonly PolicyStatement[] },
  settings: Settings,
  part = 'statements',
): Exposure[] {
  const about = { owner, services: 'trusted', severity: 'high' } as const;
  return statementExposures({ ...about, part, statements }, settings);
}
