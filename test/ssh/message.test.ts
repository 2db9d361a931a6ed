import { describe, expect, test } from 'vitest';
import { logLines } from '../../lib/ssh/command.ts';
import { SshLoop } from '../../lib/ssh/policy.ts';
import { guessers } from './run-ssh.ts';

const at = (message: string, pid = 4242) => `Nov 24 11:00:00 web1 sshd[${pid}]: ${message}`;
const of = (...messages: string[]) => guessers(messages.map((message) => at(message)));
const one = (client: string, failures = 1) => [{ client, failures, blocks: true }];

describe('one failed attempt, in every form that OpenSSH writes', () => {
  test.each([
    'Failed password for root from 203.0.113.5 port 4022 ssh2',
    'Failed password for invalid user admin from 203.0.113.5 port 4022 ssh2',
    'Failed password for root from ::ffff:203.0.113.5 port 4022 ssh2',
    'Failed keyboard-interactive/pam for root from 203.0.113.5 port 4022 ssh2 [preauth]',
    'Failed keyboard-interactive for <invalid username> from 203.0.113.5 port 42742 ssh2',
    'Failed publickey for root from 203.0.113.5 port 4022 ssh2: RSA SHA256:abc',
    'Failed publickey for invalid user git from 203.0.113.5 port 4022 ssh2: ED25519 SHA256:abc',
    'Failed hostbased for dan from 203.0.113.5 port 45785 ssh2: RSA 8c:e3, client user "dan", client host "h"',
    'Failed none for invalid user admin from 203.0.113.5 port 4022 ssh2',
    'Failed gssapi-with-mic for root from 203.0.113.5 port 4022 ssh2',
    'Invalid user admin from 203.0.113.5 port 4022',
    'Invalid user  from 203.0.113.5 port 4022',
    'Invalid user admin from 203.0.113.5',
    'User root from 203.0.113.5 not allowed because not listed in AllowUsers',
    "User root from 203.0.113.5 not allowed because none of user's groups are listed in AllowGroups",
    'ROOT LOGIN REFUSED FROM 203.0.113.5 port 4022 [preauth]',
    'error: PAM: Authentication failure for root from 203.0.113.5',
    'error: PAM: User not known to the underlying authentication module for illegal user x from 203.0.113.5',
    'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.5  user=root',
    'pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.5 user=root',
    'error: maximum authentication attempts exceeded for root from 203.0.113.5 port 4022 ssh2 [preauth]',
    'error: maximum authentication attempts exceeded for invalid user x from 203.0.113.5 port 4022 ssh2 [preauth]',
    'Connection closed by authenticating user root 203.0.113.5 port 4022 [preauth]',
    'Connection closed by invalid user admin 203.0.113.5 port 4022 [preauth]',
    'Connection reset by authenticating user root 203.0.113.5 port 4022 [preauth]',
    'Disconnected from authenticating user root 203.0.113.5 port 4022 [preauth]',
    'Disconnected from invalid user admin 203.0.113.5 port 4022 [preauth]',
    'error: Received disconnect from 203.0.113.5 port 7736:3: com.jcraft.jsch.JSchException: Auth fail [preauth]',
    'Received disconnect from 203.0.113.5 port 7736:14: No supported authentication methods available [preauth]',
  ])('%s', (message) => {
    expect(of(message)).toEqual(one('203.0.113.5'));
  });
});

describe('no failed attempt', () => {
  test.each([
    'Accepted publickey for dan from 203.0.113.5 port 4022 ssh2: ED25519 SHA256:abc',
    'Accepted password for dan from 203.0.113.5 port 4022 ssh2',
    'Connection closed by 203.0.113.5 port 4022 [preauth]',
    'Connection closed by 203.0.113.5 port 4022',
    'Connection reset by 203.0.113.5 port 4022 [preauth]',
    'Disconnected from user dan 203.0.113.5 port 4022',
    'Received disconnect from 203.0.113.5 port 4022:11: disconnected by user',
    'Received disconnect from 203.0.113.5 port 4022:11: Bye Bye [preauth]',
    'Connection from 203.0.113.5 port 4022 on 10.0.0.1 port 22',
    'Postponed keyboard-interactive for root from 203.0.113.5 port 4022 ssh2 [preauth]',
    'Failed none for dan from 203.0.113.5 port 4022 ssh2',
    'pam_unix(sshd:session): session opened for user dan(uid=1000) by (uid=0)',
    'pam_unix(sshd:auth): check pass; user unknown',
    'Server listening on 0.0.0.0 port 22.',
    'Close session: user ansible from 192.168.1.1 port 34928 id 0',
    'error: kex_exchange_identification: Connection closed by remote host',
    "Bad protocol version identification 'x' from 203.0.113.5 port 31778",
  ])('%s', (message) => {
    expect(of(message)).toEqual([]);
  });
});

describe('a name that imitates an address accuses nobody else', () => {
  test.each([
    ['Failed password for invalid user from 10.10.1.1 from 127.0.0.1 port 58946 ssh2', '127.0.0.1', true],
    [
      'Failed password for invalid user test from 10.10.1.2 port 55555 ssh2 from 127.0.0.1 port 58946 ssh2',
      '127.0.0.1',
      true,
    ],
    [
      'Failed password for invalid user test from 127.0.0.1 port 58946 ssh2: from 10.10.1.2 port 55555 ssh2',
      '127.0.0.1',
      false,
    ],
    ['Failed password for user from 127.0.0.1 port 20000 ssh1: ruser from 1.2.3.4', '127.0.0.1', true],
    ['Invalid user a from 10.9.9.9 port 1 from 127.0.0.1 port 58946', '127.0.0.1', true],
    [
      'Connection closed by invalid user test 10.9.9.9 port 12345 127.0.0.1 port 46039 [preauth]',
      '127.0.0.1',
      true,
    ],
    [
      'Connection closed by authenticating user test 10.9.9.9 127.0.0.1 port 46039 [preauth]',
      '127.0.0.1',
      true,
    ],
    [
      'error: maximum authentication attempts exceeded for invalid user a from 10.9.9.9 port 1 ssh2 from 127.0.0.1 port 9 ssh2 [preauth]',
      '127.0.0.1',
      true,
    ],
    [
      'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=127.0.0.1  user=x rhost=10.9.9.9',
      '127.0.0.1',
      true,
    ],
  ])('%s', (message, client, blocks) => {
    expect(of(message)).toEqual([{ client, failures: 1, blocks }]);
  });

  test('what can be read both ways is settled by what else the connection said', () => {
    const name = 'x from 198.51.100.1 port 1 ssh2:';

    const found = of(
      `Invalid user ${name} from 203.0.113.5 port 4022`,
      `Failed password for invalid user ${name} from 203.0.113.5 port 4022 ssh2`,
      `Failed password for invalid user ${name} from 203.0.113.5 port 4022 ssh2`,
    );

    expect(found).toEqual(one('203.0.113.5', 2));
  });

  test('what nothing settles is told and blocks nobody', () => {
    expect(
      of('Failed password for invalid user x from 198.51.100.1 port 1 ssh2: from 203.0.113.5 port 2 ssh2'),
    ).toEqual([{ client: '198.51.100.1', failures: 1, blocks: false }]);
  });
});

describe('several lines about one attempt are one attempt', () => {
  test.each<[string, string[], number]>([
    [
      "PAM's line and sshd's",
      [
        'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.5  user=root',
        'Failed password for root from 203.0.113.5 port 4022 ssh2',
      ],
      1,
    ],
    [
      'a whole connection of three guesses',
      [
        'Invalid user admin from 203.0.113.5 port 4022',
        'pam_unix(sshd:auth): check pass; user unknown',
        'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.5',
        'Failed password for invalid user admin from 203.0.113.5 port 4022 ssh2',
        'Failed password for invalid user admin from 203.0.113.5 port 4022 ssh2',
        'Failed password for invalid user admin from 203.0.113.5 port 4022 ssh2',
        'error: maximum authentication attempts exceeded for invalid user admin from 203.0.113.5 port 4022 ssh2 [preauth]',
        'Disconnecting invalid user admin 203.0.113.5 port 4022: Too many authentication failures [preauth]',
        'PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.5',
        'Connection closed by invalid user admin 203.0.113.5 port 4022 [preauth]',
      ],
      3,
    ],
    [
      'the next connection of the same process number, with PAM ahead of sshd',
      [
        'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.5  user=root',
        'Failed password for root from 203.0.113.5 port 4022 ssh2',
        'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.5  user=root',
        'Failed password for root from 203.0.113.5 port 4023 ssh2',
      ],
      2,
    ],
    [
      'repeated messages',
      [
        'Failed password for root from 203.0.113.5 port 4022 ssh2',
        'message repeated 4 times: [ Failed password for root from 203.0.113.5 port 4022 ssh2]',
      ],
      5,
    ],
    [
      'keys refused and none accepted: each was an attempt',
      [
        'Failed publickey for git from 203.0.113.5 port 4022 ssh2: ECDSA SHA256:a',
        'Failed publickey for git from 203.0.113.5 port 4022 ssh2: RSA SHA256:b',
        'Connection closed by authenticating user git 203.0.113.5 port 4022 [preauth]',
      ],
      2,
    ],
    [
      'a success does not launder the guesses before it',
      [
        'Failed password for root from 203.0.113.5 port 4022 ssh2',
        'Failed password for root from 203.0.113.5 port 4022 ssh2',
        'Accepted password for root from 203.0.113.5 port 4022 ssh2',
      ],
      2,
    ],
  ])('%s', (_, messages, failures) => {
    expect(of(...messages)).toEqual(one('203.0.113.5', failures));
  });

  test('keys refused and then one accepted in the same connection are no failures', () => {
    const found = of(
      'Failed publickey for git from 203.0.113.5 port 4022 ssh2: ECDSA SHA256:a',
      'Failed publickey for git from 203.0.113.5 port 4022 ssh2: RSA SHA256:b',
      'Postponed publickey for git from 203.0.113.5 port 4022 ssh2 [preauth]',
      'Accepted publickey for git from 203.0.113.5 port 4022 ssh2: ED25519 SHA256:c',
      'Disconnected from user git 203.0.113.5 port 4022',
    );

    expect(found).toEqual([]);
  });

  test('a key accepted in another connection excuses nothing', () => {
    const found = guessers([
      at('Failed publickey for git from 203.0.113.5 port 4022 ssh2: RSA SHA256:b', 1),
      at('Accepted publickey for git from 203.0.113.5 port 4023 ssh2: ED25519 SHA256:c', 2),
    ]);

    expect(found).toEqual(one('203.0.113.5'));
  });

  test('clients that interleave in one process number are kept apart', () => {
    const found = of(
      'Failed password for root from 203.0.113.5 port 4022 ssh2',
      'Failed password for root from 203.0.113.6 port 4022 ssh2',
      'Failed password for root from 203.0.113.5 port 4022 ssh2',
    );

    expect(found).toEqual([...one('203.0.113.5', 2), ...one('203.0.113.6')]);
  });

  test('a hang-up without a name is counted by its process', () => {
    const found = of(
      'Connection from 203.0.113.5 port 51353 on 10.0.0.1 port 22',
      'Disconnecting: Too many authentication failures for root [preauth]',
    );

    expect(found).toEqual(one('203.0.113.5'));
  });
});

test('a service that runs for weeks still knows the year of lines that name none', () => {
  let nowMs = Date.parse('2026-12-20T12:00:00Z');
  const analysis = logLines(SshLoop.parse({}), () => nowMs);
  nowMs = Date.parse('2027-01-05T12:00:00Z');
  for (let second = 10; second < 22; second++) {
    analysis.see(`Jan  5 11:59:${second} h sshd[7]: Failed password for root from 203.0.113.5 port 1 ssh2`);
  }

  expect(analysis.offenders().map((one) => new Date(one.lastMs).getUTCFullYear())).toEqual([2027]);
});
