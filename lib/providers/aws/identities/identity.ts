import { TerminalError } from '../../../errors.ts';
import { elementsOf } from '../../../iam/document.ts';
import type { UserState } from '../../../kinds/user.ts';
import type { Clients, Place } from '../clients.ts';
import { allPages } from '../ec2.ts';
import { orNull } from '../errors.ts';
import { iamOf } from '../services.ts';
import { membershipsOf, readGroup } from './groups.ts';
import { attachmentsOf, nobody, noEntity, plain } from './policies.ts';

export function typeOf(arn: string): 'user' | 'role' | 'group' {
  const type = arn.split(':')[5]?.split('/')[0];
  if (type !== 'user' && type !== 'role' && type !== 'group')
    throw new TerminalError(`${arn} is no user, no role and no group`);
  return type;
}

export function nameOf(arn: string): string {
  return arn.split('/').pop() ?? '';
}

export async function readIdentity(clients: Clients, place: Place, arn: string): Promise<UserState | null> {
  const type = typeOf(arn);
  if (type === 'group') return readGroup(clients, place, nameOf(arn));
  return type === 'user' ? readUser(clients, place, arn) : readRole(clients, place, arn);
}

async function readUser(clients: Clients, place: Place, arn: string): Promise<UserState | null> {
  const { client, sdk } = await iamOf(clients, place);
  const of = { UserName: nameOf(arn) };
  const found = (await orNull(client.send(new sdk.GetUserCommand(of)), noEntity))?.User;
  if (!found) return null;
  const [attached, inlineNames, devices, password, groups] = await Promise.all([
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
    membershipsOf(clients, place, of.UserName),
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
    groups,
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

/** Roles of services and of the identity center are AWS's own to change. */
export function isManagedPath(path: string | undefined): boolean {
  return /^\/(aws-service-role|aws-reserved)\//.test(path ?? '/');
}
