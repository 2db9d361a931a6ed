import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { TerminalError } from '../../../errors.ts';
import { fingerprint } from '../../../fingerprint.ts';
import type { Json } from '../../../model.ts';
import type { Clients, Place } from '../clients.ts';
import { isAws, orNull } from '../errors.ts';
import { arnOf, nameIn } from '../policies/holder.ts';
import { lambdaOf } from '../services.ts';
import { type Recorder, shapeOf, stateOf } from './recorder.ts';

const absent = (error: unknown) => isAws(error, 'ResourceNotFoundException');
const prefix = 'function:';

/**
 * The functions that this service is; the id is the function's ARN. Its shape only shows that it was changed: its code is
 * nowhere but in it, and its environment may hold secrets.
 */
export const ownFunctions: Recorder = {
  service: 'function',
  calls: {
    read: ['lambda:GetFunctionConfiguration', 'lambda:GetFunctionConcurrency', 'lambda:ListFunctions'],
    write: ['lambda:PutFunctionConcurrency', 'lambda:DeleteFunctionConcurrency'],
  },
  owns: (id) => /^arn:[^:]+:lambda:[^:]*:\d*:function:[^:]+$/.test(id),

  async read(clients, place, arn) {
    const { client, sdk } = await lambdaOf(clients, place);
    const FunctionName = nameIn(arn, prefix);
    const [said, reserved] = await Promise.all([
      orNull(client.send(new sdk.GetFunctionConfigurationCommand({ FunctionName })), absent),
      orNull(client.send(new sdk.GetFunctionConcurrencyCommand({ FunctionName })), absent),
    ]);
    const concurrency = reserved?.ReservedConcurrentExecutions ?? null;
    return stateOf('function', FunctionName, said && { concurrency, shape: shape(said) });
  },

  async set(clients, place, arn, setting, to) {
    if (setting !== 'concurrency') throw new TerminalError(`a function has no setting ${setting}`);
    const { client, sdk } = await lambdaOf(clients, place);
    const FunctionName = nameIn(arn, prefix);
    const of = { FunctionName, ReservedConcurrentExecutions: Number(to) };
    if (to === null) await client.send(new sdk.DeleteFunctionConcurrencyCommand({ FunctionName }));
    else await client.send(new sdk.PutFunctionConcurrencyCommand(of));
  },

  async *list(clients, place) {
    const { client, sdk } = await lambdaOf(clients, place);
    let Marker: string | undefined;
    do {
      const page = await client.send(new sdk.ListFunctionsCommand({ Marker }));
      const own = (page.Functions ?? []).filter((one) => clients.isOwn(one.FunctionName ?? ''));
      yield own.flatMap((one) => one.FunctionArn ?? []);
      Marker = page.NextMarker || undefined;
    } while (Marker);
  },

  hints: { function: ownFunction, 'own-function': ownFunction },
};

/** A name, a partial or a full ARN, with or without a qualifier. */
async function ownFunction(clients: Clients, place: Place, id: string): Promise<string[]> {
  const name = functionName(id);
  return clients.isOwn(name) ? [arnOf('lambda', place, `${prefix}${name}`)] : [];
}

export function functionName(id: string): string {
  const parts = id.split(':');
  const at = parts.indexOf('function');
  if (at >= 0) return parts[at + 1] ?? '';
  return (parts.length === 2 && /^\d{12}$/.test(parts[0] ?? '') ? parts[1] : parts[0]) ?? '';
}

function shape({ Handler, Runtime, Role, CodeSha256, Environment, Timeout }: FunctionConfiguration): Json {
  const variables = Environment?.Variables ?? {};
  return shapeOf({
    handler: Handler ?? null,
    runtime: Runtime ?? null,
    role: Role ?? null,
    code: CodeSha256 ?? null,
    timeout: Timeout ?? null,
    variables: Object.keys(variables).sort(),
    environment: fingerprint(variables),
  });
}
