import { field, isFields, parsed, text } from './json.ts';

/** How often one envelope may sit in another: SQS around SNS around EventBridge is three. */
const wrapsMax = 5;

/** What a queue or a topic put around an event is taken off: SQS and SNS records, SNS notifications in a body. */
export function unwrapped(value: unknown): unknown {
  let inner = value;
  for (let wraps = 0; wraps < wrapsMax; wraps++) {
    const content = contentOf(inner);
    if (content === undefined) return inner;
    inner = content;
  }
  return inner;
}

function contentOf(value: unknown): unknown {
  if (!isFields(value)) return undefined;
  if (text(value, 'eventSource') === 'aws:sqs' || text(value, 'receiptHandle') !== null) {
    return parsed(field(value, 'body'));
  }
  if (text(value, 'EventSource') === 'aws:sns') return parsed(field(field(value, 'Sns'), 'Message'));
  if (text(value, 'Type') === 'Notification') return parsed(field(value, 'Message'));
  return undefined;
}

/** The single events in a value: log files `{Records: […]}`, batches and lists opened, envelopes taken off. */
export function eventsIn(value: unknown): unknown[] {
  if (isBare(value)) return [value];
  const open = (one: unknown, levels: number): unknown[] => {
    const inner = unwrapped(one);
    const list = Array.isArray(inner) ? inner : listOf(inner);
    if (list === undefined || levels === 0) return [inner];
    return list.flatMap((each) => open(each, levels - 1));
  };
  return open(value, wrapsMax);
}

/** A record of an audit log, which nothing is around: most of what is read in bulk. */
export function isBare(value: unknown): boolean {
  if (!isFields(value) || typeof value.eventName !== 'string') return false;
  const { eventSource, Records, receiptHandle, ReceiptHandle, EventSource, type, Type } = value;
  if (typeof eventSource !== 'string' || !eventSource.endsWith('.amazonaws.com')) return false;
  return (Records ?? receiptHandle ?? ReceiptHandle ?? EventSource ?? type ?? Type) === undefined;
}

function listOf(value: unknown): unknown[] | undefined {
  const records = isFields(value) && Object.hasOwn(value, 'Records') ? value.Records : undefined;
  return Array.isArray(records) ? records : undefined;
}
