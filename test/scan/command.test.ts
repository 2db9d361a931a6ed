import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { ScanLine } from '../../lib/scan/line.ts';
import { snapshut } from '../e2e/cli.ts';
import {
  afterThis,
  closeServers,
  folder,
  freePort,
  keyPair,
  onPath,
  opensslServer,
  portOf,
  run,
  serve,
} from './servers.ts';

/** `snapshut scan` as a user runs it, against real servers where Debian's are installed. */

afterEach(closeServers);

async function scan(args: readonly string[], over: { policy?: string; home?: string } = {}) {
  const home = over.home ?? folder();
  if (over.policy !== undefined) writeFileSync(join(home, 'snapshut.yml'), over.policy);
  const ran = await snapshut(['scan', ...args], { endpoint: '', home, env: { AWS_REGION: '' } });
  return { ...ran, lines: ran.lines as unknown as ScanLine[], home };
}

/** `control severity` of every line but the port itself. */
function told(lines: readonly ScanLine[]): string[] {
  return lines
    .filter((one) => one.control !== 'unexpected-port')
    .map((one) => `${one.control} ${one.severity}`);
}

const goodHeaders = {
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

async function httpApp(
  headers: { [name: string]: string },
  tls?: { key: string; certificate: string; ciphers?: string },
) {
  const answer = (_: unknown, response: import('node:http').ServerResponse) =>
    response.writeHead(200, headers).end('hello');
  const server = tls
    ? createHttps(
        {
          key: readFileSync(tls.key),
          cert: readFileSync(tls.certificate),
          ...(tls.ciphers ? { ciphers: tls.ciphers } : {}),
        },
        answer,
      )
    : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: portOf(server),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('usage', () => {
  test('without any target it says how to name one, and ends with 2', async () => {
    const { code, stderr, stdout } = await scan(['--json']);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('name a target');
  });

  test.each([
    [['not a target']],
    [['127.0.0.1', '--ports', '0']],
    [['127.0.0.1', '--fail-on', 'sometimes']],
    [['127.0.0.1', '--engine', 'magic']],
    [['10.0.0.0/8']],
  ])('%j is wrong usage', async (args) => {
    expect((await scan(args)).code).toBe(2);
  });

  test('a wrong target in the policy file is told with its line', async () => {
    const { code, stderr } = await scan([], { policy: 'scan:\n  targets: [192.0.2.1, "0x7f.1"]\n' });

    expect(code).toBe(2);
    expect(stderr).toMatch(/snapshut\.yml:2:\d+/);
  });

  test('a name that leads nowhere is told and fails', async () => {
    const { code, stderr } = await scan(['nowhere.invalid:443']);

    expect(code).toBe(1);
    expect(stderr).toContain('nowhere.invalid');
  });
});

describe('open ports', () => {
  test('a forgotten port is found among others, the allowed one is not told', async () => {
    const forgotten = await serve(() => {});
    const allowed = await serve(() => {});

    const policy = `scan: {targets: ["127.0.0.1:${forgotten}", "127.0.0.1:${allowed}"], ports: {allowed: [${allowed}]}}\n`;
    const { lines, code } = await scan(['--json'], { policy });

    expect(lines).toEqual([
      {
        target: '127.0.0.1',
        port: forgotten,
        service: expect.any(String),
        control: 'unexpected-port',
        severity: 'medium',
        why: expect.stringContaining(`tcp/${forgotten}`),
      },
    ]);
    expect(code).toBe(0);
  });

  test('a closed port is no finding, and ends with 0', async () => {
    const { lines, code } = await scan([`127.0.0.1:${await freePort()}`, '--json']);

    expect([lines, code]).toEqual([[], 0]);
  });

  test('--fail-on says from which severity on it ends with 1', async () => {
    const port = await serve(() => {});

    expect((await scan([`127.0.0.1:${port}`, '--fail-on', 'medium'])).code).toBe(1);
    expect((await scan([`127.0.0.1:${port}`, '--fail-on', 'critical'])).code).toBe(0);
  });

  test('IPv6', async () => {
    const port = await serve(() => {}, '::1');
    const { lines } = await scan([`[::1]:${port}`, '--json']);

    expect(lines).toMatchObject([{ target: '::1', port, control: 'unexpected-port' }]);
  });
});

describe('TLS', () => {
  const modern = ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'].join(':');

  test('strong TLS and good headers have nothing to tell', async () => {
    const app = await httpApp(goodHeaders, { ...keyPair(), ciphers: `TLS_AES_128_GCM_SHA256:${modern}` });
    const { lines, code } = await scan([`127.0.0.1:${app.port}`, '--json']);
    app.close();

    expect(told(lines)).toEqual([]);
    expect(lines).toMatchObject([{ service: 'https' }]);
    expect(code).toBe(0);
  });

  test.each([
    ['TLS 1.0', ['-tls1', '-cipher', 'ALL:@SECLEVEL=0'], /TLSv1\.0/, 'high'],
    [
      'a suite without encryption',
      ['-tls1_2', '-cipher', 'NULL-SHA256:@SECLEVEL=0'],
      /TLS_RSA_WITH_NULL_SHA256/,
      'high',
    ],
    [
      'a suite without authentication',
      ['-tls1_2', '-cipher', 'AECDH-AES128-SHA:@SECLEVEL=0'],
      /no authentication/,
      'high',
    ],
    ['no forward secrecy', ['-tls1_2', '-cipher', 'AES128-GCM-SHA256'], /no forward secrecy/, 'low'],
  ])('%s', async (_, options, why, severity) => {
    const port = await opensslServer(keyPair(), options);

    const { lines } = await scan([`127.0.0.1:${port}`, '--json']);

    const weak = lines.find((one) => one.control === 'weak-tls');
    expect(weak).toMatchObject({ port, severity });
    expect(weak?.why).toMatch(why);
  });

  test('a short key and a certificate that ends soon', async () => {
    const pair = keyPair({ days: 5, type: ['-newkey', 'rsa:1024'] });
    const port = await opensslServer(pair, ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0']);

    const { lines, code } = await scan([`127.0.0.1:${port}`, '--json']);

    expect(lines.find((one) => one.control === 'weak-tls')?.why).toContain('RSA key of 1024 bits');
    expect(lines.find((one) => one.control === 'expiring-certificate')?.why).toMatch(
      /expires on \d{4}-\d\d-\d\d/,
    );
    expect(code).toBe(1);
  });
});

describe('headers', () => {
  test('an app without any is told with the points it loses, one with all is not', async () => {
    const bare = await httpApp({});
    const kept = await httpApp(goodHeaders);
    const { lines } = await scan([`127.0.0.1:${bare.port}`, `127.0.0.1:${kept.port}`, '--json']);
    bare.close();
    kept.close();

    const headers = lines.filter((one) => one.control === 'missing-headers');
    expect(headers).toMatchObject([{ port: bare.port, service: 'http', severity: 'medium' }]);
    expect(headers[0]?.why).toContain('no Content-Security-Policy (-25)');
  });
});

describe('other services', () => {
  test('a mail server', async () => {
    const port = await serve((socket) => socket.write('220 mail.example.org ESMTP\r\n'));
    expect(told((await scan([`127.0.0.1:${port}`, '--json'])).lines)).toEqual(['mail-server medium']);
  });

  test('RDP and VNC without TLS', async () => {
    const rdp = await serve((socket) =>
      socket.on('data', (chunk) =>
        chunk[0] === 3 ? socket.write(Buffer.from([3, 0, 0, 11, 6, 0xd0, 0, 0, 1, 2, 0])) : socket.destroy(),
      ),
    );
    const vnc = await serve((socket) => {
      socket.write('RFB 003.008\n');
      socket.once('data', () => socket.write(Buffer.from([1, 2])));
    });
    const { lines } = await scan([`127.0.0.1:${rdp}`, `127.0.0.1:${vnc}`, '--json']);

    expect(
      lines
        .filter((one) => one.control === 'weak-tls')
        .map((one) => one.service)
        .sort(),
    ).toEqual(['rdp', 'vnc']);
  });
});

describe('a scan is compared with the last', () => {
  test('only what is new is printed with --changes, and what went away is told', async () => {
    const first = await serve(() => {});
    const home = folder();
    const ports = (list: number[]) => ['127.0.0.1', '--ports', list.join(',')];
    await scan(ports([first]), { home });
    const second = await serve(() => {});

    const again = await scan([...ports([first, second]), '--json', '--changes'], { home });
    expect(again.lines.map((one) => one.port)).toEqual([second]);
    expect((await scan([...ports([first, second]), '--json', '--changes'], { home })).lines).toEqual([]);

    closeServers();
    const gone = await scan(ports([first, second]), { home: folder() });
    expect(gone.stdout).toContain('nothing to tell');
  });

  test('a page to read holds what was found, and no markup of a stranger', async () => {
    const port = await serve((socket) => socket.write('220 <script>alert(1)</script> ESMTP\r\n'));
    const home = folder();
    await scan([`127.0.0.1:${port}`, '--html', 'page.html'], { home });

    const page = readFileSync(join(home, 'page.html'), 'utf8');
    expect(page).toContain('mail-server');
    expect(page).not.toContain('<script');
  });
});

describe('servers of Debian', () => {
  const redis = onPath('redis-server');
  test.skipIf(redis === null)('Redis with and without a password', async () => {
    const [open, closed] = [await freePort(), await freePort()];
    const options = ['--bind', '127.0.0.1', '--save', '', '--dir', folder()];
    await run(redis ?? '', ['--port', `${open}`, ...options], open);
    await run(redis ?? '', ['--port', `${closed}`, '--requirepass', 'x', ...options], closed);

    const { lines, code } = await scan([`127.0.0.1:${open}`, `127.0.0.1:${closed}`, '--json']);

    const found = lines.filter((one) => one.control === 'open-database');
    expect(found).toMatchObject([{ port: open, service: 'redis', severity: 'critical' }]);
    expect(lines.find((one) => one.port === closed)?.service).toBe('redis');
    expect(code).toBe(1);
  });

  const postgres = postgresFolder();
  test.skipIf(postgres === null)('PostgreSQL with and without a password', async () => {
    const [open, closed] = [
      await startPostgres(postgres ?? '', 'trust'),
      await startPostgres(postgres ?? '', 'scram-sha-256'),
    ];

    const { lines } = await scan([`127.0.0.1:${open}`, `127.0.0.1:${closed}`, '--json']);

    const found = lines.filter((one) => one.control === 'open-database');
    expect(found).toMatchObject([{ port: open, service: 'postgresql' }]);
    expect(lines.find((one) => one.port === closed)?.service).toBe('postgresql');
  });

  const memcached = onPath('memcached');
  test.skipIf(memcached === null)('Memcached, which has no password', async () => {
    const port = await freePort();
    const isRoot = process.getuid?.() === 0;
    await run(
      memcached ?? '',
      ['-l', '127.0.0.1', '-p', `${port}`, '-U', '0', ...(isRoot ? ['-u', 'nobody'] : [])],
      port,
    );

    const { lines } = await scan([`127.0.0.1:${port}`, '--json']);

    expect(lines.find((one) => one.control === 'open-database')).toMatchObject({
      port,
      service: 'memcached',
      severity: 'critical',
    });
  });

  const mariadb = onPath('mariadbd');
  test.skipIf(mariadb === null || process.getuid?.() !== 0)(
    'MariaDB with and without a password',
    async () => {
      const [open, closed] = [
        await startMariadb(mariadb ?? '', { password: null }),
        await startMariadb(mariadb ?? '', { password: 'secret' }),
      ];

      const { lines } = await scan([`127.0.0.1:${open}`, `127.0.0.1:${closed}`, '--json']);

      const found = lines.filter((one) => one.control === 'open-database');
      expect(found).toMatchObject([{ port: open, service: 'mysql', severity: 'critical' }]);
      expect(lines.find((one) => one.port === closed)?.service).toBe('mysql');
    },
  );

  const postfix = onPath('postfix');
  test.skipIf(postfix === null || process.getuid?.() !== 0)('Postfix', async () => {
    const port = await startPostfix(postfix ?? '');

    const { lines } = await scan([`127.0.0.1:${port}`, '--json']);

    expect(lines.find((one) => one.control === 'mail-server')).toMatchObject({
      port,
      service: 'smtp',
      why: expect.stringContaining('takes mail'),
    });
  });

  const sshd = onPath('sshd');
  test.skipIf(sshd === null)('OpenSSH with and without passwords, and with old algorithms', async () => {
    const path = folder();
    for (const type of ['ed25519', 'rsa'])
      execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', join(path, type)]);
    const start = async (options: readonly string[]) => {
      const port = await freePort();
      const settings = [`ListenAddress=127.0.0.1:${port}`, `PidFile=${path}/${port}.pid`, ...options];
      await run(sshd ?? '', ['-D', '-f', '/dev/null', ...settings.flatMap((one) => ['-o', one])], port);
      return port;
    };
    if (process.getuid?.() === 0) execFileSync('mkdir', ['-p', '/run/sshd']);
    const modern = [
      'KexAlgorithms=curve25519-sha256',
      'MACs=hmac-sha2-256-etm@openssh.com',
      `HostKey=${path}/ed25519`,
    ];
    const keys = await start([...modern, 'PasswordAuthentication=no', 'KbdInteractiveAuthentication=no']);
    const passwords = await start([
      ...modern,
      'PasswordAuthentication=yes',
      'KbdInteractiveAuthentication=no',
    ]);
    const old = await start([
      'KexAlgorithms=diffie-hellman-group1-sha1',
      'Ciphers=3des-cbc',
      'MACs=hmac-md5',
      'HostKeyAlgorithms=ssh-rsa',
      `HostKey=${path}/rsa`,
      'PasswordAuthentication=no',
      'KbdInteractiveAuthentication=no',
    ]);

    const { lines } = await scan([keys, passwords, old].map((port) => `127.0.0.1:${port}`).concat('--json'));

    const found = lines
      .filter((one) => one.control === 'password-ssh')
      .sort((a, b) => a.severity.localeCompare(b.severity));
    expect(found).toMatchObject([
      { port: passwords, severity: 'high', why: expect.stringMatching(/offers login by password$/) },
      { port: old, severity: 'medium', why: expect.stringContaining('diffie-hellman-group1-sha1') },
    ]);
  });

  const nginx = onPath('nginx');
  test.skipIf(nginx === null)('nginx with strong and with weak TLS, and its redirect to HTTPS', async () => {
    const path = folder();
    const { key, certificate } = keyPair();
    const [strong, weak, plain] = [await freePort(), await freePort(), await freePort()];
    const tls = `ssl_certificate ${certificate}; ssl_certificate_key ${key};`;
    const headers = Object.entries(goodHeaders)
      .map(([name, value]) => `add_header ${name} "${value}" always;`)
      .join(' ');
    writeFileSync(
      join(path, 'nginx.conf'),
      `pid ${path}/pid; error_log ${path}/error.log; daemon off; events {}
       http { access_log off; server_tokens off; client_body_temp_path ${path};
         server { listen 127.0.0.1:${strong} ssl http2; ${tls} ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM;
                  location / { ${headers} return 200; } }
         server { listen 127.0.0.1:${weak} ssl; ${tls} ssl_protocols TLSv1 TLSv1.1 TLSv1.2;
                  ssl_ciphers ALL:@SECLEVEL=0; location / { ${headers} return 200; } }
         server { listen 127.0.0.1:${plain}; return 301 https://$host:${strong}$request_uri; } }`,
    );
    await run(nginx ?? '', ['-c', join(path, 'nginx.conf')], weak);

    const { lines } = await scan([strong, weak, plain].map((port) => `127.0.0.1:${port}`).concat('--json'));

    const others = lines.filter((one) => one.control !== 'unexpected-port');
    expect(others).toMatchObject([
      { port: weak, control: 'weak-tls', why: expect.stringContaining('TLSv1.0, TLSv1.1 offered') },
    ]);
  });
});

function postgresFolder(): string | null {
  try {
    const [version] = readdirSync('/usr/lib/postgresql').toReversed();
    return version === undefined ? null : `/usr/lib/postgresql/${version}/bin`;
  } catch {
    return null;
  }
}

/** PostgreSQL refuses to run as root: then it runs as the user that Debian made for it. */
async function startPostgres(bin: string, login: string): Promise<number> {
  const port = await freePort();
  const data = folder();
  const isRoot = process.getuid?.() === 0;
  const as = isRoot
    ? (['setpriv', ['--reuid', 'postgres', '--regid', 'postgres', '--clear-groups']] as const)
    : null;
  if (isRoot)
    chownSync(
      data,
      Number(execFileSync('id', ['-u', 'postgres'])),
      Number(execFileSync('id', ['-g', 'postgres'])),
    );
  const command = (program: string, args: string[]): [string, string[]] =>
    as === null ? [join(bin, program), args] : [as[0], [...as[1], join(bin, program), ...args]];
  const password = join(data, '..', `pw-${port}`);
  writeFileSync(password, 'secret\n', { mode: 0o644 });
  const [initdb, initArgs] = command('initdb', [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    login,
    '--pwfile',
    password,
    '--no-sync',
  ]);
  execFileSync(initdb, initArgs, { stdio: 'ignore' });
  execFileSync('rm', [password]);
  const [server, args] = command('postgres', [
    '-D',
    data,
    '-p',
    `${port}`,
    '-k',
    data,
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'fsync=off',
  ]);
  await run(server, args, port);
  return port;
}

/** A server of its own, that lets root in over TCP with this password or with none. */
async function startMariadb(server: string, { password }: { password: string | null }): Promise<number> {
  const port = await freePort();
  const data = folder();
  chownSync(data, Number(execFileSync('id', ['-u', 'mysql'])), Number(execFileSync('id', ['-g', 'mysql'])));
  const install = ['--no-defaults', `--datadir=${data}`, '--user=mysql', '--skip-test-db'];
  execFileSync('mariadb-install-db', [...install, '--auth-root-authentication-method=normal'], {
    stdio: 'ignore',
  });
  const start = join(data, 'start.sql');
  writeFileSync(
    start,
    password === null ? '' : `SET PASSWORD FOR 'root'@'localhost' = PASSWORD('${password}');\n`,
  );
  chownSync(start, Number(execFileSync('id', ['-u', 'mysql'])), Number(execFileSync('id', ['-g', 'mysql'])));
  const where = [
    `--datadir=${data}`,
    `--socket=${data}/sock`,
    `--pid-file=${data}/pid`,
    `--init-file=${start}`,
  ];
  await run(
    server,
    ['--no-defaults', '--user=mysql', '--bind-address=127.0.0.1', `--port=${port}`, ...where],
    port,
  );
  return port;
}

/** Debian's own settings with folders and a port of the test's. */
async function startPostfix(postfix: string): Promise<number> {
  const port = await freePort();
  const path = folder();
  for (const name of ['queue', 'data']) execFileSync('mkdir', [join(path, name)]);
  execFileSync('chown', ['postfix', join(path, 'data')]);
  chmodSync(path, 0o755);
  const settings = {
    compatibility_level: '3.6',
    queue_directory: join(path, 'queue'),
    data_directory: join(path, 'data'),
    inet_interfaces: '127.0.0.1',
    myhostname: 'mail.example.test',
    maillog_file: '/dev/stdout',
    multi_instance_enable: 'yes',
  };
  writeFileSync(
    join(path, 'main.cf'),
    Object.entries(settings)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(''),
  );
  const services = readFileSync('/usr/share/postfix/master.cf.dist', 'utf8')
    .replace(/^smtp {6}inet/m, `127.0.0.1:${port} inet`)
    // Its own root would need a copy of the system.
    .replace(/^(\S+ +\S+ +\S+ +\S+) +y /gm, '$1 n ');
  writeFileSync(join(path, 'master.cf'), services);
  await run(postfix, ['-c', path, 'start-fg'], port);
  const master = Number(readFileSync(join(path, 'queue/pid/master.pid'), 'utf8'));
  afterThis(() => process.kill(master));
  return port;
}
