import type { AwsSecurityFinding, SecurityHubClient } from '@aws-sdk/client-securityhub';
import type { Case, Entry } from '../cases.ts';
import { RetryableError, TerminalError } from '../errors.ts';
import { isRegion } from '../events/ids.ts';
import { generator, reportedIn } from '../events/securityhub.ts';
import type { OutcomeName, ReportedFinding, Resource } from '../model.ts';
import type { Notifier } from '../ports.ts';
import { findingOf } from './securityhub/finding.ts';
import { isSameMatter } from './securityhub/matter.ts';
import { resourceIn } from './securityhub/resource.ts';

type Sdk = typeof import('@aws-sdk/client-securityhub');

/** The hub of a resource's account, and the SDK that is loaded when it is first asked for. */
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
 * Security Hub: our finding is imported and follows its case, and the findings of others about the same exposure are
 * closed with it: those that started the case, and those that stand on the same resource. Findings of other matters
 * stay as they are.
 */
export class SecurityHubNotifier implements Notifier {
  readonly name = 'securityhub';
  readonly #hubOf: HubOf;
  readonly #homeOf: (resource: Resource) => string;

  /** `homeOf`: the region in which a resource of no region is told of. */
  constructor(hubOf: HubOf, homeOf: (resource: Resource) => string = () => 'us-east-1') {
    this.#hubOf = hubOf;
    this.#homeOf = homeOf;
  }

  async tell(about: Case, entries: readonly Entry[]): Promise<void> {
    const { provider, account, region } = about.resource;
    // What was refused because nobody guards its account has no hub of ours.
    if (provider !== 'aws' || about.control === 'guarded-account') return;
    const home = region === 'global' ? this.#homeOf(about.resource) : region;
    const hub = await this.#hubOf({ account, region: home });
    const finding = findingOf(about, entries, home);
    await importOwn(finding, hub);
    const status = workflows[about.outcome];
    if (status === undefined) return;
    await mark([{ id: finding.Id ?? '', productArn: finding.ProductArn ?? '' }], status, about, hub);
    for (const [place, some] of Map.groupBy(await theirFindings(about, hub), (one) => regionOf(one, home))) {
      const theirHub = place === home ? hub : await this.#hubOf({ account, region: place });
      await mark(some, status, about, theirHub, { mayBeGone: true });
    }
  }
}

type Hub = Awaited<ReturnType<HubOf>>;
type Named = Pick<ReportedFinding, 'id' | 'productArn'>;

async function importOwn(finding: AwsSecurityFinding, { client, sdk }: Hub): Promise<void> {
  const said = await client.send(new sdk.BatchImportFindingsCommand({ Findings: [finding] }));
  const [failed] = said.FailedFindings ?? [];
  if (failed === undefined) return;
  const why = `Security Hub took no finding: ${failed.ErrorCode} ${failed.ErrorMessage}`;
  throw isForGood(failed.ErrorCode) ? new TerminalError(why) : new RetryableError(why);
}

/** No further try helps. https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchUpdateFindingsUnprocessedFinding.html */
function isForGood(code: string | undefined): boolean {
  return code === 'InvalidInput' || code === 'FindingSizeExceeded';
}

/** The region of the product's ARN is the one that the finding is kept in. */
function regionOf({ productArn }: Named, home: string): string {
  const region = productArn.split(':')[3] ?? '';
  return isRegion(region) ? region : home;
}

/** Open findings of the same matter: what started the case, and what else stands on the resource. */
async function theirFindings(about: Case, { client, sdk }: Hub): Promise<Named[]> {
  const is = (Value: string) => ({ Value, Comparison: 'EQUALS' as const });
  const Filters = {
    ResourceId: [is(resourceIn(about.resource).Id)],
    RecordState: [is('ACTIVE')],
    WorkflowStatus: [is('NEW'), is('NOTIFIED')],
  };
  const found = [...(about.findings ?? [])];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new sdk.GetFindingsCommand({ Filters, MaxResults: 100, NextToken }));
    found.push(...(page.Findings ?? []).flatMap(reportedIn));
    NextToken = page.NextToken || undefined;
  } while (NextToken);
  const theirs = found.filter(
    (one) => !one.generator.startsWith(generator) && isSameMatter(one, about.control),
  );
  return [...new Map(theirs.map((one) => [`${one.productArn} ${one.id}`, one])).values()];
}

async function mark(
  findings: readonly Named[],
  Status: 'RESOLVED' | 'NOTIFIED' | 'SUPPRESSED',
  about: Case,
  { client, sdk }: Hub,
  { mayBeGone = false } = {},
): Promise<void> {
  const Text = `Snapshut, case ${about.caseId}: ${about.outcome}. ${about.why}`.slice(0, 512);
  for (let from = 0; from < findings.length; from += updatesMax) {
    const some = findings.slice(from, from + updatesMax);
    const answer = await client.send(
      new sdk.BatchUpdateFindingsCommand({
        FindingIdentifiers: some.map(({ id, productArn }) => ({ Id: id, ProductArn: productArn })),
        Workflow: { Status },
        Note: { Text, UpdatedBy: 'snapshut' },
      }),
    );
    const left = (answer.UnprocessedFindings ?? []).find(
      (one) => !(mayBeGone && one.ErrorCode === 'FindingNotFound'),
    );
    if (left === undefined) continue;
    const why = `Security Hub left a finding as it was: ${left.ErrorCode} ${left.ErrorMessage}`;
    // Our own may not be there yet: it is told again, and found by then.
    throw isForGood(left.ErrorCode) ? new TerminalError(why) : new RetryableError(why);
  }
}
