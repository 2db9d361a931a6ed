import { readFileSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { EndpointState } from '../../lib/kinds/endpoint.ts';
import { scanHost } from '../../lib/scan/scan.ts';
import { closeServers, keyPair, portOf, serve } from './servers.ts';

/** Servers that mean us harm cost at most their time-out, and break nothing. */

afterEach(closeServers);

const timeoutMs = 700;

async function look(port: number): Promise<{ state: EndpointState; tookMs: number }> {
  const host = { address: '127.0.0.1', family: 4 as const, name: null, ports: [port], isGlobal: false };
  const plan = {
    hosts: [host],
    ports: [],
    engine: 'connect' as const,
    perSecond: 1000,
    connectMs: 500,
    timeoutMs,
    rulesOf: async () => [],
  };
  const startedMs = performance.now();
  const state = await scanHost(host, plan);
  return { state, tookMs: performance.now() - startedMs };
}

function repeat(socket: Socket, everyMs: number, what: () => Buffer | string): void {
  const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(what())), everyMs);
  socket.on('close', () => clearInterval(timer));
}

function flood(socket: Socket, what: Buffer | string): void {
  const more = () => {
    while (!socket.destroyed && socket.write(what));
    socket.once('drain', more);
  };
  more();
}

const servers: { [sentence: string]: (socket: Socket) => void } = {
  'says nothing, ever': () => {},
  'hangs up at once': (socket) => socket.destroy(),
  'resets at once': (socket) => socket.resetAndDestroy(),
  'resets in the handshake': (socket) => socket.once('data', () => socket.resetAndDestroy()),
  'greets without end': (socket) => flood(socket, 'x'.repeat(65_536)),
  'greets in lines without end': (socket) => flood(socket, `220-${'x'.repeat(100)}\r\n`.repeat(500)),
  'drips a banner': (socket) => repeat(socket, 50, () => 'S'),
  'drips lines before the SSH version': (socket) => {
    socket.write('SSH-2.0-slow\r\n');
    repeat(socket, 50, () => Buffer.from([0]));
  },
  'answers SSH with a packet of 4 GB': (socket) =>
    socket.write(Buffer.concat([Buffer.from('SSH-2.0-big\r\n'), Buffer.alloc(64, 255)])),
  'starts a TLS record and drips it': (socket) =>
    socket.once('data', () => {
      socket.write(Buffer.from([22, 3, 3, 64, 0]));
      repeat(socket, 50, () => Buffer.from([2]));
    }),
  'floods TLS records': (socket) =>
    socket.once('data', () => flood(socket, Buffer.from([22, 3, 3, 0, 4, 11, 255, 255, 255]))),
  'sends HTTP headers without end': (socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\n');
      flood(socket, `x-${'a'.repeat(1000)}: b\r\n`);
    }),
  'drips an HTTP header': (socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nx: ');
      repeat(socket, 50, () => 'a');
    }),
  'sends a body without end': (socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      flood(socket, '<script '.repeat(5000));
    }),
  'sends binary nonsense': (socket) =>
    socket.end(Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 89) % 256))),
  'claims a PostgreSQL answer of 2 GB': (socket) =>
    socket.once('data', () => socket.write(Buffer.from([0x53, 0x7f, 0xff, 0xff, 0xff]))),
  'claims a MySQL greeting that never ends': (socket) => {
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0, 10, 0x38, 0]));
    repeat(socket, 100, () => Buffer.alloc(16));
  },
  'is Redis that answers without a line end': (socket) => socket.on('data', () => socket.write('+PONG')),
};

describe('a server that', () => {
  test.each(Object.entries(servers))('%s', { timeout: 20_000 }, async (_, server) => {
    const { state, tookMs } = await look(await serve(server));

    // Listening, asking, and whatever the heard protocol still wants to know: each once, and twice for TLS.
    expect(tookMs).toBeLessThan(800 + 8 * timeoutMs);
    expect(state.ports).toHaveLength(1);
    expect(state.databases.filter((one) => one.withoutPassword)).toEqual([]);
    expect(JSON.stringify(state).length).toBeLessThan(20_000);
  });
});

test('redirects in a circle are followed a few times', async () => {
  let asked = 0;
  const port = await serve((socket) =>
    socket.on('data', (chunk) => {
      if (!chunk.toString('latin1').startsWith('GET')) {
        socket.destroy();
        return;
      }
      asked += 1;
      socket.end(`HTTP/1.1 302 Found\r\nlocation: /${asked}\r\ncontent-length: 0\r\n\r\n`);
    }),
  );

  const { state } = await look(port);

  expect(state.http).toHaveLength(1);
  expect(asked).toBeLessThan(12);
});

test('a redirect to an address that is not listed is never followed', async () => {
  let contacts = 0;
  const inside = await serve(() => {
    contacts += 1;
  }, '127.0.0.2');
  const port = await serve((socket) =>
    socket.once('data', () =>
      socket.end(`HTTP/1.1 301 Moved\r\nlocation: http://127.0.0.2:${inside}/\r\ncontent-length: 0\r\n\r\n`),
    ),
  );

  const { state } = await look(port);

  expect(state.http[0]?.points.find((one) => one.test === 'redirection')).toMatchObject({ points: -20 });
  expect(contacts).toBe(0);
});

test('a certificate that is none, or broken, leaves the rest of the report whole', async () => {
  const garbage = Buffer.from([11, 0, 0, 13, 0, 0, 10, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7]);
  const port = await serve((socket) =>
    socket.once('data', (hello) => {
      if (hello[0] !== 22) {
        socket.destroy();
        return;
      }
      const body = Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32, 1), Buffer.from([0, 0, 0x2f, 0])]);
      const messages = Buffer.concat([
        Buffer.from([2, 0, 0, body.length]),
        body,
        garbage,
        Buffer.from([14, 0, 0, 0]),
      ]);
      socket.end(Buffer.concat([Buffer.from([22, 3, 3, 0, messages.length]), messages]));
    }),
  );

  const { state } = await look(port);

  expect(state.tls[0]?.suites.map((one) => one.name)).toEqual(['TLS_RSA_WITH_AES_128_CBC_SHA']);
  expect(state.certificates).toEqual([]);
});

test('a banner cannot drive the terminal of its reader', async () => {
  const port = await serve((socket) => socket.write('220 \u001b[2J\u0007mail\r\n'));

  const { state } = await look(port);

  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
  expect(JSON.stringify(state.ports)).not.toMatch(/\\u001b|[\u0000-\u001f]/);
});

test('an HTTPS server that demands a client certificate still gets its report', async () => {
  const { key, certificate } = keyPair();
  const server = createHttps(
    { key: readFileSync(key), cert: readFileSync(certificate), requestCert: true, rejectUnauthorized: true },
    (_, response) => response.end(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const { state } = await look(portOf(server));
  server.closeAllConnections();
  server.close();

  expect(state.tls[0]?.versions).toContain('TLSv1.3');
  expect(state.certificates[0]?.subject).toBe('CN=localhost');
});
