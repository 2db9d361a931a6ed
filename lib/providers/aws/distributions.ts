import type {
  DistributionConfig,
  DistributionSummary,
  SslProtocol,
  ViewerProtocolPolicy,
} from '@aws-sdk/client-cloudfront';
import { RetryableError, TerminalError } from '../../errors.ts';
import type { ListenerState } from '../../kinds/listener.ts';
import type { Change, Json } from '../../model.ts';
import type { Clients, Place } from './clients.ts';
import { allPages } from './ec2.ts';
import { isAws, orNull } from './errors.ts';
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
      ...ofBehaviours(config),
      ...ofOrigins(config),
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

/** `viewerProtocol/PATTERN` of each cache behaviour beside the default one. */
function ofBehaviours({ CacheBehaviors }: DistributionConfig): { [setting: string]: Json } {
  const all = CacheBehaviors?.Items ?? [];
  return Object.fromEntries(
    all.map((one) => [`viewerProtocol/${one.PathPattern}`, one.ViewerProtocolPolicy ?? 'allow-all']),
  );
}

/** `originTls/ID` and `originProtocol/ID` of each origin that is a server of its own. */
function ofOrigins({ Origins }: DistributionConfig): { [setting: string]: Json } {
  const custom = (Origins?.Items ?? []).filter((one) => one.CustomOriginConfig);
  return Object.fromEntries(
    custom.flatMap(({ Id, CustomOriginConfig }) => [
      [`originTls/${Id}`, CustomOriginConfig?.OriginSslProtocols?.Items ?? []],
      [`originProtocol/${Id}`, CustomOriginConfig?.OriginProtocolPolicy ?? null],
    ]),
  );
}

/** The configuration with this one setting changed. */
function changed(config: DistributionConfig, change: Change): DistributionConfig {
  if (change.op !== 'set') throw new TerminalError('a distribution has settings only');
  const { id, to } = change;
  const [setting = '', ...rest] = id.split('/');
  const name = rest.join('/');
  if (setting === 'tlsPolicy' && typeof to === 'string') {
    const MinimumProtocolVersion = to as ViewerCertificate['MinimumProtocolVersion'];
    return { ...config, ViewerCertificate: { ...config.ViewerCertificate, MinimumProtocolVersion } };
  }
  if (setting === 'viewerProtocol' && typeof to === 'string')
    return withViewerProtocol(config, name, to as ViewerProtocolPolicy);
  if (setting === 'originTls' && Array.isArray(to)) return withOriginTls(config, name, to.map(String));
  throw new TerminalError('a distribution has no such setting');
}

type ViewerCertificate = NonNullable<DistributionConfig['ViewerCertificate']>;

function withViewerProtocol(
  config: DistributionConfig,
  pattern: string,
  ViewerProtocolPolicy: ViewerProtocolPolicy,
): DistributionConfig {
  const { DefaultCacheBehavior, CacheBehaviors } = config;
  if (pattern === '' && DefaultCacheBehavior)
    return { ...config, DefaultCacheBehavior: { ...DefaultCacheBehavior, ViewerProtocolPolicy } };
  const Items = CacheBehaviors?.Items ?? [];
  const at = Items.findIndex((one) => one.PathPattern === pattern);
  const one = Items[at];
  if (!CacheBehaviors || !one) throw new TerminalError(`there is no behaviour for ${pattern} any more`);
  const next = Items.with(at, { ...one, ViewerProtocolPolicy });
  return { ...config, CacheBehaviors: { ...CacheBehaviors, Items: next } };
}

function withOriginTls(config: DistributionConfig, id: string, to: readonly string[]): DistributionConfig {
  const Items = config.Origins?.Items ?? [];
  const at = Items.findIndex((one) => one.Id === id);
  const one = Items[at];
  if (!config.Origins || !one?.CustomOriginConfig)
    throw new TerminalError(`there is no origin ${id} any more`);
  const OriginSslProtocols = { Quantity: to.length, Items: to as SslProtocol[] };
  const CustomOriginConfig = { ...one.CustomOriginConfig, OriginSslProtocols };
  return { ...config, Origins: { ...config.Origins, Items: Items.with(at, { ...one, CustomOriginConfig }) } };
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

/** All of the account's as the list tells them, for what asks about many buckets or certificates. */
export async function allDistributions(clients: Clients, place: Place): Promise<DistributionSummary[]> {
  const { client, sdk } = await cloudFrontOf(clients, { ...place, region: 'global' });
  return allPages(async (Marker) => {
    const { DistributionList } = await client.send(new sdk.ListDistributionsCommand({ Marker }));
    return { items: DistributionList?.Items, next: DistributionList?.NextMarker };
  });
}
