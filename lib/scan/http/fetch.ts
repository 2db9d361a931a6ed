import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIPv6 } from 'node:net';
import { lenient } from '../tls/certificate.ts';

export interface Page {
  status: number;
  /** Names in lower case, in the order in which they came; the same name may come again. */
  headers: [name: string, value: string][];
  body: string;
}

export interface Question {
  scheme: 'http' | 'https';
  address: string;
  port: number;
  name: string | null;
  path: string;
  timeoutMs: number;
  headers?: { [name: string]: string };
  maxBodyBytes?: number;
}

const maxHeaderBytes = 65_536;

/** One GET to the pinned address, never redirected, bounded in time, headers and body. Null where no HTTP comes back. */
export function fetchPage(question: Question): Promise<Page | null> {
  const { scheme, address, port, name, path, timeoutMs, headers = {}, maxBodyBytes = 262_144 } = question;
  return new Promise((resolve) => {
    const options = {
      host: address,
      port,
      path,
      agent: false,
      maxHeaderSize: maxHeaderBytes,
      // In the clear and in the open: whose scanner this is.
      headers: {
        host: hostHeader(question),
        'user-agent': 'snapshut-scan',
        accept: 'text/html,*/*',
        ...headers,
      },
    };
    const secure = {
      ...options,
      ...lenient,
      ALPNProtocols: ['http/1.1'],
      ...(name === null ? {} : { servername: name }),
    };
    const answer = (response: IncomingMessage) => collect(response, maxBodyBytes, finish);
    const asked = scheme === 'https' ? httpsRequest(secure, answer) : httpRequest(options, answer);
    const finish = (page: Page | null) => {
      clearTimeout(deadline);
      asked.destroy();
      resolve(page);
    };
    const deadline = setTimeout(() => asked.destroy(new Error('too slow')), timeoutMs);
    asked.on('error', () => finish(null));
    asked.end();
  });
}

export function hostHeader({
  scheme,
  address,
  port,
  name,
}: Pick<Question, 'scheme' | 'address' | 'port' | 'name'>): string {
  const host = name ?? (isIPv6(address) ? `[${address}]` : address);
  return port === (scheme === 'https' ? 443 : 80) ? host : `${host}:${port}`;
}

/** The headers count even where the body never ends. */
function collect(response: IncomingMessage, maxBodyBytes: number, finish: (page: Page) => void): void {
  const raw = response.rawHeaders;
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2)
    headers.push([(raw[at] ?? '').toLowerCase(), raw[at + 1] ?? '']);
  const chunks: Buffer[] = [];
  let length = 0;
  const end = () =>
    finish({ status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString('utf8') });
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= maxBodyBytes) end();
  });
  response.on('end', end);
  response.on('error', end);
  response.on('aborted', end);
}

export function headerOf(page: Page, name: string): string | null {
  const values = page.headers.filter(([one]) => one === name).map(([, value]) => value);
  return values.length === 0 ? null : values.join(', ');
}
