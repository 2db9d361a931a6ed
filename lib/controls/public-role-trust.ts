import * as z from 'zod';
import type { PolicyStatement } from '../kinds/statement.ts';
import type { UserState } from '../kinds/user.ts';
import type { Change, Exposure, Json } from '../model.ts';
import { worst } from '../model.ts';
import { plainUser } from './admin-grant.ts';
import { control } from './control.ts';
import { removals, sentenceOf, statementExposures } from './public-statements.ts';

function fix(state: UserState, exposures: readonly Exposure[]): Change[] {
  const gone = removals('trust', state.trust, exposures);
  if (gone.length === 0 || gone.length < state.trust.length) return gone;
  // A role cannot be without a trust policy: this one lets nobody in. It denies only the role's own account: were it
  // everybody, a run that was cut short behind it would look as if the rest had been taken out too.
  const [first] = state.trust;
  const statement = {
    Sid: 'NobodyYet',
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'aws:PrincipalAccount': state.owner } },
  };
  const envelope = first?.envelope ?? { Version: '2012-10-17', Statement: [] };
  return [{ op: 'add', part: 'trust', value: { id: 'NobodyYet', statement, envelope } }, ...gone];
}

const envelope = { Version: '2012-10-17', Statement: [] };
const letting = (Sid: string, Principal: Json): PolicyStatement => ({
  id: Sid,
  envelope,
  statement: { Sid, Effect: 'Allow', Principal, Action: 'sts:AssumeRole' },
});
const good: UserState = {
  ...plainUser,
  name: 'deployer',
  service: 'role',
  attachments: [],
  trust: [letting('Lambda', { Service: 'lambda.amazonaws.com' })],
};

export const publicRoleTrust = control({
  name: 'public-role-trust',
  kind: 'user',
  title: 'A role can be taken on by everybody',
  remedy: 'removes the statement of its trust policy that lets everybody in',
  defaultMode: 'ask',
  options: z.strictObject({}),
  check(state, settings) {
    if (state.managed || state.trust.length === 0) return null;
    const asked = {
      part: 'trust',
      statements: state.trust,
      owner: state.owner,
      services: 'trusted',
    } as const;
    const exposures = statementExposures({ ...asked, severity: 'critical' }, settings);
    if (exposures.length === 0) return null;
    const why = `The role ${state.name} can be taken on too widely: ${sentenceOf(exposures)}.`;
    return { severity: worst(exposures.map((one) => one.severity)), why, exposures };
  },
  fix,
  examples: { bad: { ...good, trust: [letting('Open', { AWS: '*' }), ...good.trust] }, good },
});
