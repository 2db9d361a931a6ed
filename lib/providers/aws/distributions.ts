import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import { RetryableError, TerminalError } from '../../errors.ts';
import type { ListenerState } from '../../kinds/listener.ts';
import type { Change } from '../../model.ts';
import type { Clients, Place } from './clients.ts';
import { isAws } from './errors.ts';
import { orNull } from './policies/text-holder.ts';
import { cloudFrontOf } from './services.ts';

const absent = (error: unknown) => isAws(error, 'NoSuchDistribution');

/** CloudFront distributions, as listeners of the whole world. */
export async function readDistribution(
  clients: Clients,
  place: Place,
  Id: string,
): Promise<ListenerState | null> {
  const { client, sdk } = await cloudFrontOf(clients, place);
  const said = await orNull(client.send(new sdk.GetDistributionConfigCommand({ Id })), absent);
  const config = said?.DistributionConfig;
  if (!config) return null;
  const certificate = config.ViewerCertificate ?? {};
  return {
    kind: 'listener',
    name: config.Aliases?.Items?.[0] ?? Id,
    tags: {},
    service: 'cloudfront',
    protocol: 'HTTPS',
    port: 443,
    // Every distribution answers HTTPS.
    httpsPort: 443,
    settings: {
      tlsPolicy: certificate.MinimumProtocolVersion ?? 'TLSv1',
      certificate:
        certificate.CloudFrontDefaultCertificate === false || certificate.ACMCertificateArn
          ? 'own'
          : 'default',
      viewerProtocol: config.DefaultCacheBehavior?.ViewerProtocolPolicy ?? 'allow-all',
    },
  };
}

/** The whole configuration goes back as it came but for one field; its ETag keeps others' changes. */
export async function applyToDistribution(
  clients: Clients,
  place: Place,
  Id: string,
  change: Change,
): Promise<void> {
  const { client, sdk } = await cloudFrontOf(clients, place);
  const said = await orNull(client.send(new sdk.GetDistributionConfigCommand({ Id })), absent);
  if (!said?.DistributionConfig) return;
  const DistributionConfig = changed(said.DistributionConfig, change);
  try {
    await client.send(new sdk.UpdateDistributionCommand({ Id, IfMatch: said.ETag, DistributionConfig }));
  } catch (error) {
    if (!isAws(error, 'PreconditionFailed', 'InvalidIfMatchVersion')) throw error;
    throw new RetryableError(`${Id} was changed meanwhile`, { cause: error });
  }
}

function changed(config: DistributionConfig, change: Change): DistributionConfig {
  const to = change.op === 'set' && typeof change.to === 'string' ? change.to : null;
  if (to !== null && change.op === 'set' && change.id === 'tlsPolicy') {
    const MinimumProtocolVersion = to as NonNullable<
      DistributionConfig['ViewerCertificate']
    >['MinimumProtocolVersion'];
    return { ...config, ViewerCertificate: { ...config.ViewerCertificate, MinimumProtocolVersion } };
  }
  if (to !== null && change.op === 'set' && change.id === 'viewerProtocol' && config.DefaultCacheBehavior) {
    const ViewerProtocolPolicy = to as typeof config.DefaultCacheBehavior.ViewerProtocolPolicy;
    return { ...config, DefaultCacheBehavior: { ...config.DefaultCacheBehavior, ViewerProtocolPolicy } };
  }
  throw new TerminalError('a distribution has no such setting');
}

export async function* listDistributions(clients: Clients, place: Place): AsyncIterable<string[]> {
  const { client, sdk } = await cloudFrontOf(clients, place);
  let Marker: string | undefined;
  do {
    const { DistributionList } = await client.send(new sdk.ListDistributionsCommand({ Marker }));
    yield (DistributionList?.Items ?? []).flatMap((one) => one.Id ?? []);
    Marker = DistributionList?.NextMarker || undefined;
  } while (Marker);
}
