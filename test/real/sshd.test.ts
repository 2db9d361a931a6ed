import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OffenderLine } from '../../lib/logs/offender-line.ts';
import { NftSet } from '../../lib/providers/host/nft-set.ts';
import { ssh } from '../../lib/ssh/command.ts';
import { SshLoop } from '../../lib/ssh/policy.ts';
import { Network, serverAddress, whyNotReal } from './namespaces.ts';
import { Settings } from './settings.ts';

const why = whyNotReal(['sshd', 'ssh', 'sshpass', 'nft', 'ip', 'unshare', 'python3']);

describe.skipIf(why !== null)(
  `OpenSSH and nftables of the distribution${why ? ` (skipped: ${why})` : ''}`,
  () => {
    let folder: string;
    let network: Network;
    let server: ChildProcess;
    let guesser: string;
    let other: string;
    let admin: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'snapshut-sshd-'));
      await mkdir('/run/sshd', { recursive: true });
      for (const name of ['host', 'admin', 'wrong']) {
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
      }
      await writeFile(join(folder, 'keys'), await readFile(join(folder, 'admin.pub')));
      await writeFile(join(folder, 'sshd_config'), configuration(folder));
      await writeFile(join(folder, 'syslog.py'), syslog);
      await writeFile(join(folder, 'start.sh'), start);
      await chmod(folder, 0o755);
      network = new Network();
      guesser = network.client('203.0.113.5');
      other = network.client('203.0.113.7');
      admin = network.client('203.0.113.6');
      const words = [
        'netns',
        'exec',
        network.server,
        'unshare',
        '-m',
        'sh',
        join(folder, 'start.sh'),
        folder,
      ];
      server = spawn('ip', words, { stdio: ['pipe', 'ignore', 'ignore'] });
      for (let tries = 0; tries < 50 && !login(admin, 'admin'); tries++) await sleep(200);
    });
    afterAll(async () => {
      if (server?.exitCode === null) {
        const ended = once(server, 'exit');
        // The script ends with its input, and takes both servers with it.
        server.stdin?.end();
        await ended;
      }
      network?.remove();
      if (folder) await rm(folder, { recursive: true, force: true });
    });

    const options = () =>
      [
        'StrictHostKeyChecking=no',
        `UserKnownHostsFile=${folder}/known`,
        'ConnectTimeout=2',
        'IdentitiesOnly=yes',
        'LogLevel=ERROR',
      ].flatMap((one) => ['-o', one]);
    const login = (from: string, ...keys: string[]) => {
      const identities = keys.flatMap((key) => ['-i', join(folder, key)]);
      return network.can(
        from,
        'ssh',
        ...options(),
        '-o',
        'BatchMode=yes',
        ...identities,
        `root@${serverAddress}`,
        'true',
      );
    };
    const guess = (from: string, user: string) =>
      network.can(
        from,
        'sshpass',
        '-p',
        'wrong',
        'ssh',
        ...options(),
        '-o',
        'PubkeyAuthentication=no',
        '-o',
        'NumberOfPasswordPrompts=2',
        `${user}@${serverAddress}`,
        'true',
      );

    const settings = new Settings();
    const nft = () => ['ip', 'netns', 'exec', network.server, 'nft'];
    const run = async (now: Date) => {
      const targets = [(['v4', 'v6'] as const).map((family) => new NftSet('snapshut', family, nft()))];
      const lines: OffenderLine[] = [];
      const told: string[] = [];
      const io = {
        stdin: Readable.from([]),
        out: (line: string) => void lines.push(JSON.parse(line)),
        err: (line: string) => void told.push(line),
      };
      const loop = SshLoop.parse({ detectors: { guess: { failures: 3 } } });
      const blocking = { settings, targets, owner: 'test', sleep: async () => {} };
      const exit = await ssh(
        [join(folder, 'auth.log')],
        { json: true, now, loop: 'ssh', blocking },
        loop,
        { trusted: [], proxies: [] },
        io,
      );
      return { exit, lines, told };
    };

    test('the guesser is cut off, the admin and who mistyped once are not, and the block ends', async () => {
      for (let times = 0; times < 4; times++) guess(guesser, times % 2 === 0 ? 'root' : 'from 203.0.113.6');
      guess(other, 'root');
      for (let times = 0; times < 5; times++) expect(login(admin, 'wrong', 'admin')).toBe(true);

      const { exit, lines, told } = await run(new Date());

      expect({ exit, lines, told: told.at(-1) }).toMatchObject({
        exit: 0,
        lines: [{ client: '203.0.113.5', detectors: ['guess'], until: expect.any(String) }],
        told: expect.stringContaining('1 added'),
      });
      // Four connections, one password each: sshpass answers the second prompt by giving up.
      expect(lines[0]?.requests).toBeGreaterThanOrEqual(4);
      expect(lines[0]?.requests).toBeLessThanOrEqual(8);
      expect({
        guesser: login(guesser, 'admin'),
        other: login(other, 'admin'),
        admin: login(admin, 'admin'),
      }).toEqual({
        guesser: false,
        other: true,
        admin: true,
      });

      await run(new Date(Date.now() + 2 * 3_600_000));
      expect(login(guesser, 'admin')).toBe(true);
    }, 120_000);

    test('a block ends in the packet filter by itself, without us', async () => {
      const set = new NftSet('own-end', 'v4', nft());
      await set.read();
      expect(await set.write(['203.0.113.5/32'], '', () => 1500)).toBe(true);
      expect(login(guesser, 'admin')).toBe(false);

      await sleep(2500);

      expect((await set.read()).addresses).toEqual([]);
      expect(login(guesser, 'admin')).toBe(true);
    }, 60_000);

    test('what another hand put into the set stays', async () => {
      const set = new NftSet('shared', 'v4', nft());
      await set.read();
      network.in(network.server, 'nft', 'add element inet shared blocked4 { 203.0.113.99 }');
      const { addresses } = await set.read();
      await set.write([...addresses, '203.0.113.98/32'], '', () => 60_000);
      await set.read();

      await set.write(['203.0.113.99'], '');

      expect((await set.read()).addresses).toEqual(['203.0.113.99']);
    });
  },
);

function configuration(folder: string): string {
  return `ListenAddress ${serverAddress}:22
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/keys
StrictModes no
PermitRootLogin yes
PasswordAuthentication yes
UsePAM no
LogLevel VERBOSE
PidFile none
PerSourceMaxStartups none
`;
}

/** sshd speaks to /dev/log; this writes what it says as a syslog daemon does. */
const syslog = `
import os, re, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('/dev/log')
os.chmod('/dev/log', 0o666)
out = open(sys.argv[1] + '/auth.log', 'a', buffering=1)
while True:
    text = s.recv(65536).decode('utf8', 'replace').rstrip('\\n\\0')
    out.write(re.sub(r'^<\\d+>(.{15}) ', r'\\1 web1 ', text) + '\\n')
`;

/** A /dev of their own for the two servers, in a mount namespace of their own. */
const start = `
set -e
mount --make-rprivate /
mkdir -p $1/dev && mount -t tmpfs tmpfs $1/dev
for n in null zero full random urandom tty; do touch $1/dev/$n && mount --bind /dev/$n $1/dev/$n; done
mkdir $1/dev/pts && mount --bind /dev/pts $1/dev/pts && ln -s pts/ptmx $1/dev/ptmx
mount --rbind $1/dev /dev
python3 $1/syslog.py $1 & log=$!
/usr/sbin/sshd -D -f $1/sshd_config & ssh=$!
cat > /dev/null
kill $ssh $log
`;
