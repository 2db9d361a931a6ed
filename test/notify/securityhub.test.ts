import * as sdk from '@aws-sdk/client-securityhub';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Case, Entry } from '../../lib/cases.ts';
import { hintsOfArn } from '../../lib/events/arn.ts';
import type { OutcomeName, Resource } from '../../lib/model.ts';
import { normalise } from '../../lib/normalise.ts';
import { resourceIn } from '../../lib/notify/securityhub/resource.ts';
import { SecurityHubNotifier } from '../../lib/notify/securityhub.ts';

// No engine keeps workflow states of findings: here the SDK's own commands are answered.
const hub = mockClient(sdk.SecurityHubClient);
const places: unknown[] = [];
const notifier = new SecurityHubNotifier(async (place) => {
  places.push(place);
  return { client: new sdk.SecurityHubClient({ region: place.region }), sdk };
});
const group: Resource = {
  provider: 'aws',
  account: '123456789012',
  region: 'eu-central-1',
  kind: 'firewall',
  id: 'sg-0123abcd',
};
const groupArn = 'arn:aws:ec2:eu-central-1:123456789012:security-group/sg-0123abcd';
const theirs = {
  Id: 'their-finding',
  ProductArn: 'arn:aws:securityhub:eu-central-1::product/aws/securityhub',
};

function caseOf(outcome: OutcomeName, over: Partial<Case> = {}): Case {
  return {
    caseId: 'c1',
    resource: group,
    resourceName: 'web',
    control: 'public-port',
    severity: 'high',
    why: 'Too many public addresses can reach tcp/22 (ssh).',
    exposures: [],
    actor: null,
    eventName: 'sweep',
    since: null,
    outcome,
    openedAt: '2026-11-20T10:00:00.000Z',
    closedAt: outcome === 'fixed' ? '2026-11-20T10:00:05.000Z' : null,
    changes: [],
    shut: [],
    asked: null,
    ...over,
  } as Case;
}
const entries = [{ at: '2026-11-20T10:00:05.000Z' }] as Entry[];

beforeEach(() => {
  hub.reset();
  places.length = 0;
  hub.on(sdk.BatchImportFindingsCommand).resolves({ FailedCount: 0, SuccessCount: 1 });
  hub.on(sdk.GetFindingsCommand).resolves({ Findings: [theirs as sdk.AwsSecurityFinding] });
  hub.on(sdk.BatchUpdateFindingsCommand).resolves({ ProcessedFindings: [], UnprocessedFindings: [] });
});

describe('a case in Security Hub', () => {
  test('is a finding of our own, and closes the finding of its check on the same resource', async () => {
    await notifier.tell(caseOf('fixed'), entries);

    const finding = hub.commandCalls(sdk.BatchImportFindingsCommand)[0]?.args[0].input.Findings?.[0];
    expect(finding).toMatchObject({
      Resources: [{ Type: 'AwsEc2SecurityGroup', Id: groupArn }],
      ProductArn: 'arn:aws:securityhub:eu-central-1:123456789012:product/123456789012/default',
      UpdatedAt: '2026-11-20T10:00:05.000Z',
      Severity: { Label: 'HIGH' },
      RecordState: 'ARCHIVED',
    });
    expect(hub.commandCalls(sdk.GetFindingsCommand)[0]?.args[0].input.Filters).toMatchObject({
      ResourceId: [{ Value: groupArn, Comparison: 'EQUALS' }],
      ComplianceSecurityControlId: expect.arrayContaining([{ Value: 'EC2.13', Comparison: 'EQUALS' }]),
    });
    expect(hub.commandCalls(sdk.BatchUpdateFindingsCommand)[0]?.args[0].input).toMatchObject({
      Workflow: { Status: 'RESOLVED' },
      FindingIdentifiers: [{ Id: finding?.Id }, theirs],
      Note: { UpdatedBy: 'snapshut' },
    });
  });

  test.each<[OutcomeName, string | undefined]>([
    ['asked', 'NOTIFIED'],
    ['held', 'NOTIFIED'],
    ['exempt', 'SUPPRESSED'],
    ['undone', 'SUPPRESSED'],
    ['unfixed', undefined],
    ['failed', undefined],
  ])('that is %s makes the workflow %s', async (outcome, status) => {
    await notifier.tell(caseOf(outcome), entries);

    const [update] = hub.commandCalls(sdk.BatchUpdateFindingsCommand);
    expect(update?.args[0].input.Workflow?.Status).toBe(status);
  });

  test('that no check of theirs knows leaves all their findings as they are', async () => {
    await notifier.tell(caseOf('fixed', { control: 'mail-egress' }), entries);

    expect(hub.commandCalls(sdk.GetFindingsCommand)).toHaveLength(0);
    expect(
      hub.commandCalls(sdk.BatchUpdateFindingsCommand)[0]?.args[0].input.FindingIdentifiers,
    ).toHaveLength(1);
  });

  test('of another cloud is none of its business', async () => {
    await notifier.tell(caseOf('fixed', { resource: { ...group, provider: 'exoscale' } }), entries);

    expect(places).toEqual([]);
  });

  test('of the whole account is told where AWS keeps what has no region', async () => {
    const resource: Resource = { ...group, kind: 'account', region: 'global', id: '123456789012' };

    await notifier.tell(caseOf('told', { resource, control: 'account-block-public-access' }), entries);

    expect(places).toEqual([{ account: '123456789012', region: 'us-east-1' }]);
  });

  test('comes back as a hint at the same resource, and long words are cut', async () => {
    await notifier.tell(caseOf('fixed', { why: 'x'.repeat(5000) }), entries);

    const finding = hub.commandCalls(sdk.BatchImportFindingsCommand)[0]?.args[0].input.Findings?.[0];
    expect(finding?.Description?.length).toBeLessThanOrEqual(1024);
    const event = { 'detail-type': 'Security Hub Findings - Imported', detail: { findings: [finding] } };
    expect(normalise(event).hints).toMatchObject([group]);
  });

  test('that was not taken is told again', async () => {
    hub.on(sdk.BatchImportFindingsCommand).resolves({
      FailedCount: 1,
      SuccessCount: 0,
      FailedFindings: [{ Id: 'x', ErrorCode: 'InvalidInput', ErrorMessage: 'no' }],
    });
    await expect(notifier.tell(caseOf('fixed'), entries)).rejects.toThrow('Security Hub took no finding');

    hub.on(sdk.BatchImportFindingsCommand).resolves({ FailedCount: 0, SuccessCount: 1 });
    hub.on(sdk.BatchUpdateFindingsCommand).resolves({
      ProcessedFindings: [],
      UnprocessedFindings: [{ FindingIdentifier: theirs, ErrorCode: 'FindingNotFound', ErrorMessage: 'no' }],
    });
    await expect(notifier.tell(caseOf('fixed'), entries)).rejects.toThrow('left a finding as it was');
  });
});

test.each<Partial<Resource>>([
  { kind: 'firewall', id: 'sg-0123abcd' },
  { kind: 'network-acl', id: 'acl-0123abcd' },
  { kind: 'instance', id: 'i-0123abcd' },
  { kind: 'bucket', id: 'shop-data' },
  { kind: 'sharing', id: 'snap-0123abcd' },
  { kind: 'policy', id: 'arn:aws:sqs:eu-central-1:123456789012:orders' },
  { kind: 'database', id: 'arn:aws:rds:eu-central-1:123456789012:db:orders' },
  { kind: 'trail', id: 'arn:aws:cloudtrail:eu-central-1:123456789012:trail/main' },
  { kind: 'cluster', id: 'prod' },
])('what Security Hub calls %j leads back to it', (over) => {
  const resource = { ...group, ...over };

  expect(hintsOfArn(resourceIn(resource).Id, resource)).toMatchObject([resource]);
});
