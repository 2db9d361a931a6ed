import { fromAnswer, isAnswer } from './events/answer.ts';
import { fromCloudTrail } from './events/cloudtrail.ts';
import { fromConfig, isConfigMessage } from './events/config.ts';
import { fromExoscale, isExoscale } from './events/exoscale.ts';
import { fromGuardDuty, isGuardDuty } from './events/guardduty.ts';
import { isAccountId, isRegion } from './events/ids.ts';
import { deeperThan, field, isFields, text } from './events/json.ts';
import { fromNamedResources, isNamedResources } from './events/named-resources.ts';
import { idOf, levelsMax, malformed, type Normalised, named, timeOf } from './events/normalised.ts';
import { fromNotice, isNotice } from './events/notices.ts';
import { fromOslo, isOslo } from './events/oslo.ts';
import { findingsIn, fromSecurityHub, isAsff } from './events/securityhub.ts';
import { eventsIn, unwrapped } from './events/wrapped.ts';

export type { Normalised } from './events/normalised.ts';
export { eventsIn } from './events/wrapped.ts';

/**
 * Any JSON value as a hint: which resources to look at, who is said to have touched them, or why there is nothing to
 * do. Never throws, and decides nothing: what is open is read from the cloud.
 */
export function normalise(value: unknown): Normalised {
  const list = eventsIn(value);
  if (list.length > 1) return malformed(value, `${list.length} events in one`);
  const event = list.length === 1 ? list[0] : unwrapped(value);
  if (deeperThan(event, levelsMax)) return malformed(value, `nested deeper than ${levelsMax} levels`);
  if (!isFields(event)) return malformed(value, `not an event but ${kindOfValue(event)}`);

  const detailType = text(event, 'detail-type');
  if (detailType !== null) return fromEnvelope(event, detailType);
  if (text(event, 'eventName') !== null || text(event, 'eventSource') !== null)
    return fromCloudTrail(event, null);
  if (isConfigMessage(event)) return fromConfig(event, null);
  if (isOslo(event)) return fromOslo(event);
  if (isExoscale(event)) return fromExoscale(event);
  if (isAsff(event)) return fromSecurityHub([event], event, null);
  if (isGuardDuty(event)) return fromGuardDuty(event, null);
  const findings = findingsIn(event);
  if (findings.length > 0) return fromSecurityHub(findings, event, null);
  if (isNamedResources(event)) return fromNamedResources(event);
  if (isAnswer(event)) return fromAnswer(event);
  return malformed(value, 'of no known shape');
}

/** Several events in one value (a batch, a log file), each by itself. */
export function normaliseAll(value: unknown): Normalised[] {
  return eventsIn(value).map(normalise);
}

/** https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
function fromEnvelope(event: unknown, detailType: string): Normalised {
  const detail = field(event, 'detail');
  if (!isFields(detail)) return malformed(event, 'an envelope without detail');
  if (/ via CloudTrail$/.test(detailType)) return fromCloudTrail(detail, event);
  if (isConfigMessage(detail)) return fromConfig(detail, event);
  const findings = findingsIn(detail);
  if (findings.length > 0) return fromSecurityHub(findings, event, event);
  if (isGuardDuty(detail)) return fromGuardDuty(detail, event);
  if (isNotice(detailType)) return fromNotice(detailType, detail, event);
  const account = field(event, 'account');
  const region = field(event, 'region');
  const name = named(detailType) ?? 'of an unreadable detail-type';
  return {
    eventId: idOf([field(event, 'id')], event),
    at: timeOf(field(event, 'time')),
    account: isAccountId(account) ? account : null,
    region: isRegion(region) ? region : null,
    actor: null,
    name,
    hints: [],
    dropped: 0,
    ignored: `unknown event: no resource of a guarded kind in ${name}`,
    malformed: false,
  };
}

function kindOfValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an empty list';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}
