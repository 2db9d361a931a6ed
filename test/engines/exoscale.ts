import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { authorization, type Keys } from '../../lib/providers/exoscale/sign.ts';
import { routeOf } from './exoscale/routes.ts';
import type { Spec } from './exoscale/spec.ts';
import { ExoscaleState, type Fields } from './exoscale/state.ts';

/**
 * A stateful Exoscale on the loopback, with the endpoints that are used. With the official document it checks every
 * request and its own every answer against it.
 */
export interface Exoscale {
  url: string;
  keys: Keys;
  state: ExoscaleState;
  /** Where an exchange was not what the official document says. */
  mistakes: string[];
  /** Answers the next calls that match with this status instead of doing them. */
  fail(match: RegExp, status: number, times: number): void;
  calls: string[];
  stop(): Promise<void>;
}

export async function startExoscale(spec: Spec | null = null): Promise<Exoscale> {
  const state = new ExoscaleState();
  const keys = { key: `EXO${'0'.repeat(24)}`, secret: 'a secret of the fake' };
  const mistakes: string[] = [];
  const calls: string[] = [];
  let failures: { match: RegExp; status: number; left: number }[] = [];

  const answer = async (request: IncomingMessage): Promise<[number, unknown]> => {
    const url = new URL(request.url ?? '', 'http://fake');
    const method = request.method ?? '';
    const text = await bodyOf(request);
    calls.push(`${method} ${url.pathname}`);
    const isPublic = `${method} ${url.pathname}` === 'GET /v2/zone';
    if (!isPublic && !isSigned(request, url, text, keys)) return [403, { message: 'Invalid signature' }];
    const failure = failures.find((one) => one.left > 0 && one.match.test(`${method} ${url.pathname}`));
    if (failure) {
      failure.left -= 1;
      return [failure.status, { message: 'injected' }];
    }
    const found = routeOf(method, url.pathname.replace(/^\/v2/, ''));
    if (!found) return [404, { message: 'Not Found' }];
    const body: Fields = text === '' ? {} : JSON.parse(text);
    const said = found.route({ state, params: found.params, query: url.searchParams, body });
    if (said === null) return [404, { message: 'Not Found' }];
    const wrong = spec?.mistakes(method, found.template, text === '' ? undefined : body, said) ?? [];
    mistakes.push(...wrong.map((one) => `${method} ${found.template}: ${one}`));
    if (method !== 'GET') state.events.push(eventOf(method, url.pathname, found.params, keys));
    return [200, said];
  };

  const server = createServer((request, response) => {
    const reply = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    answer(request).then(
      ([status, value]) => reply(status, value),
      (error) => reply(500, { message: String(error) }),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fake has no port');
  return {
    url: `http://127.0.0.1:${address.port}/v2`,
    keys,
    state,
    mistakes,
    calls,
    fail(match, status, times) {
      failures = [...failures.filter((one) => one.left > 0), { match, status, left: times }];
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** The signature is computed anew from what arrived. */
function isSigned(request: IncomingMessage, url: URL, body: string, keys: Keys): boolean {
  const header = request.headers.authorization ?? '';
  const expires = Number(/expires=(\d+)/.exec(header)?.[1]);
  if (!(expires > Date.now() / 1000)) return false;
  const query = [...url.searchParams.entries()];
  const wanted = { method: request.method ?? '', path: url.pathname, query, body, expires };
  return header === authorization(keys, wanted);
}

function eventOf(method: string, uri: string, params: Fields, { key }: Keys): Fields {
  return {
    'request-id': randomUUID(),
    timestamp: new Date().toISOString(),
    handler: `${method} ${uri}`,
    uri,
    status: 200,
    'source-ip': '203.0.113.7',
    'path-params': params,
    'iam-api-key': { name: 'deploy', key },
    message: `${method} ${uri}`,
  };
}
