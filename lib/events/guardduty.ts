import type { Hint } from '../model.ts';
import { hintsOfArn, placed } from './arn.ts';
import { fromPointed, originOf } from './finding.ts';
import { collect, elements, field, text } from './json.ts';
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
    ['credential', collect(resource, 'accessKeyDetails.accessKeyId')],
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
    hints: [...hints, ...arns.flatMap((arn) => hintsOfArn(arn, origin))],
    at: timeOf(...time),
    name: 'GuardDuty Finding',
  });
}

function userIn(details: unknown): [kind: string, ids: string[]][] {
  const [user] = elements(field(details, 'userName')).filter((one): one is string => typeof one === 'string');
  const type = text(details, 'userType');
  if (type === 'Root') return [['account-worldwide', ['account']]];
  if (user === undefined || user === '') return [];
  if (type === 'IAMUser') return [['user-name', [user]]];
  return type === 'AssumedRole' || type === 'Role' ? [['role-name', [user]]] : [];
}
