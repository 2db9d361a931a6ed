import { unpack } from '../../packed.ts';

/** Unpacked, a subscription payload is a few MiB; more is somebody's bomb. */
const maxUnpackedBytes = 64 << 20;

/**
 * The log lines inside a CloudWatch Logs subscription payload: as Lambda gets it (`awslogs.data`, base64 and
 * gzip) or as Firehose and Kinesis deliver it unpacked. Null where the record is none.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
 */
export function cloudWatchLines(record: { [key: string]: unknown }): string[] | null {
  const packed = (record.awslogs as { data?: unknown } | undefined)?.data;
  if (typeof packed === 'string') return unpacked(packed);
  if (!Array.isArray(record.logEvents)) return null;
  // A control message asks whether anybody listens.
  if (record.messageType === 'CONTROL_MESSAGE') return [];
  return record.logEvents.map((event: { message?: unknown } | null) => String(event?.message ?? ''));
}

function unpacked(packed: string): string[] | null {
  try {
    return cloudWatchLines(JSON.parse(unpack(packed, maxUnpackedBytes)));
  } catch {
    // Base64, gzip or JSON that is none: the caller counts the line as unreadable.
    return null;
  }
}
