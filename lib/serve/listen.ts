import { once } from 'node:events';
import { type ServerType, serve } from '@hono/node-server';
import type { Hono } from 'hono';
import { TerminalError } from '../errors.ts';

export interface Listening {
  /** `http://127.0.0.1:PORT` */
  url: string;
  close(): Promise<void>;
}

/** Listens on this machine only. With `orAnother` a port that is taken is no reason to stop. */
export async function listen(app: Hono, port: number, { orAnother = false } = {}): Promise<Listening> {
  try {
    return await listenOn(app, port);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    if (orAnother) return listenOn(app, 0);
    throw new TerminalError(
      `port ${port} is taken: name another with --port, or http.port in the policy file`,
    );
  }
}

async function listenOn(app: Hono, port: number): Promise<Listening> {
  const server: ServerType = serve({ fetch: app.fetch, hostname: '127.0.0.1', port });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TerminalError('HTTP has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      if ('closeIdleConnections' in server) {
        server.closeIdleConnections();
        // Whoever sends slowly has no answer yet and sends again.
        setTimeout(() => server.closeAllConnections(), 2000).unref();
      }
      await closed;
    },
  };
}
