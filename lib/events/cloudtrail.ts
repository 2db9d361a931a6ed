import type { Hint } from '../model.ts';
import { actorOf } from './actor.ts';
import { isWorldwide } from './cloudtrail-rows.ts';
import { rowOf, type Touched } from './cloudtrail-table.ts';
import { isAccountId, isId, isRegion } from './ids.ts';
import { field, isFields, text } from './json.ts';
import { idOf, malformed, type Normalised, named, timeOf } from './normalised.ts';

/**
 * A CloudTrail record, alone or as the detail of an EventBridge envelope.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function fromCloudTrail(record: unknown, envelope: unknown): Normalised {
  const fullName = named(field(record, 'eventName'));
  const source = named(field(record, 'eventSource'));
  if (fullName === null || source === null) return malformed(record, 'no eventName or no eventSource');
  const account = [
    field(record, 'recipientAccountId'),
    field(field(record, 'userIdentity'), 'accountId'),
    field(envelope, 'account'),
  ].find(isAccountId);
  const region = [field(record, 'awsRegion'), field(envelope, 'region')].find(isRegion);
  const event: Omit<Normalised, 'hints' | 'dropped' | 'ignored'> = {
    eventId: idOf([field(record, 'eventID'), field(envelope, 'id')], record),
    at: timeOf(field(record, 'eventTime'), field(envelope, 'time')),
    account: account ?? null,
    region: region ?? null,
    actor: actorOf(record),
    name: fullName,
    malformed: false,
  };
  const nothing = (ignored: string): Normalised => ({ ...event, hints: [], dropped: 0, ignored });

  const failure = failureOf(record);
  if (failure) return nothing(`failed API call ${fullName}: ${failure}`);
  const isReadOnly = String(field(record, 'readOnly')) === 'true';
  if (isReadOnly) return nothing(`${fullName} only reads`);
  const name = rowOf.has(`${source}/${fullName}`) ? fullName : withoutVersion(fullName);
  const row = rowOf.get(`${source}/${name}`);
  if (!row) return nothing(`unknown event: no resource of a guarded kind in ${fullName}`);
  if (!account || !region) {
    const missing = account ? 'region' : 'account';
    return { ...nothing(`malformed event: ${fullName} names no ${missing}`), malformed: true };
  }

  const found = row.hints(touchedBy(record, [fullName, name]));
  const hints: Hint[] = found
    .filter(({ kind, id }) => isId(kind, id))
    .map(({ kind, id }) => ({
      provider: 'aws',
      account,
      region: isWorldwide(kind) ? 'global' : region,
      kind,
      id,
    }));
  const dropped = found.length - hints.length;
  if (hints.length > 0) return { ...event, hints, dropped, ignored: null };
  const why = dropped > 0 ? `the id in ${fullName} has the shape of none` : null;
  return { ...nothing(why ?? `no resource of a guarded kind in ${fullName}`), dropped };
}

/** `AuthorizeSecurityGroupIngress20150301`, `CreateDistribution2020_05_31`, `…2_0`, `…20150331v2`. */
const versionSuffix = /(?:20\d{2}_?\d{2}_?\d{2}|_?\d{1,2}_\d{1,2})(?:v\d{1,2})?$/;

export function withoutVersion(name: string): string {
  return name.replace(versionSuffix, '');
}

/** Why the call did nothing, or null where it did what it was asked to. */
export function failureOf(record: unknown): string | null {
  const code = field(record, 'errorCode');
  if (code !== undefined && code !== null && code !== '')
    return named(code) ?? 'an error of an unreadable code';
  return text(record, 'errorMessage') === null ? null : 'an error without a code';
}

/** Request and response, beside what stands in them under the name of the call. */
export function touchedBy(record: unknown, names: readonly string[]): Touched {
  const opened = (part: unknown, suffix: string): unknown[] => {
    if (!isFields(part)) return [];
    return [part, ...names.map((name) => field(part, name + suffix)).filter(isFields)];
  };
  return {
    request: opened(field(record, 'requestParameters'), 'Request'),
    response: opened(field(record, 'responseElements'), 'Response'),
    identity: [field(record, 'userIdentity')].filter(isFields),
  };
}
