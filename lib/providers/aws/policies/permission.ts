import { TerminalError } from '../../../errors.ts';
import { isRecord } from '../../../iam/statement.ts';
import type { Json } from '../../../model.ts';

/** What AddPermission takes to write a statement; Lambda knows no other way to have one. */
export interface Permission {
  StatementId: string;
  Action: string;
  Principal: string;
  SourceArn?: string;
  SourceAccount?: string;
  PrincipalOrgID?: string;
  EventSourceToken?: string;
  FunctionUrlAuthType?: 'NONE' | 'AWS_IAM';
  InvokedViaFunctionUrl?: boolean;
}

const parameters = {
  'aws:sourcearn': 'SourceArn',
  'aws:sourceaccount': 'SourceAccount',
  'aws:principalorgid': 'PrincipalOrgID',
  'lambda:eventsourcetoken': 'EventSourceToken',
  'lambda:functionurlauthtype': 'FunctionUrlAuthType',
  'lambda:invokedviafunctionurl': 'InvokedViaFunctionUrl',
} as const;

/** Throws TerminalError where AddPermission could not write this statement again as it is. */
export function permissionOf(statement: Json): Permission {
  const cannot = () => new TerminalError('Lambda has no call that would write this statement again');
  if (!isRecord(statement)) throw cannot();
  const { Sid, Action, Principal, Condition, Effect, NotPrincipal, NotAction } = statement;
  if (Effect !== 'Allow' || NotPrincipal !== undefined || NotAction !== undefined) throw cannot();
  if (typeof Sid !== 'string' || typeof Action !== 'string') throw cannot();
  const principal = isRecord(Principal) ? (Principal.AWS ?? Principal.Service) : Principal;
  if (typeof principal !== 'string') throw cannot();
  const { FunctionUrlAuthType: authType } = statement;
  // Some local Lambdas keep the parameter as a key of the statement instead of a condition.
  const flat =
    authType === 'NONE' || authType === 'AWS_IAM' ? ({ FunctionUrlAuthType: authType } as const) : {};
  return {
    StatementId: Sid,
    Action,
    Principal: principal,
    ...flat,
    ...conditionsOf(Condition ?? {}, cannot),
  };
}

function conditionsOf(condition: Json, cannot: () => Error): Partial<Permission> {
  if (!isRecord(condition)) throw cannot();
  const found: { [parameter: string]: string | boolean } = {};
  for (const keys of Object.values(condition)) {
    if (!isRecord(keys)) throw cannot();
    for (const [key, value] of Object.entries(keys)) {
      const parameter = Object.entries(parameters).find(([name]) => name === key.toLowerCase())?.[1];
      if (!parameter || typeof value !== 'string') throw cannot();
      found[parameter] = parameter === 'InvokedViaFunctionUrl' ? value === 'true' : value;
    }
  }
  return found;
}
