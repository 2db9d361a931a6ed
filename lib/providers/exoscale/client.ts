import * as z from 'zod';
import { RetryableError, TerminalError } from '../../errors.ts';
import { brief, type Http, type HttpAnswer, type HttpCall } from '../http.ts';
import { authorization, type Keys } from './sign.ts';

/** Exoscale's API v2, as far as it is used: https://openapi-v2.exoscale.com */

export const Operation = z.object({
  id: z.string(),
  state: z.enum(['success', 'pending', 'failure', 'timeout']),
  reason: z.string().optional(),
  message: z.string().optional(),
  reference: z.object({ id: z.string().optional() }).optional(),
});
export type Operation = z.infer<typeof Operation>;

const Zones = z.object({ zones: z.array(z.object({ name: z.string() })) });

export interface ClientOptions {
  keys: Keys;
  http: Http;
  nowMs(): number;
  sleep(ms: number): Promise<void>;
  /** Instead of `https://api-ZONE.exoscale.com/v2`: EXOSCALE_API_ENDPOINT, a test. `{zone}` is replaced. */
  endpoint?: string;
  /** How long a change may take before it counts as not answered. */
  operationTimeoutMs?: number;
}

export interface Call {
  method: HttpCall['method'];
  path: string;
  query?: [string, string][];
  body?: object;
  /** Statuses besides 2xx that the caller understands. */
  expect?: number[];
  /** The list of zones is public; a key that may do little is refused where an unsigned call is not. */
  unsigned?: boolean;
}

const signatureSeconds = 600;
/** What is not bound to a zone is asked of this one unless the account names others. */
export const defaultZone = 'ch-gva-2';

export class ExoscaleClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  async get<Schema extends z.ZodType>(
    zone: string,
    path: string,
    schema: Schema,
    query: [string, string][] = [],
  ): Promise<z.infer<Schema>> {
    const answer = await this.call(zone, { method: 'GET', path, query });
    return shaped(path, answer.text, schema);
  }

  /** Every zone there is. */
  async zones(): Promise<string[]> {
    const answer = await this.call(defaultZone, { method: 'GET', path: '/zone', unsigned: true });
    return shaped('/zone', answer.text, Zones).zones.map((zone) => zone.name);
  }

  /** Null where the API says that there is no such thing. */
  async find<Schema extends z.ZodType>(
    zone: string,
    path: string,
    schema: Schema,
  ): Promise<z.infer<Schema> | null> {
    const answer = await this.call(zone, { method: 'GET', path, expect: [404] });
    return answer.status === 404 ? null : shaped(path, answer.text, schema);
  }

  /** Makes a change and waits for its end. A change that failed is answered, for the caller to judge. */
  async change(zone: string, call: Call): Promise<Operation> {
    const answer = await this.call(zone, { ...call, expect: [...(call.expect ?? []), 404, 409] });
    if (answer.status === 404 || answer.status === 409) {
      const reason = answer.status === 404 ? 'not-found' : 'conflict';
      return { id: '', state: 'failure', reason, message: messageIn(answer.text) };
    }
    return this.#ended(zone, shaped(call.path, answer.text, Operation));
  }

  async call(zone: string, call: Call): Promise<HttpAnswer> {
    const { keys, http, nowMs } = this.#options;
    const url = new URL(`${this.#endpoint(zone)}${call.path}`);
    for (const [name, value] of call.query ?? []) url.searchParams.append(name, value);
    const body = call.body === undefined ? '' : JSON.stringify(call.body);
    const expires = Math.floor(nowMs() / 1000) + signatureSeconds;
    const signed = { method: call.method, path: url.pathname, query: call.query ?? [], body, expires };
    const answer = await http({
      method: call.method,
      url: url.href,
      headers: {
        accept: 'application/json',
        ...(call.unsigned ? {} : { authorization: authorization(keys, signed) }),
        ...(body === '' ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === '' ? {} : { body }),
      // A rule that was made although the answer got lost must not be made twice.
      repeatable: call.method === 'GET' || call.method === 'DELETE',
    });
    if ((answer.status >= 200 && answer.status < 300) || call.expect?.includes(answer.status)) return answer;
    throw new TerminalError(
      `Exoscale: ${call.method} ${call.path} answered ${answer.status}: ${messageIn(answer.text)}`,
    );
  }

  async #ended(zone: string, started: Operation): Promise<Operation> {
    const { nowMs, sleep, operationTimeoutMs = 120_000 } = this.#options;
    const deadline = nowMs() + operationTimeoutMs;
    let operation = started;
    for (let waitMs = 250; operation.state === 'pending'; waitMs = Math.min(3_000, waitMs * 1.5)) {
      if (nowMs() > deadline) {
        throw new RetryableError(`Exoscale: operation ${started.id} did not end in ${operationTimeoutMs} ms`);
      }
      await sleep(waitMs);
      operation = await this.get(zone, `/operation/${encodeURIComponent(started.id)}`, Operation);
    }
    return operation;
  }

  #endpoint(zone: string): string {
    if (!/^[a-z0-9-]{1,40}$/.test(zone)) throw new TerminalError(`Exoscale: ${brief(zone)} is no zone`);
    const { endpoint = 'https://api-{zone}.exoscale.com/v2' } = this.#options;
    const base = endpoint.replaceAll('{zone}', zone).replace(/\/+$/, '');
    return base.endsWith('/v2') ? base : `${base}/v2`;
  }
}

/** These say that the moment was wrong, not the question. */
const passing = new Set(['busy', 'fault', 'interrupted', 'unavailable', 'unknown', undefined]);

/** Throws for an operation that did not succeed. */
export function failed(what: string, { state, reason, message }: Operation): Error {
  const text =
    `Exoscale: ${what} ended in ${state} (${reason ?? 'no reason given'}) ${brief(message ?? '')}`.trim();
  return state === 'timeout' || passing.has(reason) ? new RetryableError(text) : new TerminalError(text);
}

function shaped<Schema extends z.ZodType>(path: string, text: string, schema: Schema): z.infer<Schema> {
  const parsed = schema.safeParse(json(text));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new TerminalError(`Exoscale: ${path} answered in an unknown shape (${where.join('; ')})`);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function messageIn(text: string): string {
  const answer = json(text);
  const told = typeof answer === 'object' && answer !== null && 'message' in answer ? answer.message : text;
  return brief(String(told));
}
