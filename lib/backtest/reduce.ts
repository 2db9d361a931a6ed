import { actorOf } from '../events/actor.ts';
import { failureOf, touchedBy, withoutVersion } from '../events/cloudtrail.ts';
import { isAccountId, isRegion } from '../events/ids.ts';
import { field, text } from '../events/json.ts';
import { idOf, timeOf } from '../events/normalised.ts';
import { kinds } from '../kinds.ts';
import type { Call, Deed } from './deed.ts';
import { reducers } from './reducers.ts';

/** Why a record is no deed. `foreign`: of a call that changes nothing guarded. */
export type Passed = 'foreign' | 'failed' | 'unplaced' | 'unnamed';

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
  const at = timeOf(field(record, 'eventTime'));
  if (account === undefined || region === undefined || at === null) return 'unplaced';

  const [request, response] = partsOf(record, [fullName, name]);
  const eventId = idOf([field(record, 'eventID')], record);
  const [identity, beside] = [field(record, 'userIdentity'), field(record, 'additionalEventData')];
  const call: Call = { name, at, account, region, request, response, identity, beside, eventId };
  const said = reducer(call).filter(({ kind }) => kind in kinds);
  if (said.length === 0) return 'unnamed';
  const actor = actorOf(record);
  return said.map(({ kind, id, isGlobal, step, names }, nth) => ({
    atMs: Date.parse(at),
    eventId,
    nth,
    name,
    actor,
    resource: { provider: 'aws', account, region: isGlobal ? 'global' : region, kind, id },
    step,
    ...(names && { names }),
  }));
}

/** Request and response, what stands in their nested forms before what stands around these. */
function partsOf(record: unknown, names: readonly string[]): [request: unknown, response: unknown] {
  const { request, response } = touchedBy(record, names);
  return [opened(request), opened(response)];
}

function opened(forms: readonly unknown[]): unknown {
  return forms.length > 1 ? Object.assign({}, ...forms) : forms[0];
}
