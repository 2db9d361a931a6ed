import * as sdk from '@aws-sdk/client-securityhub';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Case, Entry } from '../../lib/cases.ts';
import { TerminalError } from '../../lib/errors.ts';
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
const identifier = {
  Id: 'their-finding',
  ProductArn: 'arn:aws:securityhub:eu-central-1::product/aws/securityhub',
};
const theirs = {
  ...identifier,
  GeneratorId: 'security-control/EC2.13',
  Compliance: { SecurityControlId: 'EC2.13' },
};
const checks = 'Software and Configuration Checks';
const others = [
  { ...identifier, Id: 'versioning', Compliance: { SecurityControlId: 'EC2.2' } },
  {
    ...identifier,
    Id: 'prowler-open',
    GeneratorId: 'prowler-ec2_securitygroup_allow_ingress_from_internet',
    Types: [checks],
  },
  { ...identifier, Id: 'prowler-unused', GeneratorId: 'prowler-ec2_securitygroup_not_used', Types: [checks] },
  {
    ...identifier,
    Id: 'attack',
    GeneratorId: 'arn:aws:guardduty:x',
    Types: ['TTPs/Initial Access/SSHBruteForce from the internet'],
  },
  { ...identifier, Id: 'cve', GeneratorId: 'inspector', Types: [`${checks}/Vulnerabilities/CVE public`] },
  { ...identifier, Id: 'ours', GeneratorId: 'snapshut/public-port' },
];

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
      WorkflowStatus: [
        { Value: 'NEW', Comparison: 'EQUALS' },
        { Value: 'NOTIFIED', Comparison: 'EQUALS' },
      ],
    });
    expect(hub.commandCalls(sdk.BatchUpdateFindingsCommand)[0]?.args[0].input).toMatchObject({
      Workflow: { Status: 'RESOLVED' },
      FindingIdentifiers: [{ Id: finding?.Id }],
      Note: { UpdatedBy: 'snapshut' },
    });
    expect(hub.commandCalls(sdk.BatchUpdateFindingsCommand)[1]?.args[0].input).toMatchObject({
      Workflow: { Status: 'RESOLVED' },
      FindingIdentifiers: [identifier],
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

  test('leaves findings of other matters on the same resource as they are', async () => {
    hub.on(sdk.GetFindingsCommand).resolves({ Findings: others as sdk.AwsSecurityFinding[] });

    await notifier.tell(caseOf('fixed'), entries);

    const closed = hub
      .commandCalls(sdk.BatchUpdateFindingsCommand)
      .flatMap((one) => one.args[0].input.FindingIdentifiers?.map(({ Id }) => Id));
    expect(closed).toEqual(['snapshut/123456789012/eu-central-1/c1', 'prowler-open']);
  });

  test('closes the finding that started it, where that finding is kept', async () => {
    hub.on(sdk.GetFindingsCommand).resolves({ Findings: [] });
    const started = {
      id: 'started',
      productArn: 'arn:aws:securityhub:eu-west-1::product/aws/securityhub',
      control: 'EC2.19',
      generator: 'security-control/EC2.19',
      types: [],
    };

    await notifier.tell(caseOf('fixed', { findings: [started] }), entries);

    expect(places.map((one) => (one as { region: string }).region)).toEqual(['eu-central-1', 'eu-west-1']);
    expect(hub.commandCalls(sdk.BatchUpdateFindingsCommand).at(-1)?.args[0].input).toMatchObject({
      FindingIdentifiers: [{ Id: 'started', ProductArn: started.productArn }],
      Workflow: { Status: 'RESOLVED' },
    });
  });

  test('does not mind that a finding of others is gone', async () => {
    hub
      .on(sdk.BatchUpdateFindingsCommand, {
        FindingIdentifiers: [{ Id: theirs.Id, ProductArn: theirs.ProductArn }],
      })
      .resolves({
        ProcessedFindings: [],
        UnprocessedFindings: [
          { FindingIdentifier: identifier, ErrorCode: 'FindingNotFound', ErrorMessage: 'no' },
        ],
      });

    await expect(notifier.tell(caseOf('fixed'), entries)).resolves.toBeUndefined();
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
    const event = (how: string) => ({
      'detail-type': `Security Hub Findings - ${how}`,
      detail: { findings: [finding] },
    });
    expect(normalise(event('Custom Action')).hints).toMatchObject([group]);
    // The event of our own import starts nothing, or each look would lead to the next.
    expect(normalise(event('Imported')).ignored).toBe('a finding that Snapshut itself imported');
  });

  test('that Security Hub can never take is not tried again', async () => {
    hub.on(sdk.BatchImportFindingsCommand).resolves({
      FailedCount: 1,
      SuccessCount: 0,
      FailedFindings: [{ Id: 'x', ErrorCode: 'InvalidInput', ErrorMessage: 'no' }],
    });

    await expect(notifier.tell(caseOf('fixed'), entries)).rejects.toThrow(TerminalError);
  });

  test('that was not taken is told again', async () => {
    hub.on(sdk.BatchImportFindingsCommand).resolves({
      FailedCount: 1,
      SuccessCount: 0,
      FailedFindings: [{ Id: 'x', ErrorCode: 'InternalFailure', ErrorMessage: 'no' }],
    });
    await expect(notifier.tell(caseOf('fixed'), entries)).rejects.toThrow('Security Hub took no finding');

    hub.on(sdk.BatchImportFindingsCommand).resolves({ FailedCount: 0, SuccessCount: 1 });
    hub.on(sdk.BatchUpdateFindingsCommand).resolves({
      ProcessedFindings: [],
      UnprocessedFindings: [
        { FindingIdentifier: identifier, ErrorCode: 'ConcurrentUpdateError', ErrorMessage: 'no' },
      ],
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
