import { actorOf } from '../events/actor.ts';
import { failureOf, withoutVersion } from '../events/cloudtrail.ts';
import { isAccountId, isRegion } from '../events/ids.ts';
import { field, isFields, text } from '../events/json.ts';
import { idOf, timeOf } from '../events/normalised.ts';
import { kinds } from '../kinds.ts';
import type { Call, Deed } from './deed.ts';
import { reducers } from './reducers.ts';

/**
 * Why a record is no deed. `foreign`: of a call that changes nothing guarded; `silent`: of one that may, and this time
 * told of nothing that a control looks at, or of no resource.
 */
export type Passed = 'foreign' | 'failed' | 'unplaced' | 'silent';

/** What a CloudTrail record did, or why it did nothing. */
export function reduce(record: unknown): Deed[] | Passed {
  const [source, fullName] = [text(record, 'eventSource'), text(record, 'eventName')];
  if (source === null || fullName === null) return 'foreign';
  const name = withoutVersion(fullName);
  const reducer = reducers.get(`${source}/${name}`);
  if (reducer === undefined) return 'foreign';
  if (failureOf(record) !== null) return 'failed';

  const account = [
    field(record, 'recipientAccountId'),
    field(field(record, 'userIdentity'), 'accountId'),
  ].find(isAccountId);
  const region = [field(record, 'awsRegion')].find(isRegion);
  const atMs = momentOf(field(record, 'eventTime'));
  if (account === undefined || region === undefined || atMs === null) return 'unplaced';

  const [request, response] = partsOf(record, fullName === name ? [name] : [fullName, name]);
  const eventId = idOf([field(record, 'eventID')], record);
  const [identity, beside] = [field(record, 'userIdentity'), field(record, 'additionalEventData')];
  const call: Call = {
    ...{ name, account, region, request, response, identity, beside, eventId },
    get at() {
      return new Date(atMs).toISOString();
    },
  };
  const said = reducer(call).filter(({ kind }) => kind in kinds);
  if (said.length === 0) return 'silent';
  const actor = actorOf(record);
  return said.map(({ kind, id, isGlobal, step, names }, nth) => ({
    atMs,
    eventId,
    nth,
    name,
    actor,
    resource: { provider: 'aws', account, region: isGlobal ? 'global' : region, kind, id },
    step,
    ...(names && { names }),
  }));
}

/** As CloudTrail writes it: to the second, in UTC. */
const plainTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

function momentOf(said: unknown): number | null {
  const isPlain = typeof said === 'string' && plainTime.test(said);
  const ms = Date.parse(isPlain ? said : (timeOf(said) ?? ''));
  return Number.isNaN(ms) ? null : ms;
}

/** Request and response, what stands in their nested forms before what stands around these. */
function partsOf(record: unknown, names: readonly string[]): [request: unknown, response: unknown] {
  return [
    opened(field(record, 'requestParameters'), 'Request', names),
    opened(field(record, 'responseElements'), 'Response', names),
  ];
}

function opened(part: unknown, suffix: string, names: readonly string[]): unknown {
  if (!isFields(part)) return undefined;
  const forms = names.map((name) => field(part, name + suffix)).filter(isFields);
  return forms.length > 0 ? Object.assign({}, part, ...forms) : part;
}
