import { RetryableError } from '../errors.ts';

/** HTTP for clouds without an SDK: bounded in time, size and attempts. */

export interface HttpCall {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  body?: string;
  /** False where doing it twice would do it twice: then only what was certainly not done is tried again. */
  repeatable?: boolean;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  text: string;
}

export type Http = (call: HttpCall) => Promise<HttpAnswer>;

export interface HttpOptions {
  timeoutMs?: number;
  attempts?: number;
  maxBytes?: number;
  /** PEM text of the authorities to believe besides the usual ones. */
  ca?: string | null;
  /** Believe any certificate, as `insecure`/`verify: false` of a clouds.yaml asks for. */
  insecure?: boolean;
  /** `HTTPS_PROXY`. */
  proxy?: string | null;
  sleep(ms: number): Promise<void>;
  /** 0 to 1, for the jitter of the waiting. */
  random(): number;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Answers any status below 500 but 429; those, and silence, are tried again and end in a RetryableError. */
export function http(options: HttpOptions): Http {
  const { timeoutMs = 30_000, attempts = 4, maxBytes = 64 * 1024 * 1024 } = options;
  let opening: Promise<Fetch> | undefined;

  const once = async (call: HttpCall): Promise<HttpAnswer> => {
    opening ??= openFetch(options);
    const open = await opening;
    const answer = await open(call.url, {
      method: call.method,
      headers: call.headers,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    return { status: answer.status, headers: answer.headers, text: await textOf(answer, maxBytes) };
  };

  return async (call) => {
    let last = '';
    for (let attempt = 1; ; attempt += 1) {
      let waitMs = Math.min(8_000, 250 * 2 ** attempt) * (0.5 + options.random() / 2);
      try {
        const answer = await once(call);
        if (answer.status < 500 && answer.status !== 429) return answer;
        last = `answered ${answer.status}: ${brief(answer.text)}`;
        waitMs = Math.max(waitMs, retryAfterMs(answer.headers));
        if (call.repeatable === false && answer.status !== 429 && answer.status !== 503) break;
      } catch (error) {
        last = `did not answer: ${reasonOf(error)}`;
        if (call.repeatable === false && !refused(error)) break;
      }
      if (attempt >= attempts) break;
      await options.sleep(waitMs);
    }
    throw new RetryableError(`${call.method} ${withoutQuery(call.url)} ${last}`);
  };
}

/** The platform's fetch, or one with the authorities and proxy that were asked for. */
async function openFetch({ ca, insecure, proxy }: HttpOptions): Promise<Fetch> {
  if (!ca && !insecure && !proxy) return fetch;
  const undici = await import('undici');
  const { rootCertificates } = await import('node:tls');
  const tls = {
    ...(ca ? { ca: [...rootCertificates, ca] } : {}),
    ...(insecure ? { rejectUnauthorized: false } : {}),
  };
  const dispatcher = proxy
    ? new undici.ProxyAgent({ uri: proxy, requestTls: tls })
    : new undici.Agent({ connect: tls });
  // undici's fetch has the platform's shape, with its own copies of the types.
  return (url, init) => undici.fetch(url, { ...init, dispatcher } as object) as unknown as Promise<Response>;
}

async function textOf(answer: Response, maxBytes: number): Promise<string> {
  if (!answer.body) return '';
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body) {
    bytes += part.byteLength;
    if (bytes > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

const retryAfterMaxMs = 10_000;

function retryAfterMs(headers: Headers): number {
  const seconds = Number(headers.get('retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(retryAfterMaxMs, seconds * 1_000) : 0;
}

/** Node's fetch hides the reason in `cause`. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: Error };
  return brief(cause?.message || message || String(error));
}

function refused(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: string } };
  return cause?.code === 'ECONNREFUSED' || cause?.code === 'ENOTFOUND';
}

/** Queries can hold signatures and names; an error needs only the path. */
export function withoutQuery(url: string): string {
  return url.split('?')[0] ?? url;
}

/** Foreign text for an error message: one short line. */
export function brief(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
