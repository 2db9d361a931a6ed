import { elements, field, isFields, text } from '../events/json.ts';
import type { Json } from '../model.ts';
import type { Call, Reducer, Said } from './deed.ts';

/** Listeners of load balancers, and the content network's distributions. */
export const listenerReducers: { [name: string]: Reducer } = {
  CreateListener: ({ response, request }) => heard(listenersIn(response, request), true),
  ModifyListener: ({ response, request }) => heard(listenersIn(response, request), false),
  DeleteListener: ({ request }) => {
    const id = text(request, 'listenerArn');
    return id === null ? [] : [{ kind: 'listener', id, step: { do: 'end' } }];
  },
};

/** The answer tells all of a listener, the request what was asked for. */
function listenersIn(response: unknown, request: unknown): { [field: string]: unknown }[] {
  const asked = isFields(request) ? request : {};
  const answered = elements(field(response, 'listeners')).filter(isFields);
  return answered.length > 0 ? answered.map((one) => ({ ...asked, ...one })) : [asked];
}

function heard(listeners: readonly unknown[], isNew: boolean): Said[] {
  return listeners.flatMap((one): Said[] => {
    const id = text(one, 'listenerArn');
    if (id === null) return [];
    // `arn:…:listener/app/BALANCER/ID/LISTENER`
    const [, , balancer = '', number = ''] = id.split('/');
    const [protocol, port] = [text(one, 'protocol'), field(one, 'port')];
    const fields = {
      service: 'elb',
      ...(protocol !== null && { protocol }),
      ...(typeof port === 'number' && { port }),
      ...(protocol !== null && typeof port === 'number' && { name: `${balancer} ${protocol}:${port}` }),
    };
    const policy = text(one, 'sslPolicy');
    const actions = field(one, 'defaultActions');
    const values = {
      ...(policy !== null && { tlsPolicy: policy }),
      ...(actions !== undefined && { actions: elements(actions).map(inApiWords) }),
    };
    const names = { of: `${balancer}/${number}` };
    return [
      { kind: 'listener', id, names, step: isNew ? { do: 'make', fields } : { do: 'note', fields } },
      { kind: 'listener', id, step: { do: 'set', part: 'settings', values } },
    ];
  });
}

/** CloudTrail begins each name with a small letter, the API's own with a capital. */
export function inApiWords(value: unknown): Json {
  if (Array.isArray(value)) return value.map(inApiWords);
  if (!isFields(value)) return (value ?? null) as Json;
  const words = Object.entries(value).map(([name, one]) => [
    name.charAt(0).toUpperCase() + name.slice(1),
    inApiWords(one),
  ]);
  return Object.fromEntries(words);
}

export const distributionReducers: { [name: string]: Reducer } = {
  CreateDistribution: (call) => distributed(call, true),
  CreateDistributionWithTags: (call) => distributed(call, true),
  UpdateDistribution: (call) => distributed(call, false),
  DeleteDistribution: ({ request }) => {
    const id = text(request, 'id');
    return id === null ? [] : [{ kind: 'listener', id, isGlobal: true, step: { do: 'end' } }];
  },
};

function distributed({ request, response }: Call, isNew: boolean): Said[] {
  const told = field(response, 'distribution');
  const tagged = field(field(request, 'distributionConfigWithTags'), 'distributionConfig');
  const config = field(told, 'distributionConfig') ?? field(request, 'distributionConfig') ?? tagged;
  const id = text(told, 'id') ?? text(request, 'id');
  if (id === null || !isFields(config)) return [];
  const [alias] = elements(field(config, 'aliases')).filter((one) => typeof one === 'string');
  const fields = { name: alias ?? id, service: 'cloudfront', protocol: 'HTTPS', port: 443, httpsPort: 443 };
  const values = { ...certificateIn(config), ...behavioursIn(config), ...originsIn(config) };
  return [
    { kind: 'listener', id, isGlobal: true, step: isNew ? { do: 'make', fields } : { do: 'note', fields } },
    { kind: 'listener', id, isGlobal: true, step: { do: 'set', part: 'settings', values } },
  ];
}

function certificateIn(config: unknown): { [name: string]: Json } {
  const certificate = field(config, 'viewerCertificate');
  const tlsPolicy = text(certificate, 'minimumProtocolVersion');
  if (tlsPolicy === null) return {};
  const isOwn =
    field(certificate, 'cloudFrontDefaultCertificate') === false ||
    (text(certificate, 'aCMCertificateArn') ?? text(certificate, 'acmCertificateArn')) !== null;
  return { tlsPolicy, certificate: isOwn ? 'own' : 'default' };
}

function behavioursIn(config: unknown): { [name: string]: Json } {
  const others = elements(field(config, 'cacheBehaviors'))
    .map((one) => [text(one, 'pathPattern'), text(one, 'viewerProtocolPolicy')] as const)
    .filter(([pattern, policy]) => pattern !== null && policy !== null)
    .map(([pattern, policy]) => [`viewerProtocol/${pattern}`, policy]);
  const first = text(field(config, 'defaultCacheBehavior'), 'viewerProtocolPolicy');
  return { ...(first !== null && { viewerProtocol: first }), ...Object.fromEntries(others) };
}

function originsIn(config: unknown): { [name: string]: Json } {
  const origins = elements(field(config, 'origins')).flatMap((one) => {
    const [id, custom] = [text(one, 'id'), field(one, 'customOriginConfig')];
    if (id === null || !isFields(custom)) return [];
    const protocols = elements(field(custom, 'originSslProtocols')).filter(
      (said) => typeof said === 'string',
    );
    return [
      [`originTls/${id}`, protocols],
      [`originProtocol/${id}`, text(custom, 'originProtocolPolicy')],
    ];
  });
  return Object.fromEntries(origins);
}
