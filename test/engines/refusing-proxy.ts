import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from 'vitest';

/** A call as it went by: enough to pick one out. */
export interface PassingCall {
  method: string;
  /** Path and query. */
  url: string;
  body: string;
}

/** Stands before an engine and hands every call on, but those that it is told to refuse. */
export interface RefusingProxy {
  endpoint: string;
  /** Null lets every call through. */
  refuse(which: ((call: PassingCall) => boolean) | null): void;
  /** How many calls were refused so far. */
  refused(): number;
}

/** One proxy for the tests of a file; `engine` is asked when the tests run. */
export function useRefusingProxy(engine: () => { endpoint: string }): () => RefusingProxy {
  let which: ((call: PassingCall) => boolean) | null = null;
  let count = 0;
  const server = createServer((call, answer) => {
    void bodyOf(call).then((body) => {
      const { method = 'GET', url = '/' } = call;
      if (which?.({ method, url, body: body.toString('utf8') })) {
        count += 1;
        deny(answer, body.includes('Action='));
      } else handOn(engine().endpoint, call, body, answer);
    });
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return () => ({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refuse: (next) => {
      which = next;
    },
    refused: () => count,
  });
}

async function bodyOf(call: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of call) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** As AWS refuses what IAM does not allow: EC2 in its own words, S3 in those of the rest. */
function deny(answer: ServerResponse, isEc2: boolean): void {
  const of = (code: string) => `<Error><Code>${code}</Code><Message>not for this role</Message></Error>`;
  const text = isEc2
    ? `<Response><Errors>${of('UnauthorizedOperation')}</Errors><RequestID>refused</RequestID></Response>`
    : of('AccessDenied');
  answer.writeHead(403, { 'content-type': 'application/xml' });
  answer.end(`<?xml version="1.0" encoding="UTF-8"?>${text}`);
}

function handOn(endpoint: string, call: IncomingMessage, body: Buffer, answer: ServerResponse): void {
  const { hostname, port, host } = new URL(endpoint);
  const headers = { ...call.headers, host };
  const onward = send(
    { hostname, port, path: call.url, method: call.method, headers, agent: false },
    (said) => {
      answer.writeHead(said.statusCode ?? 502, said.headers);
      said.pipe(answer);
    },
  );
  onward.on('error', () => answer.destroy());
  onward.end(body);
}
