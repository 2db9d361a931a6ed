import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { RetryableError } from '../../lib/errors.ts';
import { http } from '../../lib/providers/http.ts';

let stop: (() => Promise<void>) | null = null;
afterEach(async () => {
  await stop?.();
  stop = null;
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void, tls?: object) {
  const server = tls ? createTlsServer(tls, answer) : createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  stop = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  const { port } = server.address() as AddressInfo;
  return `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
}

const waits: number[] = [];
const options = {
  timeoutMs: 500,
  random: () => 1,
  async sleep(ms: number) {
    waits.push(ms);
  },
};
const get = (url: string) => ({ method: 'GET', url: `${url}/path?secret=s3cret`, headers: {} }) as const;

describe('a cloud that stumbles', () => {
  it.each([429, 500, 502, 503])('%i twice and then an answer is an answer', async (status) => {
    let calls = 0;
    const url = await serve((_, response) => {
      calls += 1;
      response.writeHead(calls < 3 ? status : 200).end('fine');
    });

    expect(await http(options)(get(url))).toMatchObject({ status: 200, text: 'fine' });
  });

  it('waits as long as it is told to, within reason', async () => {
    let calls = 0;
    const url = await serve((_, response) => {
      calls += 1;
      if (calls === 1) response.writeHead(429, { 'retry-after': '3' }).end();
      else if (calls === 2) response.writeHead(429, { 'retry-after': '86400' }).end();
      else response.end();
    });
    waits.length = 0;

    await http(options)(get(url));

    expect(waits).toEqual([3_000, 10_000]);
  });

  it.each([
    [
      'always 500',
      (_: IncomingMessage, response: ServerResponse) => void response.writeHead(500).end('broken'),
      /answered 500: broken/,
    ],
    ['silent', () => {}, /did not answer/],
    ['cut off', (_: IncomingMessage, response: ServerResponse) => void response.destroy(), /did not answer/],
    [
      'endless',
      (_: IncomingMessage, response: ServerResponse) => void response.end('x'.repeat(5_000)),
      /larger than 1000 bytes/,
    ],
    [
      'sending us elsewhere',
      (_: IncomingMessage, response: ServerResponse) =>
        void response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      /did not answer/,
    ],
  ])('%s ends in a retryable error without the query', async (_, answer, why) => {
    const url = await serve(answer);

    const failure = await http({ ...options, attempts: 2, maxBytes: 1_000 })(get(url)).catch(
      (error) => error,
    );

    expect(failure).toBeInstanceOf(RetryableError);
    expect(failure.message).toMatch(why);
    expect(failure.message).not.toContain('s3cret');
  });

  it('what must not be done twice is not sent twice when nobody knows whether it was done', async () => {
    let calls = 0;
    const url = await serve((_, response) => {
      calls += 1;
      response.writeHead(500).end();
    });

    await expect(http(options)({ ...get(url), method: 'POST', repeatable: false })).rejects.toThrow(
      RetryableError,
    );
    expect(calls).toBe(1);
  });
});

describe('a cloud with a certificate of its own', () => {
  async function certificate() {
    const folder = await mkdtemp(join(tmpdir(), 'snapshut-tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const args = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '1',
      '-keyout',
      key,
      '-out',
      cert,
    ];
    await promisify(execFile)('openssl', [...args, ...subject]);
    const pem = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
    await rm(folder, { recursive: true });
    return pem;
  }

  it('is believed with its CA bundle or when told so, and otherwise not', async ({ skip }) => {
    const pem = await certificate().catch(() => null);
    if (pem === null) return skip('openssl is not on the PATH');
    const url = await serve((_, response) => void response.end('fine'), pem);
    const quick = { ...options, attempts: 1 };

    await expect(http(quick)(get(url))).rejects.toThrow(/certificate/);
    expect((await http({ ...quick, ca: pem.cert })(get(url))).text).toBe('fine');
    expect((await http({ ...quick, insecure: true })(get(url))).text).toBe('fine');
  });
});
