import { TerminalError } from '../../../errors.ts';
import { elementsOf } from '../../../iam/document.ts';
import type { Attachment, UserState } from '../../../kinds/user.ts';
import type { Json } from '../../../model.ts';
import type { Clients, Place } from '../clients.ts';
import { allPages } from '../ec2.ts';
import { isAws } from '../errors.ts';
import { orNull } from '../policies/text-holder.ts';
import { iamOf } from '../services.ts';

export const noEntity = (error: unknown) => isAws(error, 'NoSuchEntityException', 'NoSuchEntity');

export function typeOf(arn: string): 'user' | 'role' {
  const type = arn.split(':')[5]?.split('/')[0];
  if (type !== 'user' && type !== 'role') throw new TerminalError(`${arn} is no user and no role`);
  return type;
}

export function nameOf(arn: string): string {
  return arn.split('/').pop() ?? '';
}

export async function readIdentity(clients: Clients, place: Place, arn: string): Promise<UserState | null> {
  return typeOf(arn) === 'user' ? readUser(clients, place, arn) : readRole(clients, place, arn);
}

async function readUser(clients: Clients, place: Place, arn: string): Promise<UserState | null> {
  const { client, sdk } = await iamOf(clients, place);
  const of = { UserName: nameOf(arn) };
  const found = (await orNull(client.send(new sdk.GetUserCommand(of)), noEntity))?.User;
  if (!found) return null;
  const [attached, inlineNames, devices, password] = await Promise.all([
    allPages(async (Marker) => {
      const page = await client.send(new sdk.ListAttachedUserPoliciesCommand({ ...of, Marker }));
      return { items: page.AttachedPolicies, next: page.Marker };
    }),
    allPages(async (Marker) => {
      const page = await client.send(new sdk.ListUserPoliciesCommand({ ...of, Marker }));
      return { items: page.PolicyNames, next: page.Marker };
    }),
    allPages(async (Marker) => {
      const page = await client.send(new sdk.ListMFADevicesCommand({ ...of, Marker }));
      return { items: page.MFADevices, next: page.Marker };
    }),
    orNull(client.send(new sdk.GetLoginProfileCommand(of)), noEntity),
  ]);
  const inline = inlineNames.map(async (PolicyName) => {
    const said = await client.send(new sdk.GetUserPolicyCommand({ ...of, PolicyName }));
    return { id: PolicyName, document: plain(said.PolicyDocument) };
  });
  return {
    ...nobody(place, found.UserName ?? '', found.Tags),
    service: 'user',
    createdAt: found.CreateDate?.toISOString() ?? null,
    consolePassword: password !== null,
    mfaDevices: devices.length,
    ...(password && { passwordLastUsedAt: found.PasswordLastUsed?.toISOString() ?? null }),
    attachments: await attachmentsOf(
      clients,
      place,
      attached.flatMap((one) => one.PolicyArn ?? []),
    ),
    inline: await Promise.all(inline),
  };
}

async function readRole(clients: Clients, place: Place, arn: string): Promise<UserState | null> {
  const { client, sdk } = await iamOf(clients, place);
  const of = { RoleName: nameOf(arn) };
  const found = (await orNull(client.send(new sdk.GetRoleCommand(of)), noEntity))?.Role;
  if (!found) return null;
  const [attached, inlineNames] = await Promise.all([
    allPages(async (Marker) => {
      const page = await client.send(new sdk.ListAttachedRolePoliciesCommand({ ...of, Marker }));
      return { items: page.AttachedPolicies, next: page.Marker };
    }),
    allPages(async (Marker) => {
      const page = await client.send(new sdk.ListRolePoliciesCommand({ ...of, Marker }));
      return { items: page.PolicyNames, next: page.Marker };
    }),
  ]);
  const inline = inlineNames.map(async (PolicyName) => {
    const said = await client.send(new sdk.GetRolePolicyCommand({ ...of, PolicyName }));
    return { id: PolicyName, document: plain(said.PolicyDocument) };
  });
  const trust = elementsOf(plain(found.AssumeRolePolicyDocument));
  if (trust === null) throw new TerminalError(`the trust policy of ${arn} cannot be read`);
  return {
    ...nobody(place, found.RoleName ?? '', found.Tags),
    service: 'role',
    createdAt: found.CreateDate?.toISOString() ?? null,
    managed: isManagedPath(found.Path),
    attachments: await attachmentsOf(
      clients,
      place,
      attached.flatMap((one) => one.PolicyArn ?? []),
    ),
    inline: await Promise.all(inline),
    trust,
  };
}

export async function trustTextOf(clients: Clients, place: Place, RoleName: string): Promise<string | null> {
  const { client, sdk } = await iamOf(clients, place);
  const said = await orNull(client.send(new sdk.GetRoleCommand({ RoleName })), noEntity);
  return said?.Role ? plain(said.Role.AssumeRolePolicyDocument) : null;
}

/** IAM writes documents URL-encoded. */
export function plain(document: string | undefined): string {
  // A document begins with a brace, so one that is not encoded is recognised.
  return document?.startsWith('%') ? decodeURIComponent(document) : (document ?? '');
}

/** Roles of services and of the identity center are AWS's own to change. */
export function isManagedPath(path: string | undefined): boolean {
  return /^\/(aws-service-role|aws-reserved)\//.test(path ?? '/');
}

export function nobody(
  place: Place,
  name: string,
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
) {
  return {
    kind: 'user' as const,
    name,
    tags: Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
    owner: place.account,
    managed: false,
    consolePassword: false,
    mfaDevices: 0,
    trust: [],
  };
}

/** Of AWS's own policies the name says enough; of the account's own the document is read. */
async function attachmentsOf(clients: Clients, place: Place, arns: readonly string[]): Promise<Attachment[]> {
  return Promise.all(
    arns.map(async (arn) => {
      const own = arn.split(':')[4] === place.account;
      return { id: arn, document: own ? await documentOf(clients, place, arn) : null };
    }),
  );
}

async function documentOf(clients: Clients, place: Place, PolicyArn: string): Promise<Json> {
  const { client, sdk } = await iamOf(clients, place);
  const about = await orNull(client.send(new sdk.GetPolicyCommand({ PolicyArn })), noEntity);
  const VersionId = about?.Policy?.DefaultVersionId;
  if (!VersionId) return null;
  const said = await orNull(client.send(new sdk.GetPolicyVersionCommand({ PolicyArn, VersionId })), noEntity);
  return said?.PolicyVersion?.Document ? plain(said.PolicyVersion.Document) : null;
}
