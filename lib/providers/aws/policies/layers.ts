import { TerminalError } from '../../../errors.ts';
import { canonical } from '../../../fingerprint.ts';
import { elementsOf } from '../../../iam/document.ts';
import type { PolicyStatement } from '../../../kinds/statement.ts';
import type { Clients, Place } from '../clients.ts';
import { allPages } from '../ec2.ts';
import { isAws, orNull } from '../errors.ts';
import { lambdaOf } from '../services.ts';
import { arnOf, type Holder } from './holder.ts';
import { permissionOf } from './permission.ts';

const absent = (error: unknown) => isAws(error, 'ResourceNotFoundException');

/** Versions of Lambda layers; the id is the ARN of the version. */
export const layers: Holder = {
  service: 'lambda-layer',
  calls: {
    read: [
      'lambda:GetLayerVersion',
      'lambda:GetLayerVersionPolicy',
      'lambda:ListLayers',
      'lambda:ListLayerVersions',
    ],
    write: ['lambda:RemoveLayerVersionPermission', 'lambda:AddLayerVersionPermission'],
  },

  async read(clients, place, arn) {
    const { client, sdk } = await lambdaOf(clients, place);
    const of = versionOf(arn);
    if ((await orNull(client.send(new sdk.GetLayerVersionCommand(of)), absent)) === null) return null;
    const statements = await policyOf(clients, place, arn);
    const { account: owner } = place;
    const name = `${of.LayerName}:${of.VersionNumber}`;
    return { kind: 'policy', name, tags: {}, service: 'lambda-layer', owner, statements, settings: {} };
  },

  async apply(clients, place, arn, change) {
    if (change.op === 'set') throw new TerminalError(`a layer has no setting ${change.id}`);
    const { client, sdk } = await lambdaOf(clients, place);
    const of = versionOf(arn);
    // States are built by this file, so the elements are statements.
    const value = change.value as unknown as PolicyStatement;
    const { StatementId, Action, Principal, PrincipalOrgID } = permissionOf(value.statement);
    if (change.op === 'add') {
      const organization = PrincipalOrgID ? { OrganizationId: PrincipalOrgID } : {};
      const account = Principal.split(':')[4] ?? Principal;
      const input = { ...of, StatementId, Action, Principal: account, ...organization };
      const command = new sdk.AddLayerVersionPermissionCommand(input);
      await orNull(client.send(command), (error) => isAws(error, 'ResourceConflictException'));
      return;
    }
    const statements = await policyOf(clients, place, arn);
    if (!statements.some((one) => canonical(one.statement) === canonical(value.statement))) return;
    await orNull(client.send(new sdk.RemoveLayerVersionPermissionCommand({ ...of, StatementId })), absent);
  },

  async *list(clients, place) {
    const { client, sdk } = await lambdaOf(clients, place);
    const named = await allPages(async (Marker) => {
      const page = await client.send(new sdk.ListLayersCommand({ Marker }));
      return { items: page.Layers, next: page.NextMarker };
    });
    for (const { LayerName } of named) {
      const versions = await allPages(async (Marker) => {
        const page = await client.send(new sdk.ListLayerVersionsCommand({ LayerName, Marker }));
        return { items: page.LayerVersions, next: page.NextMarker };
      });
      yield versions.flatMap((one) => one.LayerVersionArn ?? []);
    }
  },

  /** `name:version`, or the ARN of a layer and `:version`. */
  hints: {
    'layer-version': async (_, place, id) => [
      id.startsWith('arn:') ? id : arnOf('lambda', place, `layer:${id}`),
    ],
  },
};

function versionOf(arn: string): { LayerName: string; VersionNumber: number } {
  const [name = '', version = ''] = arn.split(':').slice(6);
  if (!/^\d+$/.test(version)) throw new TerminalError(`${arn} is no version of a layer`);
  return { LayerName: name, VersionNumber: Number(version) };
}

async function policyOf(clients: Clients, place: Place, arn: string) {
  const { client, sdk } = await lambdaOf(clients, place);
  const said = await orNull(client.send(new sdk.GetLayerVersionPolicyCommand(versionOf(arn))), absent);
  const statements = said?.Policy ? elementsOf(said.Policy) : [];
  if (statements === null) throw new TerminalError(`the policy of ${arn} cannot be read`);
  return statements;
}
