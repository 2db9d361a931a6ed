import { motoAccount } from '../../lib/sandbox/moto.ts';
import type { Call } from './call.ts';
import type { Passed } from './proxy.ts';

/** The audit event of a change that took effect, as CloudTrail writes it; who made it is who signed it. */

export type AuditEvent = { [name: string]: unknown };

/** Null for what only reads, did not take effect, or no audit log tells. */
export function auditOf({ call, answer }: Passed, { id, at }: { id: string; at: string }): AuditEvent | null {
  if (call.isRead || answer === null || answer.status >= 300 || call.region === null) return null;
  return {
    eventVersion: '1.11',
    userIdentity: identityOf(call.key ?? ''),
    eventTime: at,
    eventSource: `${call.service}.amazonaws.com`,
    eventName: call.operation,
    awsRegion: call.region,
    sourceIPAddress: '198.51.100.7',
    userAgent: call.headers['user-agent'] ?? '',
    requestParameters: parametersOf(call),
    responseElements: null,
    eventID: id,
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: motoAccount,
    eventCategory: 'Management',
  };
}

/** Keys of the service's processes begin with `life`. */
export const isOurs = (key: string | null): boolean => key?.startsWith('life') ?? false;

function identityOf(key: string) {
  const accountId = motoAccount;
  if (!isOurs(key))
    return { type: 'IAMUser', arn: `arn:aws:iam::${accountId}:user/maria`, userName: 'maria', accountId };
  return { type: 'AssumedRole', arn: `arn:aws:sts::${accountId}:assumed-role/snapshut/snapshut`, accountId };
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
function parametersOf({ dialect, url, body }: Call): { [name: string]: unknown } {
  if (dialect === 's3') return { bucketName: url.pathname.split('/')[1] ?? '' };
  const fields =
    dialect === 'json'
      ? Object.entries(JSON.parse(body.toString() || '{}') as { [name: string]: unknown })
      : [...new URLSearchParams(body.toString())].filter(([name]) => /^[A-Z]\w*$/.test(name));
  return Object.fromEntries(
    fields.map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]),
  );
}
