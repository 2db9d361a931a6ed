import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Whoever is told: a webhook that remembers what it heard, and from which life of the service. */
export interface Heard {
  id: string;
  life: number;
  outcome: string;
}

export interface Listener {
  url: string;
  heard: Heard[];
  stop(): Promise<void>;
}

export async function listen(lifeNow: () => number): Promise<Listener> {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const said = JSON.parse(Buffer.concat(parts).toString()) as { type?: unknown };
    heard.push({ id: String(request.headers['webhook-id']), life: lifeNow(), outcome: String(said.type) });
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    heard,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
