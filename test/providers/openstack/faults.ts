import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy before a real service that answers every third change with an error: half of those were done all the same. */
export async function startFaults(target: string) {
  let changes = 0;
  let faults = 0;
  const base = new URL(target);
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const isChange = request.method !== 'GET';
    if (isChange) changes += 1;
    const fault = isChange && changes % 3 === 0 ? changes / 3 : 0;
    const status = fault % 2 === 0 ? 500 : 409;
    if (fault > 0) faults += 1;
    // A 409 says that nothing was done; a 500 may come after all was done.
    const isDone = fault === 0 || fault % 4 === 0;
    const answer = isDone ? await forward(new URL(request.url ?? '', base), request, body) : null;
    if (fault > 0 || answer === null) {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ NeutronError: { type: 'Injected', message: 'injected', detail: '' } }));
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(answer.body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    faults: () => faults,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function forward(url: URL, request: IncomingMessage, body: Buffer) {
  const names = ['x-auth-token', 'content-type', 'accept', 'if-match'];
  const headers = names.flatMap((name) => {
    const value = request.headers[name];
    return typeof value === 'string' ? [[name, value] as [string, string]] : [];
  });
  const method = request.method ?? 'GET';
  const answer = await fetch(url, { method, headers, ...(body.length > 0 ? { body } : {}) });
  return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
}
