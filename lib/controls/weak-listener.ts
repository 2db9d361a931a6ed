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
  for (const id of plainSettings(state)) {
    const path = id.includes('/') ? ` for ${id.slice(id.indexOf('/') + 1)}` : '';
    const what = `plain HTTP without a redirect${path}`;
    const tell = 'there is no working HTTPS listener beside it that a redirect could point to';
    const exposure = { part: 'settings', id, what, to: 'whoever can listen in', severity: 'medium' } as const;
    found.push({ ...exposure, ...(state.httpsPort === null && { tell }) });
  }
  return [...found, ...originExposures(state)];
}

/** The way from a content network to the servers behind it. */
function originExposures({ settings }: ListenerState): Exposure[] {
  return Object.entries(settings).flatMap(([id, value]): Exposure[] => {
    const [setting, ...name] = id.split('/');
    const exposure = { part: 'settings', id, to: 'whoever can listen in', severity: 'medium' } as const;
    const origin = name.join('/');
    if (setting === 'originProtocol' && value === 'http-only') {
      const tell = 'whether the origin answers HTTPS, only its owner can tell';
      return [{ ...exposure, what: `plain HTTP with its origin ${origin}`, severity: 'low', tell }];
    }
    const old = setting === 'originTls' && Array.isArray(value) ? value.filter(isOld) : [];
    if (old.length === 0 || settings[`originProtocol/${origin}`] === 'http-only') return [];
    return [{ ...exposure, what: `TLS older than 1.2 with its origin ${origin} (${old.join(', ')})` }];
  });
}

const isOld = (protocol: Json) => /^(SSLv3|TLSv1|TLSv1\.1)$/.test(String(protocol));

/** The settings by which plain requests are answered, and not with a redirect. */
function plainSettings({ service, protocol, settings }: ListenerState): string[] {
  if (service === 'cloudfront') {
    const ways = Object.entries(settings).filter(([id]) => /^viewerProtocol(\/|$)/.test(id));
    return ways.flatMap(([id, value]) => (value === 'allow-all' ? [id] : []));
  }
  if (protocol !== 'HTTP') return [];
  const actions = Array.isArray(settings.actions) ? settings.actions.filter(isRecord) : [];
  const redirects = actions.some(
    (one) =>
      isRecord(one.RedirectConfig ?? null) &&
      (one.RedirectConfig as { Protocol?: Json }).Protocol === 'HTTPS',
  );
  return redirects || actions.some((one) => one.Type === 'fixed-response') ? [] : ['actions'];
}

function changeOf(state: ListenerState, id: string, { policy, viewerPolicy }: Options): Change {
  const from = state.settings[id] ?? null;
  const set = { op: 'set', part: 'settings', id, from } as const;
  if (id.startsWith('viewerProtocol')) return { ...set, to: 'redirect-to-https' };
  if (id.startsWith('originTls/')) {
    const current = (Array.isArray(from) ? from : []).filter((one) => !isOld(one));
    return { ...set, to: current.length > 0 ? current : ['TLSv1.2'] };
  }
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

const behind: ListenerState = {
  ...good,
  name: 'shop.example',
  service: 'cloudfront',
  settings: {
    tlsPolicy: 'TLSv1.2_2021',
    certificate: 'own',
    viewerProtocol: 'redirect-to-https',
    'viewerProtocol//static/*': 'https-only',
    'originTls/web': ['TLSv1.2'],
    'originProtocol/web': 'https-only',
  },
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
    bad: {
      ...behind,
      settings: {
        ...behind.settings,
        tlsPolicy: 'TLSv1_2016',
        'viewerProtocol//static/*': 'allow-all',
        'originTls/web': ['TLSv1', 'TLSv1.2'],
      },
    },
    good: behind,
  },
});
