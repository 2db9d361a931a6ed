import type { AttachedPolicy, GroupDetail, ManagedPolicyDetail, PolicyDetail } from '@aws-sdk/client-iam';
import { elementsOf } from '../../../iam/document.ts';
import type { Attachment, UserState } from '../../../kinds/user.ts';
import type { Clients, Place } from '../clients.ts';
import { isAws } from '../errors.ts';
import { iamOf } from '../services.ts';
import { isManagedPath } from './identity.ts';
import { nobody, plain, since } from './policies.ts';

/** From how many identities on one question about all of them costs less than asking for each. */
export const togetherFrom = 10;

export interface Everybody {
  /** Of everybody but those who must be asked for alone, such as a role whose trust policy cannot be read. */
  states: Map<string, UserState>;
  arns: string[];
}

/** Every user, role and group of the account in a few pages. Somebody made a moment ago may be missing. */
export async function readEverybody(clients: Clients, place: Place): Promise<Everybody> {
  const { client, sdk } = await iamOf(clients, place);
  const secondFactors = await credentialReport(clients, place);
  const found = new Map<string, UserState>();
  const arns: string[] = [];
  const pending: (() => void)[] = [];
  const documents: Documents = new Map();
  const groups = new Map<string, GroupDetail>();
  let Marker: string | undefined;
  do {
    const command = new sdk.GetAccountAuthorizationDetailsCommand({
      Filter: ['User', 'Role', 'Group', 'LocalManagedPolicy'],
      MaxItems: 1000,
      Marker,
    });
    const page = await client.send(command);
    for (const one of page.Policies ?? []) documents.set(one.Arn ?? '', defaultDocument(one));
    for (const one of page.GroupDetailList ?? []) {
      groups.set(one.GroupName ?? '', one);
      arns.push(one.Arn ?? '');
      pending.push(() => {
        found.set(one.Arn ?? '', {
          ...nobody(place, one.GroupName ?? '', []),
          service: 'group',
          createdAt: one.CreateDate?.toISOString() ?? null,
          ...policiesOf(place, one, documents),
        });
      });
    }
    for (const one of page.UserDetailList ?? []) {
      arns.push(one.Arn ?? '');
      const credentials = secondFactors.get(one.Arn ?? '');
      // Whoever would be told of is looked at alone: the report may be hours old.
      if (!credentials || (credentials.consolePassword && credentials.mfaDevices === 0)) continue;
      pending.push(() => {
        found.set(one.Arn ?? '', {
          ...nobody(place, one.UserName ?? '', one.Tags),
          ...credentials,
          service: 'user',
          createdAt: one.CreateDate?.toISOString() ?? null,
          attachments: attachmentsOf(place, one.AttachedManagedPolicies, documents),
          inline: inlineOf(one.UserPolicyList),
          groups: (one.GroupList ?? [])
            .toSorted()
            .map((id) => ({ id, ...policiesOf(place, groups.get(id) ?? {}, documents) })),
        });
      });
    }
    for (const one of page.RoleDetailList ?? []) {
      arns.push(one.Arn ?? '');
      const trust = elementsOf(plain(one.AssumeRolePolicyDocument));
      if (trust === null) continue;
      pending.push(() => {
        found.set(one.Arn ?? '', {
          ...nobody(place, one.RoleName ?? '', one.Tags),
          service: 'role',
          createdAt: one.CreateDate?.toISOString() ?? null,
          managed: isManagedPath(one.Path),
          attachments: attachmentsOf(place, one.AttachedManagedPolicies, documents),
          inline: inlineOf(one.RolePolicyList),
          trust,
        });
      });
    }
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker);
  // The documents of attached policies may stand on a later page than who has them.
  for (const settle of pending) settle();
  return { states: found, arns };
}

type Documents = Map<string, Omit<Attachment, 'id'>>;

function defaultDocument({ PolicyVersionList = [] }: ManagedPolicyDetail): Omit<Attachment, 'id'> {
  const version = PolicyVersionList.find((one) => one.IsDefaultVersion);
  return { document: plain(version?.Document), ...since(version?.CreateDate) };
}

function policiesOf(place: Place, one: GroupDetail, documents: Documents) {
  return {
    attachments: attachmentsOf(place, one.AttachedManagedPolicies, documents),
    inline: inlineOf(one.GroupPolicyList),
  };
}

function attachmentsOf(
  place: Place,
  attached: readonly AttachedPolicy[] = [],
  documents: Documents,
): Attachment[] {
  return attached.map(({ PolicyArn: id = '' }) => {
    const own = id.split(':')[4] === place.account;
    return { id, document: null, ...(own && documents.get(id)) };
  });
}

function inlineOf(list: readonly PolicyDetail[] = []): Attachment[] {
  return list.map((one) => ({ id: one.PolicyName ?? '', document: plain(one.PolicyDocument) }));
}

/**
 * Password and second factor of every user by ARN. AWS makes the report at most every four hours, which is
 * recent enough for what is only told; nobody is in it while AWS is still making the first one.
 */
async function credentialReport(clients: Clients, place: Place) {
  const { client, sdk } = await iamOf(clients, place);
  const known = new Map<string, Reported>();
  await client.send(new sdk.GenerateCredentialReportCommand({}));
  try {
    const said = await client.send(new sdk.GetCredentialReportCommand({}));
    const [head = '', ...lines] = Buffer.from(said.Content ?? [])
      .toString('utf8')
      .split('\n');
    const columns = head.trim().split(',');
    const at = (name: string) => columns.indexOf(name);
    for (const line of lines) {
      const fields = line.trim().split(',');
      const mfaDevices = fields[at('mfa_active')] === 'true' ? 1 : 0;
      const consolePassword = fields[at('password_enabled')] === 'true';
      const used = consolePassword && { passwordLastUsedAt: timeIn(fields[at('password_last_used')]) };
      known.set(fields[at('arn')] ?? '', { consolePassword, mfaDevices, ...used });
    }
  } catch (error) {
    const notYet = isAws(
      error,
      'CredentialReportNotReadyException',
      'ReportInProgress',
      'CredentialReportNotPresentException',
      'ReportNotPresent',
      'CredentialReportExpiredException',
      'ReportExpired',
    );
    if (!notYet) throw error;
  }
  return known;
}

type Reported = Pick<UserState, 'consolePassword' | 'mfaDevices' | 'passwordLastUsedAt'>;

/** `no_information` is never, since AWS began to write it down in 2014. */
function timeIn(field: string | undefined): string | null {
  const ms = Date.parse(field ?? '');
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
