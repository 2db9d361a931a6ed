import * as z from 'zod';
import type { PolicyState } from '../kinds/policy.ts';
import type { Change, Exposure, Finding } from '../model.ts';
import { control, type Settings } from './control.ts';
import { isOfUrl } from './public-policy.ts';
import { removals, statementExposures } from './public-statements.ts';

/** The URLs that ask nobody who he is, and the statements that let everybody use them. */
function check(state: PolicyState, settings: Settings): Finding | null {
  const urls = Object.entries(state.settings).flatMap(([id, authType]): Exposure[] => {
    if (!id.startsWith('url/') || authType !== 'NONE') return [];
    const what = `the URL of ${state.name} (${id.slice(4)}) without authentication`;
    return [{ part: 'settings', id, what, to: 'everyone', severity: 'high' }];
  });
  const statements = state.statements.filter((one) => isOfUrl(one.statement));
  const asked = {
    part: 'statements',
    statements,
    owner: state.owner,
    services: 'trusted',
    severity: 'high',
  } as const;
  const allowed = statementExposures(asked, settings);
  // Without a URL the statement opens nothing yet; with one that asks who calls, it still lets every account in.
  const hasUrl = Object.keys(state.settings).some((id) => id.startsWith('url/'));
  const exposures = hasUrl ? [...allowed, ...urls] : [];
  if (exposures.length === 0) return null;
  const whom = urls.length > 0 ? 'which asks for no authentication' : 'whatever account is behind them';
  const why = `Everybody can call ${state.name ?? 'a function'} by its URL, ${whom}.`;
  return { severity: 'high', why, exposures };
}

function fix(state: PolicyState, exposures: readonly Exposure[]): Change[] {
  const urls = exposures.filter((one) => one.part === 'settings');
  // The URL last: while it is open, whoever looks again still sees what is left to do.
  return [
    ...removals('statements', state.statements, exposures),
    ...urls.map(({ id }): Change => ({ op: 'set', part: 'settings', id, from: 'NONE', to: 'AWS_IAM' })),
  ];
}

const statement = {
  Sid: 'FunctionURLAllowPublicAccess',
  Effect: 'Allow',
  Principal: '*',
  Action: 'lambda:InvokeFunctionUrl',
  Resource: 'arn:aws:lambda:eu-central-1:123456789012:function:resize',
  Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } },
};
const bad: PolicyState = {
  kind: 'policy',
  name: 'resize',
  tags: {},
  service: 'lambda',
  owner: '123456789012',
  statements: [
    {
      id: `$LATEST/${statement.Sid}`,
      qualifier: '$LATEST',
      statement,
      envelope: { Version: '2012-10-17', Id: 'default', Statement: [] },
    },
  ],
  settings: { 'url/$LATEST': 'NONE' },
};

export const publicFunctionUrl = control({
  name: 'public-function-url',
  kind: 'policy',
  title: 'A function can be called by everybody through its URL',
  remedy: 'makes the URL ask for AWS credentials and removes the statement that lets everybody use it',
  defaultMode: 'ask',
  options: z.strictObject({}),
  check,
  fix,
  examples: { bad, good: { ...bad, statements: [], settings: { 'url/$LATEST': 'AWS_IAM' } } },
});
