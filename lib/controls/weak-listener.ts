import * as z from 'zod';
import { isRecord } from '../iam/statement.ts';
import type { ListenerState } from '../kinds/listener.ts';
import type { Change, Exposure, Json } from '../model.ts';
import { worst } from '../model.ts';
import { control, type Settings } from './control.ts';

const Options = z.strictObject({
  /** What a weak listener of a load balancer gets. */
  policy: z.string().default('ELBSecurityPolicy-TLS13-1-2-2021-06'),
  /** What a weak CloudFront distribution gets. */
  viewerPolicy: z.string().default('TLSv1.2_2021'),
});
type Options = z.infer<typeof Options>;

/**
 * Policies that speak nothing older than TLS 1.2.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html
 */
function isCurrent(policy: string): boolean {
  if (/^ELBSecurityPolicy-TLS13-1-[23]-/.test(policy)) return true;
  if (/^ELBSecurityPolicy-(TLS-1-2|FS-1-2)-/.test(policy)) return true;
  return /^TLSv1\.[23]_20\d\d$/.test(policy);
}

function exposuresOf(state: ListenerState): Exposure[] {
  const { tlsPolicy } = state.settings;
  const found: Exposure[] = [];
  if (typeof tlsPolicy === 'string' && !isCurrent(tlsPolicy)) {
    const what = `TLS older than 1.2 (${tlsPolicy})`;
    const tell =
      'a distribution under its own cloudfront.net name takes no other: give it a certificate first';
    const exposure = {
      part: 'settings',
      id: 'tlsPolicy',
      what,
      to: 'whoever can listen in',
      severity: 'medium',
    } as const;
    found.push({ ...exposure, ...(state.settings.certificate === 'default' && { tell }) });
  }
  if (plainSetting(state) !== null) {
    const what = 'plain HTTP without a redirect';
    const tell = 'there is no working HTTPS listener beside it that a redirect could point to';
    const exposure = { part: 'settings', id: plainSetting(state) ?? '', what, to: 'whoever can listen in' };
    found.push({ ...exposure, severity: 'medium', ...(state.httpsPort === null && { tell }) });
  }
  return found;
}

/** The setting by which plain requests are answered; null where they are not, or only with a redirect. */
function plainSetting({ service, protocol, settings }: ListenerState): string | null {
  if (service === 'cloudfront') return settings.viewerProtocol === 'allow-all' ? 'viewerProtocol' : null;
  if (protocol !== 'HTTP') return null;
  const actions = Array.isArray(settings.actions) ? settings.actions.filter(isRecord) : [];
  const redirects = actions.some(
    (one) =>
      isRecord(one.RedirectConfig ?? null) &&
      (one.RedirectConfig as { Protocol?: Json }).Protocol === 'HTTPS',
  );
  return redirects || actions.some((one) => one.Type === 'fixed-response') ? null : 'actions';
}

function changeOf(state: ListenerState, id: string, { policy, viewerPolicy }: Options): Change {
  const from = state.settings[id] ?? null;
  const set = { op: 'set', part: 'settings', id, from } as const;
  if (id === 'viewerProtocol') return { ...set, to: 'redirect-to-https' };
  if (id === 'tlsPolicy') return { ...set, to: state.service === 'cloudfront' ? viewerPolicy : policy };
  const RedirectConfig = { Protocol: 'HTTPS', Port: String(state.httpsPort), StatusCode: 'HTTP_301' };
  return { ...set, to: [{ Type: 'redirect', Order: 1, RedirectConfig }] };
}

const forward = {
  Type: 'forward',
  Order: 1,
  TargetGroupArn: 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/1',
};
const good: ListenerState = {
  kind: 'listener',
  name: 'shop HTTPS:443',
  tags: {},
  service: 'elb',
  protocol: 'HTTPS',
  port: 443,
  httpsPort: 443,
  settings: { tlsPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06', actions: [forward] },
};

export const weakListener = control({
  name: 'weak-listener',
  kind: 'listener',
  title: 'A listener speaks old TLS, or answers plain HTTP without a redirect',
  remedy: 'sets a current TLS policy; redirects where a working HTTPS listener is beside it',
  defaultMode: 'ask',
  options: Options,
  check(state) {
    const exposures = exposuresOf(state);
    if (exposures.length === 0) return null;
    const why = `Listener ${state.name} speaks ${exposures.map((one) => one.what).join(' and ')}.`;
    return { severity: worst(exposures.map((one) => one.severity)), why, exposures };
  },
  fix: (state, exposures, { options }: Settings<Options>) =>
    exposures.map((one) => changeOf(state, one.id, options)),
  examples: {
    bad: { ...good, settings: { ...good.settings, tlsPolicy: 'ELBSecurityPolicy-2016-08' } },
    good,
  },
});
