import type { Attachment } from '../../../kinds/user.ts';
import type { Change } from '../../../model.ts';
import type { Clients, Place } from '../clients.ts';
import { orNull } from '../errors.ts';
import { iamOf } from '../services.ts';
import { noEntity } from './policies.ts';

type Iam = Awaited<ReturnType<typeof iamOf>>;

/** The same four calls for each sort of identity; taking away what is gone is success. */
const calls = {
  user: ({ sdk, client }: Iam, UserName: string) => ({
    attach: (PolicyArn: string) => client.send(new sdk.AttachUserPolicyCommand({ UserName, PolicyArn })),
    detach: (PolicyArn: string) => client.send(new sdk.DetachUserPolicyCommand({ UserName, PolicyArn })),
    put: (inline: Inline) => client.send(new sdk.PutUserPolicyCommand({ UserName, ...inline })),
    drop: (PolicyName: string) => client.send(new sdk.DeleteUserPolicyCommand({ UserName, PolicyName })),
  }),
  role: ({ sdk, client }: Iam, RoleName: string) => ({
    attach: (PolicyArn: string) => client.send(new sdk.AttachRolePolicyCommand({ RoleName, PolicyArn })),
    detach: (PolicyArn: string) => client.send(new sdk.DetachRolePolicyCommand({ RoleName, PolicyArn })),
    put: (inline: Inline) => client.send(new sdk.PutRolePolicyCommand({ RoleName, ...inline })),
    drop: (PolicyName: string) => client.send(new sdk.DeleteRolePolicyCommand({ RoleName, PolicyName })),
  }),
  group: ({ sdk, client }: Iam, GroupName: string) => ({
    attach: (PolicyArn: string) => client.send(new sdk.AttachGroupPolicyCommand({ GroupName, PolicyArn })),
    detach: (PolicyArn: string) => client.send(new sdk.DetachGroupPolicyCommand({ GroupName, PolicyArn })),
    put: (inline: Inline) => client.send(new sdk.PutGroupPolicyCommand({ GroupName, ...inline })),
    drop: (PolicyName: string) => client.send(new sdk.DeleteGroupPolicyCommand({ GroupName, PolicyName })),
  }),
};

interface Inline {
  PolicyName: string;
  PolicyDocument: string;
}

/** Attaches or detaches a managed policy, or writes or deletes an inline one. */
export async function setPolicy(
  clients: Clients,
  place: Place,
  { type, name }: { type: keyof typeof calls; name: string },
  change: Exclude<Change, { op: 'set' }>,
): Promise<void> {
  const call = calls[type](await iamOf(clients, place), name);
  // States are built by this adapter, so the elements are attachments.
  const { id, document } = change.value as unknown as Attachment;
  if (change.part === 'inline' && change.op === 'add') {
    const PolicyDocument = typeof document === 'string' ? document : JSON.stringify(document);
    await call.put({ PolicyName: id, PolicyDocument });
  } else if (change.part === 'inline') await orNull(call.drop(id), noEntity);
  else if (change.op === 'add') await call.attach(id);
  else await orNull(call.detach(id), noEntity);
}
