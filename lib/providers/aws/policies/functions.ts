import type { FunctionUrlAuthType } from '@aws-sdk/client-lambda';
import { TerminalError } from '../../../errors.ts';
import { canonical } from '../../../fingerprint.ts';
import { elementsOf } from '../../../iam/document.ts';
import { isRecord } from '../../../iam/statement.ts';
import type { PolicyState } from '../../../kinds/policy.ts';
import type { Change, Json } from '../../../model.ts';
import type { Clients, Place } from '../clients.ts';
import { allPages, chunks } from '../ec2.ts';
import { isAws, orNull } from '../errors.ts';
import { lambdaOf } from '../services.ts';
import { arnOf, type Holder, nameIn } from './holder.ts';
import { permissionOf } from './permission.ts';

type FunctionStatement = PolicyState['statements'][number];

const absent = (error: unknown) => isAws(error, 'ResourceNotFoundException');
const latest = '$LATEST';

/** Lambda functions: every version and alias has a policy of its own, and may have a URL. */
export const functions: Holder = {
  service: 'lambda',
  calls: {
    read: [
      'lambda:GetPolicy',
      'lambda:GetFunctionUrlConfig',
      'lambda:ListVersionsByFunction',
      'lambda:ListAliases',
      'lambda:ListFunctions',
    ],
    write: ['lambda:RemovePermission', 'lambda:AddPermission', 'lambda:UpdateFunctionUrlConfig'],
  },

  async read(clients, place, arn) {
    const qualifiers = await qualifiersOf(clients, place, arn);
    if (qualifiers === null) return null;
    const statements: FunctionStatement[] = [];
    const settings: { [name: string]: Json } = {};
    for (const some of chunks(qualifiers, 10)) {
      const read = await Promise.all(some.map((one) => readQualifier(clients, place, arn, one)));
      for (const { qualifier, held, authType } of read) {
        statements.push(...held);
        if (authType) settings[`url/${qualifier}`] = authType;
      }
    }
    const name = nameIn(arn, 'function:');
    const { account: owner } = place;
    return { kind: 'policy', name, tags: {}, service: 'lambda', owner, statements, settings };
  },

  async apply(clients, place, arn, change) {
    if (change.op === 'set') return setAuthType(clients, place, arn, change);
    // States are built by this file, so the elements are statements.
    const value = change.value as unknown as FunctionStatement;
    if (change.op === 'remove') return removePermission(clients, place, arn, value);
    const { client, sdk } = await lambdaOf(clients, place);
    const input = {
      FunctionName: nameIn(arn, 'function:'),
      ...permissionOf(value.statement),
      ...qualifierOf(value),
    };
    // It is there already when this is the second delivery.
    await orNull(client.send(new sdk.AddPermissionCommand(input)), (e) =>
      isAws(e, 'ResourceConflictException'),
    );
  },

  async *list(clients, place) {
    const { client, sdk } = await lambdaOf(clients, place);
    let Marker: string | undefined;
    do {
      const page = await client.send(new sdk.ListFunctionsCommand({ Marker }));
      yield (page.Functions ?? []).flatMap((one) => one.FunctionArn ?? []);
      Marker = page.NextMarker || undefined;
    } while (Marker);
  },

  hints: {
    /** A name, a partial or a full ARN, with or without a qualifier. */
    async function(_, place, id) {
      const parts = id.split(':');
      const at = parts.indexOf('function');
      const name =
        at >= 0 ? parts[at + 1] : parts.length === 2 && /^\d{12}$/.test(parts[0] ?? '') ? parts[1] : parts[0];
      return name ? [arnOf('lambda', place, `function:${name}`)] : [];
    },
  },
};

function qualifierOf({ qualifier }: { qualifier?: string }): { Qualifier?: string } {
  return qualifier === undefined || qualifier === latest ? {} : { Qualifier: qualifier };
}

/** `$LATEST`, which stands for the function itself, the published versions and the aliases. */
async function qualifiersOf(clients: Clients, place: Place, arn: string): Promise<string[] | null> {
  const FunctionName = nameIn(arn, 'function:');
  const { client, sdk } = await lambdaOf(clients, place);
  const versions = await orNull(
    allPages(async (Marker) => {
      const page = await client.send(new sdk.ListVersionsByFunctionCommand({ FunctionName, Marker }));
      return { items: page.Versions, next: page.NextMarker };
    }),
    absent,
  );
  if (versions === null) return null;
  const aliases = await orNull(
    allPages(async (Marker) => {
      const page = await client.send(new sdk.ListAliasesCommand({ FunctionName, Marker }));
      return { items: page.Aliases, next: page.NextMarker };
    }),
    absent,
  );
  if (aliases === null) return null;
  const named = [
    ...versions.flatMap((one) => one.Version ?? []),
    ...aliases.flatMap((one) => one.Name ?? []),
  ];
  return [...new Set([latest, ...named])];
}

async function readQualifier(clients: Clients, place: Place, arn: string, qualifier: string) {
  const { client, sdk } = await lambdaOf(clients, place);
  const of = { FunctionName: nameIn(arn, 'function:'), ...qualifierOf({ qualifier }) };
  const canHaveUrl = qualifier === latest || !/^\d+$/.test(qualifier);
  const [said, url] = await Promise.all([
    orNull(client.send(new sdk.GetPolicyCommand(of)), absent),
    canHaveUrl ? orNull(client.send(new sdk.GetFunctionUrlConfigCommand(of)), absent) : null,
  ]);
  const elements = said?.Policy ? elementsOf(said.Policy) : [];
  if (elements === null) throw new TerminalError(`the policy of ${arn} ${qualifier} cannot be read`);
  const own = elements.filter((one) => speaksOf(one.statement, qualifier));
  const held = own.map((one) => ({ ...one, id: `${qualifier}/${one.id}`, qualifier }));
  return { qualifier, held, authType: url?.AuthType ?? null };
}

/** An ARN with an alias or a version behind it is about that one only. */
function speaksOf(statement: Json, qualifier: string): boolean {
  const resource = isRecord(statement) ? statement.Resource : undefined;
  return typeof resource !== 'string' || (resource.split(':')[7] ?? latest) === qualifier;
}

async function removePermission(clients: Clients, place: Place, arn: string, gone: FunctionStatement) {
  const { client, sdk } = await lambdaOf(clients, place);
  const of = { FunctionName: nameIn(arn, 'function:'), ...qualifierOf(gone) };
  const said = await orNull(client.send(new sdk.GetPolicyCommand(of)), absent);
  const standing = (said?.Policy && elementsOf(said.Policy)) || [];
  const same = standing.find((one) => canonical(one.statement) === canonical(gone.statement));
  // Closed meanwhile, or changed: then it is judged anew.
  if (!same) return;
  const { StatementId } = permissionOf(gone.statement);
  await orNull(client.send(new sdk.RemovePermissionCommand({ ...of, StatementId })), absent);
}

async function setAuthType(
  clients: Clients,
  place: Place,
  arn: string,
  change: Extract<Change, { op: 'set' }>,
) {
  const [, qualifier] = /^url\/(.+)$/.exec(change.id) ?? [];
  const AuthType: FunctionUrlAuthType | null =
    change.to === 'AWS_IAM' || change.to === 'NONE' ? change.to : null;
  if (!qualifier || AuthType === null) {
    throw new TerminalError(`a function has no setting ${change.id} ${JSON.stringify(change.to)}`);
  }
  const { client, sdk } = await lambdaOf(clients, place);
  const input = { FunctionName: nameIn(arn, 'function:'), ...qualifierOf({ qualifier }), AuthType };
  // A URL that was deleted meanwhile lets nobody in.
  await orNull(client.send(new sdk.UpdateFunctionUrlConfigCommand(input)), absent);
}
