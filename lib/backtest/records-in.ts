import { isFields, parsed, text } from '../events/json.ts';
import { eventsIn, isBare } from '../events/wrapped.ts';

/** How deep collections of records wrap each record. */
const levelsMax = 4;
const wrappers = ['detail', 'record', 'event', 'body', 'data', 'Records', 'Events', 'CloudTrailEvent'];

/**
 * The CloudTrail records in a value: itself, the detail of an EventBridge envelope, a log file, the answer of
 * `aws cloudtrail lookup-events`, or whatever a collection wrapped around each.
 */
export function recordsIn(value: unknown, levels = levelsMax): unknown[] {
  if (isBare(value)) return [value];
  return eventsIn(value).flatMap((event) => {
    if (!isFields(event) || levels === 0) return [];
    if (text(event, 'eventSource') !== null && Object.hasOwn(event, 'eventName')) return [event];
    return wrappers
      .filter((name) => Object.hasOwn(event, name))
      .flatMap((name) => recordsIn(parsed(event[name]) ?? event[name], levels - 1));
  });
}
