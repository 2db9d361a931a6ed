import * as z from 'zod';
import { parsed } from '../../events/json.ts';
import type { Clients, Place } from './clients.ts';
import { orNull } from './errors.ts';
import { nameOf, typeOf } from './identities/identity.ts';
import { noEntity } from './identities/policies.ts';
import { iamOf } from './services.ts';

/**
 * Temporary credentials cannot be taken back; what they may do can. One inline policy of ours refuses everything to
 * those that were given out before a time; keys have no such time and go on.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
 */
const PolicyName = 'SnapshutDeniedSessions';

/** The calls of this file. */
export const calls = {
  read: ['iam:GetUserPolicy', 'iam:GetRolePolicy'],
  write: ['iam:PutUserPolicy', 'iam:PutRolePolicy', 'iam:DeleteUserPolicy', 'iam:DeleteRolePolicy'],
};

const DeniedSessions = z.object({
  Statement: z.tuple([
    z.object({ Condition: z.object({ DateLessThan: z.object({ 'aws:TokenIssueTime': z.iso.datetime() }) }) }),
  ]),
});

function documentOf(before: string): string {
  const denied = {
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { DateLessThan: { 'aws:TokenIssueTime': before } },
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [denied] });
}

/** ISO 8601; null where there is no such policy, or somebody made another of it. */
export async function sessionsDeniedBefore(
  clients: Clients,
  place: Place,
  arn: string,
): Promise<string | null> {
  const { client, sdk } = await iamOf(clients, place);
  const asked: Promise<{ PolicyDocument?: string | undefined }> =
    typeOf(arn) === 'user'
      ? client.send(new sdk.GetUserPolicyCommand({ UserName: nameOf(arn), PolicyName }))
      : client.send(new sdk.GetRolePolicyCommand({ RoleName: nameOf(arn), PolicyName }));
  const text = (await orNull(asked, noEntity))?.PolicyDocument;
  if (text === undefined) return null;
  // IAM answers documents percent-encoded; engines do not always.
  const document = DeniedSessions.safeParse(parsed(text.startsWith('%') ? decodeURIComponent(text) : text));
  return document.data?.Statement[0].Condition.DateLessThan['aws:TokenIssueTime'] ?? null;
}

/** Null takes the policy away. A later time that another key's leak has set stays. */
export async function denySessions(
  clients: Clients,
  place: Place,
  arn: string,
  { from, before }: { from: string | null; before: string | null },
): Promise<void> {
  const { client, sdk } = await iamOf(clients, place);
  const isUser = typeOf(arn) === 'user';
  const name = nameOf(arn);
  const now = await sessionsDeniedBefore(clients, place, arn);
  const isTighter = before !== null && before > (from ?? '');
  if (now === before || (isTighter && now !== null && now > before)) return;
  if (before === null) {
    await orNull(
      isUser
        ? client.send(new sdk.DeleteUserPolicyCommand({ UserName: name, PolicyName }))
        : client.send(new sdk.DeleteRolePolicyCommand({ RoleName: name, PolicyName })),
      noEntity,
    );
    return;
  }
  const PolicyDocument = documentOf(before);
  if (isUser) await client.send(new sdk.PutUserPolicyCommand({ UserName: name, PolicyName, PolicyDocument }));
  else await client.send(new sdk.PutRolePolicyCommand({ RoleName: name, PolicyName, PolicyDocument }));
}
