import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import type { Case, Entry } from '../../cases.ts';
import { generator } from '../../events/securityhub.ts';
import { partitionOf, resourceIn } from './resource.ts';

const labels = { low: 'LOW', medium: 'MEDIUM', high: 'HIGH', critical: 'CRITICAL' } as const;

/**
 * A case as a finding of our own. The id stays the same, so that each import is a new word on the same finding; it must
 * be newer than the last, hence the time of the last entry.
 */
export function findingOf(about: Case, entries: readonly Entry[], home: string): AwsSecurityFinding {
  const { caseId, resource, control, openedAt, since, severity, why, outcome } = about;
  const partition = partitionOf(home);
  const steps = about.changes.map((one) => one.text).join('; ');
  const isShut = about.closedAt !== null && ['fixed', 'clean', 'gone'].includes(outcome);
  return {
    SchemaVersion: '2018-10-08',
    Id: `snapshut/${resource.account}/${home}/${caseId}`,
    ProductArn: `arn:${partition}:securityhub:${home}:${resource.account}:product/${resource.account}/default`,
    ProductName: 'Snapshut',
    CompanyName: 'Snapshut',
    GeneratorId: `${generator}${control}`,
    AwsAccountId: resource.account,
    Types: ['Software and Configuration Checks/AWS Security Best Practices'],
    FirstObservedAt: since ?? openedAt,
    CreatedAt: openedAt,
    UpdatedAt: entries.at(-1)?.at ?? openedAt,
    Severity: { Label: labels[severity] },
    Title: cut(`${control}: ${about.resourceName ?? resource.id}`, 256),
    Description: cut(`${why} Outcome: ${outcome}.`, 1024),
    ...(steps && { Remediation: { Recommendation: { Text: cut(steps, 512) } } }),
    Resources: [{ ...resourceIn(resource), Partition: partition, Region: home }],
    Compliance: { Status: isShut ? 'PASSED' : 'FAILED' },
    RecordState: isShut ? 'ARCHIVED' : 'ACTIVE',
  };
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
