import type { Hint, Leak, ReportedFinding } from '../model.ts';
import { hintsOfArn, type Origin, placed } from './arn.ts';
import { fromPointed, originOf } from './finding.ts';
import { elements, field, isFields, text } from './json.ts';
import { isSessionKey, leaking, leakOfHub } from './leaked.ts';
import { type Normalised, timeOf } from './normalised.ts';

/** A finding in the AWS Security Finding Format, whoever made it. */
export function isAsff(value: unknown): boolean {
  return isFields(value) && Object.hasOwn(value, 'SchemaVersion') && Object.hasOwn(value, 'ProductArn');
}

/** `Security Hub Findings - Imported`, `- Custom Action`, and the answer of GetFindings. */
export function findingsIn(value: unknown): unknown[] {
  return elements(field(value, 'findings')).filter(isAsff);
}

/** https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html */
export function fromSecurityHub(
  findings: readonly unknown[],
  message: unknown,
  envelope: unknown,
): Normalised {
  const origin = originOf(findings[0], envelope);
  const hints = findings.flatMap((finding) => hintsOfFinding(finding, envelope));
  const times = findings.flatMap((one) => [field(one, 'updatedAt'), field(one, 'lastObservedAt')]);
  const name = text(envelope, 'detail-type') ?? 'Security Hub finding';
  const at = timeOf(...times, field(envelope, 'time'));
  const said = fromPointed(message, envelope, origin, { hints, at, name });
  // What we import ourselves comes back as an event, and would be looked at for ever.
  if (/ - Imported$/.test(name) && findings.every(isOurs))
    return { ...said, hints: [], ignored: 'a finding that Snapshut itself imported' };
  const reported = findings
    .filter((one) => !isOurs(one))
    .flatMap(reportedIn)
    .slice(0, reportedMost);
  return reported.length > 0 ? { ...said, findings: reported } : said;
}

/** What our own findings name as their generator, before the control. */
export const generator = 'snapshut/';

function isOurs(finding: unknown): boolean {
  return text(finding, 'generatorId')?.startsWith(generator) ?? false;
}

const reportedMost = 100;

/** How the finding is named when its workflow is set; ids and words beyond these lengths are no finding's. */
export function reportedIn(finding: unknown): ReportedFinding[] {
  const [id, productArn] = [text(finding, 'id'), text(finding, 'productArn')];
  if (id === null || productArn === null || id.length > 512 || productArn.length > 2048) return [];
  const types = elements(field(finding, 'types')).filter((one): one is string => typeof one === 'string');
  return [
    {
      id,
      productArn,
      control: text(field(finding, 'compliance'), 'securityControlId')?.slice(0, 64) ?? null,
      generator: (text(finding, 'generatorId') ?? '').slice(0, 512),
      types: types.slice(0, 50).map((one) => one.slice(0, 256)),
    },
  ];
}

function hintsOfFinding(finding: unknown, envelope: unknown): Hint[] {
  return elements(field(finding, 'resources')).flatMap((resource) => {
    // Its own region before that of the hub, which may gather the findings of all.
    const { region } = originOf({ region: field(resource, 'region') }, finding, envelope);
    return hintsOfResource(resource, { account: originOf(finding, envelope).account, region }, (what) =>
      leakIn(finding, what),
    );
  });
}

/** Nothing where the finding is over. */
function leakIn(finding: unknown, what: string): Leak | null {
  const status = text(field(finding, 'workflow'), 'status');
  if (text(finding, 'recordState') === 'ARCHIVED' || status === 'RESOLVED' || status === 'SUPPRESSED')
    return null;
  const types = elements(field(finding, 'types')).filter((one): one is string => typeof one === 'string');
  return leakOfHub(types, text(finding, 'generatorId'), what);
}

function hintsOfResource(resource: unknown, origin: Origin, leakOf: (what: string) => Leak | null): Hint[] {
  const [type, id] = [text(resource, 'type') ?? '', text(resource, 'id') ?? ''];
  const details = field(resource, 'details');
  if (type === 'AwsAccount') {
    // Its settings stand in two places: those of the whole account and those of a region.
    return ['account-worldwide', 'account-settings'].flatMap((kind) =>
      placed({ kind, id: 'account' }, origin),
    );
  }
  if (type === 'AwsIamAccessKey') {
    const key = text(field(details, 'awsIamAccessKey'), 'accessKeyId') ?? id.split(':').at(-1) ?? '';
    const leak = leakOf(key);
    // Without a leak there is nothing to see about a session.
    if (isSessionKey(key) && leak === null) return [];
    const named = isSessionKey(key) ? sessionsOf(key, details) : { kind: 'credential', id: key };
    return placed(named, origin).map((hint) => leaking(hint, leak));
  }
  const byName = nameOf(type, field(details, type.charAt(0).toLowerCase() + type.slice(1)));
  if (byName !== null) return placed(byName, origin);
  return hintsOfArn(id, origin);
}

/** Its role, where the finding says it; otherwise the provider has to find out. */
function sessionsOf(key: string, details: unknown): { kind: string; id: string } {
  const issuer = field(field(field(details, 'awsIamAccessKey'), 'sessionContext'), 'sessionIssuer');
  const arn = text(issuer, 'arn');
  return arn === null ? { kind: 'session-key', id: key } : { kind: 'credential', id: arn };
}

/** Where the ARN of a finding names a resource by an id that its own calls do not take. */
function nameOf(type: string, details: unknown): { kind: string; id: string } | null {
  const name = type === 'AwsRdsDbInstance' ? text(details, 'dBInstanceIdentifier') : null;
  return name === null ? null : { kind: 'database-instance', id: name };
}
