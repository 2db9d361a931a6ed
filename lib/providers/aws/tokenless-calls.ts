import type { Clients, Place } from './clients.ts';
import { cloudWatchOf } from './services.ts';

const spanMs = 14 * 86_400_000;

/**
 * How often a machine asked its metadata service without a token in two weeks: whoever does will fail once tokens
 * are required. Null where CloudWatch holds nothing.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-transition-to-version-2.html
 */
export async function tokenlessCallsOf(
  clients: Clients,
  place: Place,
  instanceId: string,
): Promise<number | null> {
  const now = clients.now();
  if (now === null) return null;
  const { client, sdk } = await cloudWatchOf(clients, place);
  const said = await client.send(
    new sdk.GetMetricStatisticsCommand({
      Namespace: 'AWS/EC2',
      MetricName: 'MetadataNoToken',
      Dimensions: [{ Name: 'InstanceId', Value: instanceId }],
      StartTime: new Date(now.getTime() - spanMs),
      EndTime: now,
      Period: 86_400,
      Statistics: ['Sum'],
    }),
  );
  const points = said.Datapoints ?? [];
  return points.length === 0 ? null : points.reduce((sum, point) => sum + (point.Sum ?? 0), 0);
}
