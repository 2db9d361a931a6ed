import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { scanHost } from '../../lib/scan/scan.ts';
import { closeServers, keyPair, serve } from './servers.ts';

afterEach(closeServers);

async function look(port: number) {
  const host = { address: '127.0.0.1', family: 4 as const, name: null, ports: [port], isGlobal: false };
  return scanHost(host, {
    hosts: [host],
    ports: [],
    engine: 'connect',
    perSecond: 1000,
    connectMs: 500,
    timeoutMs: 1500,
    rulesOf: async () => [],
  });
}

/** `greeting`, then what is answered to each start of a line or packet; `tls` goes on in TLS after its answer. */
interface Script {
  greeting?: string | Buffer;
  answers: [start: string | Buffer, answer: string | Buffer, then?: 'tls'][];
}

const mysqlGreeting = Buffer.concat([
  Buffer.from([10]),
  Buffer.from('8.0.36\0'),
  Buffer.from([1, 0, 0, 0]),
  Buffer.from('saltsalt\0'),
  // Capabilities with CLIENT_SSL, utf8, status.
  Buffer.from([0xff, 0xff, 33, 2, 0, 0xff, 0xff, 21]),
  Buffer.alloc(10),
  Buffer.from('saltsaltsalt\0mysql_native_password\0'),
]);

const scripts: { [service: string]: Script } = {
  smtp: {
    greeting: '220 mail.example.org ESMTP\r\n',
    answers: [
      ['EHLO', '250-mail.example.org\r\n250-STARTTLS\r\n250 SIZE\r\n'],
      ['STARTTLS', '220 go ahead\r\n', 'tls'],
    ],
  },
  imap: { greeting: '* OK ready\r\n', answers: [['a1 STARTTLS', '* note\r\na1 OK begin\r\n', 'tls']] },
  pop3: { greeting: '+OK ready\r\n', answers: [['STLS', '+OK begin\r\n', 'tls']] },
  ftp: { greeting: '220 FTP ready\r\n', answers: [['AUTH TLS', '234 begin\r\n', 'tls']] },
  postgresql: { answers: [[Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]), 'S', 'tls']] },
  mysql: {
    greeting: Buffer.concat([Buffer.from([mysqlGreeting.length, 0, 0, 0]), mysqlGreeting]),
    answers: [[Buffer.from([32, 0, 0, 1]), '', 'tls']],
  },
  ldap: {
    answers: [
      [
        Buffer.from([0x30, 12, 2, 1, 1, 0x60]),
        Buffer.from([0x30, 12, 2, 1, 1, 0x61, 7, 10, 1, 0, 4, 0, 4, 0]),
      ],
      [
        Buffer.from([0x30, 29, 2, 1, 1, 0x77]),
        Buffer.from([0x30, 12, 2, 1, 1, 0x78, 7, 10, 1, 0, 4, 0, 4, 0]),
        'tls',
      ],
    ],
  },
  rdp: {
    answers: [
      [
        Buffer.from([3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 0x0b]),
        Buffer.from([3, 0, 0, 19, 14, 0xd0, 0, 0, 0, 0, 0, 2, 0, 8, 0, 1, 0, 0, 0]),
        'tls',
      ],
    ],
  },
};

function play({ greeting, answers }: Script, secureContext: ReturnType<typeof createSecureContext>) {
  return (socket: Socket) => {
    if (greeting !== undefined) socket.write(greeting);
    const hear = (chunk: Buffer) => {
      const known = answers.find(([start]) => chunk.subarray(0, start.length).equals(Buffer.from(start)));
      if (known === undefined) {
        socket.destroy();
        return;
      }
      socket.write(known[1]);
      if (known[2] !== 'tls') return;
      socket.removeListener('data', hear);
      socket.pause();
      // MySQL does not answer before TLS: the hello may stand right behind the request.
      if (chunk.length > 36) socket.unshift(chunk.subarray(36));
      new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => {});
    };
    socket.on('data', hear);
  };
}

describe('TLS is looked at inside', () => {
  test.each(Object.entries(scripts))('%s', async (service, script) => {
    const { key, certificate } = keyPair();
    const secureContext = createSecureContext({
      key: readFileSync(key),
      cert: readFileSync(certificate),
      ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256',
    });
    const port = await serve(play(script, secureContext));

    const state = await look(port);

    expect(state.ports).toMatchObject([{ service }]);
    expect(state.tls).toMatchObject([{ startTls: service, versions: ['TLSv1.2', 'TLSv1.3'], plain: null }]);
    expect(state.tls[0]?.suites.map((one) => one.name)).toEqual([
      'TLS_AES_128_GCM_SHA256',
      'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
    ]);
    expect(state.certificates).toMatchObject([{ subject: 'CN=localhost' }]);
  });
});

describe('and where it is missing', () => {
  test.each([
    ['ftp', '220 FTP ready\r\n', 'FTP takes passwords without TLS'],
    ['imap', '* OK ready\r\n', 'IMAP takes passwords without TLS'],
    ['pop3', '+OK ready\r\n', 'POP3 takes passwords without TLS'],
  ])('%s', async (service, greeting, plain) => {
    const port = await serve((socket) => {
      socket.write(greeting);
      socket.on('data', () =>
        socket.write(service === 'imap' ? 'a1 BAD no\r\n' : service === 'ftp' ? '502 no\r\n' : '-ERR no\r\n'),
      );
    });

    expect((await look(port)).tls).toMatchObject([{ plain }]);
  });
});
