import type { AwsSecurityFinding, SecurityHubClient } from '@aws-sdk/client-securityhub';
import type { Case, Entry } from '../cases.ts';
import { RetryableError } from '../errors.ts';
import type { OutcomeName } from '../model.ts';
import type { Notifier } from '../ports.ts';
import { findingOf } from './securityhub/finding.ts';
import { resourceIn } from './securityhub/resource.ts';
import { securityControlsOf } from './securityhub/security-controls.ts';

type Sdk = typeof import('@aws-sdk/client-securityhub');

/** The hub of an account and region, and the SDK that is loaded when it is first asked for. */
export type HubOf = (place: {
  account: string;
  region: string;
}) => Promise<{ client: SecurityHubClient; sdk: Sdk }>;

/** What the channel calls, for its role and the docs. */
export const securityHubCalls = [
  'securityhub:BatchImportFindings',
  'securityhub:GetFindings',
  'securityhub:BatchUpdateFindings',
] as const;

/** https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchUpdateFindings.html */
const updatesMax = 100;

const workflows: { [outcome in OutcomeName]?: 'RESOLVED' | 'NOTIFIED' | 'SUPPRESSED' } = {
  fixed: 'RESOLVED',
  clean: 'RESOLVED',
  gone: 'RESOLVED',
  asked: 'NOTIFIED',
  held: 'NOTIFIED',
  told: 'NOTIFIED',
  exempt: 'SUPPRESSED',
  undone: 'SUPPRESSED',
};

/**
 * Security Hub: our finding is imported and follows its case, and the findings that its own checks made of the same
 * exposure are closed with it. Findings of other matters on the same resource stay as they are.
 */
export class SecurityHubNotifier implements Notifier {
  readonly name = 'securityhub';
  readonly #hubOf: HubOf;

  constructor(hubOf: HubOf) {
    this.#hubOf = hubOf;
  }

  async tell(about: Case, entries: readonly Entry[]): Promise<void> {
    const { provider, account, region } = about.resource;
    if (provider !== 'aws') return;
    const home = region === 'global' ? 'us-east-1' : region;
    const { client, sdk } = await this.#hubOf({ account, region: home });
    const finding = findingOf(about, entries, home);
    const imported = await client.send(new sdk.BatchImportFindingsCommand({ Findings: [finding] }));
    const [failed] = imported.FailedFindings ?? [];
    if (failed)
      throw new RetryableError(`Security Hub took no finding: ${failed.ErrorCode} ${failed.ErrorMessage}`);
    const status = workflows[about.outcome];
    if (status === undefined) return;
    const theirs = await theirFindings(about, { client, sdk });
    await mark([finding, ...theirs], status, about, { client, sdk });
  }
}

type Hub = Awaited<ReturnType<HubOf>>;
type Named = Pick<AwsSecurityFinding, 'Id' | 'ProductArn'>;

/** Findings of Security Hub's own checks of the same matter that are still open. */
async function theirFindings(about: Case, { client, sdk }: Hub): Promise<Named[]> {
  const checks = securityControlsOf(about.control);
  if (checks.length === 0) return [];
  const is = (Value: string) => ({ Value, Comparison: 'EQUALS' as const });
  const Filters = {
    ResourceId: [is(resourceIn(about.resource).Id)],
    ComplianceSecurityControlId: checks.map(is),
    RecordState: [is('ACTIVE')],
    WorkflowStatus: [is('NEW'), is('NOTIFIED')],
  };
  const found: Named[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new sdk.GetFindingsCommand({ Filters, MaxResults: 100, NextToken }));
    found.push(...(page.Findings ?? []));
    NextToken = page.NextToken || undefined;
  } while (NextToken);
  return found;
}

async function mark(
  findings: readonly Named[],
  Status: 'RESOLVED' | 'NOTIFIED' | 'SUPPRESSED',
  about: Case,
  { client, sdk }: Hub,
): Promise<void> {
  const Text = `Snapshut, case ${about.caseId}: ${about.outcome}. ${about.why}`.slice(0, 512);
  for (let from = 0; from < findings.length; from += updatesMax) {
    const some = findings.slice(from, from + updatesMax);
    const answer = await client.send(
      new sdk.BatchUpdateFindingsCommand({
        FindingIdentifiers: some.map(({ Id, ProductArn }) => ({ Id, ProductArn })),
        Workflow: { Status },
        Note: { Text, UpdatedBy: 'snapshut' },
      }),
    );
    const [left] = answer.UnprocessedFindings ?? [];
    // Our own may not be there yet: it is told again, and found by then.
    if (left)
      throw new RetryableError(
        `Security Hub left a finding as it was: ${left.ErrorCode} ${left.ErrorMessage}`,
      );
  }
}
