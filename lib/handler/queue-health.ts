import { callTimeouts } from '../call-timeouts.ts';
import type { QueueHealth } from '../health.ts';

/** The IAM actions of this file. */
export const calls = ['cloudwatch:GetMetricData', 'sqs:GetQueueAttributes'] as const;

const numbers = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;

/** What waits in the two queues. Their numbers are SQS's own; only CloudWatch knows the age of the oldest. */
export async function queueHealth(
  urls: { queue: string; deadLetters: string },
  now: Date,
): Promise<QueueHealth> {
  const { GetQueueAttributesCommand, SQSClient } = await import('@aws-sdk/client-sqs');
  const client = new SQSClient({ requestHandler: callTimeouts });
  try {
    const asked = [urls.queue, urls.deadLetters].map((QueueUrl) =>
      client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...numbers] })),
    );
    const [queue, dead] = await Promise.all(asked);
    const number = (from: typeof queue, name: (typeof numbers)[number]) =>
      Number(from?.Attributes?.[name] ?? 0);
    return {
      waiting: number(queue, 'ApproximateNumberOfMessages'),
      taken: number(queue, 'ApproximateNumberOfMessagesNotVisible'),
      dead: number(dead, 'ApproximateNumberOfMessages'),
      oldestAgeMs: await oldestAgeMs(urls.queue, now),
    };
  } finally {
    client.destroy();
  }
}

async function oldestAgeMs(queueUrl: string, now: Date): Promise<number | null> {
  const { CloudWatchClient, GetMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
  const client = new CloudWatchClient({ requestHandler: callTimeouts });
  const QueueName = queueUrl.split('/').at(-1) ?? '';
  const Metric = {
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateAgeOfOldestMessage',
    Dimensions: [{ Name: 'QueueName', Value: QueueName }],
  };
  try {
    const { MetricDataResults } = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(now.getTime() - 15 * 60_000),
        EndTime: now,
        ScanBy: 'TimestampDescending',
        MetricDataQueries: [{ Id: 'age', MetricStat: { Metric, Period: 60, Stat: 'Maximum' } }],
      }),
    );
    const seconds = MetricDataResults?.[0]?.Values?.[0];
    return seconds === undefined ? null : seconds * 1000;
  } finally {
    client.destroy();
  }
}
