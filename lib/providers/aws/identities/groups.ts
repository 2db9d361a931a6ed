import type { Membership, UserState } from '../../../kinds/user.ts';
import type { Clients, Place } from '../clients.ts';
import { allPages } from '../ec2.ts';
import { orNull } from '../errors.ts';
import { iamOf } from '../services.ts';
import { attachmentsOf, nobody, noEntity, plain } from './policies.ts';

/** IAM groups: what they hand on to whoever is in them. */
export async function readGroup(
  clients: Clients,
  place: Place,
  GroupName: string,
): Promise<UserState | null> {
  const { client, sdk } = await iamOf(clients, place);
  const found = await orNull(client.send(new sdk.GetGroupCommand({ GroupName, MaxItems: 1 })), noEntity);
  if (!found?.Group) return null;
  return {
    ...nobody(place, GroupName, []),
    service: 'group',
    createdAt: found.Group.CreateDate?.toISOString() ?? null,
    ...(await policiesOf(clients, place, GroupName)),
  };
}

export async function membershipsOf(clients: Clients, place: Place, UserName: string): Promise<Membership[]> {
  const { client, sdk } = await iamOf(clients, place);
  const groups = await allPages(async (Marker) => {
    const page = await client.send(new sdk.ListGroupsForUserCommand({ UserName, Marker }));
    return { items: page.Groups, next: page.Marker };
  });
  const names = groups.flatMap((one) => one.GroupName ?? []).toSorted();
  return Promise.all(names.map(async (id) => ({ id, ...(await policiesOf(clients, place, id)) })));
}

async function policiesOf(clients: Clients, place: Place, GroupName: string) {
  const { client, sdk } = await iamOf(clients, place);
  const of = { GroupName };
  const [attached, names] = await Promise.all([
    allPages(async (Marker) => {
      const page = await orNull(
        client.send(new sdk.ListAttachedGroupPoliciesCommand({ ...of, Marker })),
        noEntity,
      );
      return { items: page?.AttachedPolicies, next: page?.Marker };
    }),
    allPages(async (Marker) => {
      const page = await orNull(client.send(new sdk.ListGroupPoliciesCommand({ ...of, Marker })), noEntity);
      return { items: page?.PolicyNames, next: page?.Marker };
    }),
  ]);
  const inline = names.map(async (PolicyName) => {
    const said = await orNull(client.send(new sdk.GetGroupPolicyCommand({ ...of, PolicyName })), noEntity);
    return { id: PolicyName, document: plain(said?.PolicyDocument) };
  });
  const arns = attached.flatMap((one) => one.PolicyArn ?? []);
  return { attachments: await attachmentsOf(clients, place, arns), inline: await Promise.all(inline) };
}
