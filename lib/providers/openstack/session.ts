import type * as z from 'zod';
import { RetryableError, TerminalError } from '../../errors.ts';
import { type Http, type HttpAnswer, type HttpCall, withoutQuery } from '../http.ts';
import { json, messageIn, type SignIn, signIn } from './keystone.ts';
import type { CloudSettings } from './settings.ts';

export type Service = 'network' | 'compute' | 'image' | 'identity' | 'object-store';

export interface Call {
  method: HttpCall['method'];
  service: Service;
  /** Below the service's version: `/security-groups/ID`. */
  path: string;
  query?: [string, string][];
  body?: object;
  headers?: Record<string, string>;
  /** Statuses besides 2xx that the caller understands. */
  expect?: number[];
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

export interface SessionOptions {
  settings: CloudSettings;
  http: Http;
  nowMs(): number;
}

/** Renewed this long before its end, so that no call starts with a token that ends under way. */
const renewBeforeMs = 5 * 60_000;

/** What each service's catalog entry must end with; some clouds write the version there and some do not. */
const versions: { [S in Service]: RegExp | null } = {
  network: /\/v2\.0$/,
  compute: /\/v2(\.1)?(\/[^/]+)?$/,
  image: /\/v2$/,
  identity: /\/v3$/,
  'object-store': null,
};
const appended: { [S in Service]: string } = {
  network: '/v2.0',
  compute: '/v2.1',
  image: '/v2',
  identity: '/v3',
  'object-store': '',
};
/** One project in one region: signs in when first used, and again before the token ends or when it is refused. */
export class Session {
  readonly settings: CloudSettings;
  readonly #http: Http;
  readonly #nowMs: () => number;
  #signing: Promise<SignIn> | null = null;
  #signed: SignIn | null = null;

  constructor({ settings, http, nowMs }: SessionOptions) {
    this.settings = settings;
    this.#http = http;
    this.#nowMs = nowMs;
  }

  /** The project that the credentials open, the region they were given for, and whose they are. */
  async place(): Promise<{ account: string; region: string; userId: string; userName: string }> {
    const { projectId, userId, userName, catalog } = await this.#signIn();
    const { region } = this.settings;
    if (region) return { account: projectId, region, userId, userName };
    const regions = new Set(catalog.flatMap((one) => one.endpoints.map((endpoint) => endpoint.region ?? '')));
    regions.delete('');
    const [only, second] = [...regions];
    if (!only || second) {
      throw new TerminalError(
        `OpenStack: name a region (OS_REGION_NAME); there are ${[...regions].join(', ') || 'none'}`,
      );
    }
    return { account: projectId, region: only, userId, userName };
  }

  /** Throws TerminalError for what will not change, RetryableError for what may; `expect`ed statuses are answered. */
  async call(call: Call): Promise<Answer> {
    const signed = await this.#signIn();
    const answer = await this.#send(call, signed);
    if (answer.status !== 401) return accepted(call, answer);
    // Revoked before its end: sign in once more; a second refusal is meant.
    if (this.#signed === signed) this.#signed = null;
    return accepted(call, await this.#send(call, await this.#signIn()));
  }

  /** A call whose JSON answer has this shape; anything else is an error. */
  async get<Schema extends z.ZodType>(call: Omit<Call, 'method'>, schema: Schema): Promise<z.infer<Schema>> {
    return shaped({ ...call, method: 'GET' }, await this.call({ ...call, method: 'GET' }), schema);
  }

  /** Whether this cloud offers the service here at all. */
  async has(service: Service): Promise<boolean> {
    const { catalog } = await this.#signIn();
    return service in this.settings.endpoints || found(service, this.settings, catalog) !== null;
  }

  async endpoint(service: Service): Promise<string> {
    return endpointOf(service, this.settings, (await this.#signIn()).catalog);
  }

  async #send(call: Call, signed: SignIn): Promise<HttpAnswer> {
    const query = call.query?.length ? `?${new URLSearchParams(call.query)}` : '';
    const microversion = this.settings.microversions[call.service];
    return this.#http({
      method: call.method,
      url: `${endpointOf(call.service, this.settings, signed.catalog)}${call.path}${query}`,
      headers: {
        accept: 'application/json',
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(microversion ? { 'openstack-api-version': `${call.service} ${microversion}` } : {}),
        ...call.headers,
        'x-auth-token': signed.token,
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
  }

  async #signIn(): Promise<SignIn> {
    if (this.#signed && this.#nowMs() < this.#signed.expiresAtMs - renewBeforeMs) return this.#signed;
    // Many calls at once sign in once.
    this.#signing ??= signIn(this.settings, this.#http).finally(() => {
      this.#signing = null;
    });
    this.#signed = await this.#signing;
    return this.#signed;
  }
}

function endpointOf(service: Service, settings: CloudSettings, catalog: SignIn['catalog']): string {
  const given = settings.endpoints[service];
  const written = given ?? fromCatalog(service, settings, catalog);
  const url = written.replace(/\/+$/, '');
  return versions[service]?.test(url) === false ? `${url}${appended[service]}` : url;
}

function fromCatalog(service: Service, settings: CloudSettings, catalog: SignIn['catalog']): string {
  const url = found(service, settings, catalog);
  if (url !== null) return url;
  // An application credential's catalog may be left out, but Keystone itself is where we signed in.
  if (service === 'identity') return settings.authUrl;
  const place = settings.region ? ` in region ${settings.region}` : '';
  throw new TerminalError(`OpenStack: the catalog has no ${settings.interface} ${service} endpoint${place}`);
}

function found(service: Service, settings: CloudSettings, catalog: SignIn['catalog']): string | null {
  const endpoint = catalog
    // `volumev3`, `networkv2`: some clouds write the version into the type.
    .filter(({ type }) => type.replace(/v\d+$/, '') === service)
    .flatMap((one) => one.endpoints)
    .find(
      (one) => one.interface === settings.interface && (!settings.region || one.region === settings.region),
    );
  return endpoint?.url ?? null;
}

function accepted(call: Call, answer: HttpAnswer): Answer {
  const { status } = answer;
  if ((status >= 200 && status < 300) || call.expect?.includes(status)) return answer;
  const text = `${call.service}: ${call.method} ${withoutQuery(call.path)} answered ${status}: ${messageIn(answer.text)}`;
  // 408 and 409 speak of the moment, not of the question.
  if (status === 408 || status === 409 || status === 425) throw new RetryableError(text);
  throw new TerminalError(text);
}

/** The JSON of an answer in the shape that is relied on. The value is not repeated: it may hold secrets. */
export function shaped<Schema extends z.ZodType>(
  call: Call,
  answer: Answer,
  schema: Schema,
): z.infer<Schema> {
  const parsed = schema.safeParse(json(answer.text));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new TerminalError(
    `${call.service}: ${call.method} ${call.path} answered in an unknown shape (${where.join('; ')})`,
  );
}
