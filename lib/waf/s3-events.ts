import * as z from 'zod';

export interface ObjectName {
  bucket: string;
  key: string;
  /** Which version of the content: an overwritten object is another one. */
  version: string;
}

const S3Record = z.object({
  s3: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({ key: z.string(), eTag: z.string().optional(), versionId: z.string().optional() }),
  }),
});
const Notification = z.object({ Records: z.array(z.unknown()) });
const EventBridge = z.object({
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({ key: z.string(), etag: z.string().optional(), 'version-id': z.string().optional() }),
  }),
});
const Topic = z.object({ Type: z.literal('Notification'), Message: z.string() });
const Test = z.object({ Event: z.literal('s3:TestEvent') });

/**
 * The objects that a message names: S3's own notification, the same through SNS, or EventBridge's. Null where it is
 * none of these; empty for the test that S3 sends when it is set up.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function objectsNamed(body: unknown): ObjectName[] | null {
  const topic = Topic.safeParse(body);
  if (topic.success) return objectsNamed(jsonOf(topic.data.Message));
  if (Test.safeParse(body).success) return [];
  const bridged = EventBridge.safeParse(body);
  if (bridged.success) {
    const { bucket, object } = bridged.data.detail;
    // Here, unlike there, the key is not encoded.
    return [{ bucket: bucket.name, key: object.key, version: object['version-id'] ?? object.etag ?? '' }];
  }
  const notified = Notification.safeParse(body);
  if (!notified.success) return null;
  const records = notified.data.Records.map((one) => S3Record.safeParse(one));
  if (records.some((one) => !one.success)) return null;
  return records.flatMap(({ data }) => {
    if (!data) return [];
    const { bucket, object } = data.s3;
    const key = decodeURIComponent(object.key.replaceAll('+', ' '));
    return [{ bucket: bucket.name, key, version: object.versionId ?? object.eTag ?? '' }];
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
