import type { Hint } from '../model.ts';
import { hintsOfArn, type Origin, placed } from './arn.ts';
import { fromPointed, originOf } from './finding.ts';
import { collect, elements, field, text } from './json.ts';
import { isSessionKey, leaking, leakOfType } from './leaked.ts';
import { type Normalised, timeOf } from './normalised.ts';

/** As GuardDuty hands it out, alone or as the detail of an envelope. */
export function isGuardDuty(value: unknown): boolean {
  return text(field(value, 'service'), 'serviceName') === 'guardduty';
}

/** https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_cloudwatch.html */
export function fromGuardDuty(finding: unknown, envelope: unknown): Normalised {
  const origin = originOf(finding, envelope);
  const resource = field(finding, 'resource');
  const ids: [kind: string, ids: string[]][] = [
    ['instance', collect(resource, 'instanceDetails.instanceId')],
    ['firewall', collect(resource, 'instanceDetails.networkInterfaces.securityGroups.groupId')],
    ['bucket', collect(resource, 's3BucketDetails.name')],
    ['cluster', collect(resource, 'eksClusterDetails.name')],
    ['database-instance', collect(resource, 'rdsDbInstanceDetails.dbInstanceIdentifier')],
    ['function', collect(resource, 'lambdaDetails.functionName')],
    ...userIn(field(resource, 'accessKeyDetails')),
  ];
  const hints: Hint[] = ids.flatMap(([kind, all]) => all.flatMap((id) => placed({ kind, id }, origin)));
  const arns = [...collect(resource, 'ebsVolumeDetails.scannedVolumeDetails.snapshotArn')];
  const time = [field(finding, 'updatedAt'), field(finding, 'createdAt'), field(envelope, 'time')];
  return fromPointed(finding, envelope, origin, {
    hints: [...credentialsIn(finding, origin), ...hints, ...arns.flatMap((arn) => hintsOfArn(arn, origin))],
    at: timeOf(...time),
    name: 'GuardDuty Finding',
  });
}

/** The key itself; of a session, which has no key to deactivate, all sessions of its role or user. */
function credentialsIn(finding: unknown, origin: Origin): Hint[] {
  const details = field(field(finding, 'resource'), 'accessKeyDetails');
  const isArchived = field(field(finding, 'service'), 'archived') === true;
  return collect(details, 'accessKeyId').flatMap((key) => {
    const leak = isArchived ? null : leakOfType(text(finding, 'type'), key);
    const named = isSessionKey(key) ? sessionsOf(key, details) : { kind: 'credential', id: key };
    // Without a leak there is nothing to see about a session.
    if (isSessionKey(key) && leak === null) return [];
    return placed(named, origin).map((hint) => leaking(hint, leak));
  });
}

function sessionsOf(key: string, details: unknown): { kind: string; id: string } {
  const [name, type] = [text(details, 'userName'), text(details, 'userType')];
  if (name !== null && (type === 'AssumedRole' || type === 'Role'))
    return { kind: 'sessions', id: `role/${name}` };
  if (name !== null && type === 'IAMUser') return { kind: 'sessions', id: `user/${name}` };
  return { kind: 'session-key', id: key };
}

function userIn(details: unknown): [kind: string, ids: string[]][] {
  const [user] = elements(field(details, 'userName')).filter((one): one is string => typeof one === 'string');
  const type = text(details, 'userType');
  if (type === 'Root') return [['account-worldwide', ['account']]];
  if (user === undefined || user === '') return [];
  if (type === 'IAMUser') return [['user-name', [user]]];
  return type === 'AssumedRole' || type === 'Role' ? [['role-name', [user]]] : [];
}
