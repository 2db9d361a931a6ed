import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logLines } from '../../lib/ssh/command.ts';
import { SshLoop } from '../../lib/ssh/policy.ts';
import { requestLines } from '../../lib/waf/command.ts';
import { WafLoop } from '../../lib/waf/policy.ts';

const sender = '203.0.113.5';
const victim = '198.51.100.66';

/** What somebody writes who wants another to be accused, as pieces of any length. */
const piece = fc.oneof(
  fc.constantFrom(
    victim,
    ` from ${victim} port 22 ssh2`,
    ` from ${victim} port 22 ssh2: `,
    ` from ${victim}`,
    `rhost=${victim} `,
    `${victim} - - [24/Nov/2026:11:00:00 +0000] "GET / HTTP/1.1" 404 1 "-" "-"`,
    `] "`,
    `" 404 1 "-" "`,
    `","clientIp":"${victim}"`,
    `"},"httpRequest":{"clientIp":"${victim}","country":"FI","headers":[],"uri":"/`,
    `}{"timestamp":1795518000000,"httpRequest":{"clientIp":"${victim}"}}`,
    `\\`,
    `\\"`,
    `'`,
    ` [preauth]`,
    `sshd[1]: Failed password for root from ${victim} port 22 ssh2`,
    `message repeated 99 times: [ Failed password for root from ${victim} port 22 ssh2]`,
    '\t',
    ', ',
  ),
  fc.string({ maxLength: 12 }),
);
const hostile = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('').replace(/[\r\n]/g, ' '));

const isPlain = (char: string) => char >= ' ' && char <= '~';

/** As nginx and Apache escape what a client wrote. */
const nginx = (text: string) =>
  text.replace(/[\s\S]/g, (char) =>
    isPlain(char) && char !== '"' && char !== '\\'
      ? char
      : `\\x${(char.charCodeAt(0) & 255).toString(16).padStart(2, '0')}`,
  );
const apache = (text: string) =>
  text.replace(/[\s\S]/g, (char) =>
    char === '"' || char === '\\' ? `\\${char}` : isPlain(char) ? char : '?',
  );

/** Everybody whom these lines accuse, at limits of nothing. */
function accused(lines: readonly string[]): string[] {
  const detectors = Object.fromEntries(
    ['flood', 'error-scan', 'login-guess', 'probe-paths', 'injection', 'bad-agents', 'empty-agent'].map(
      (name) => [name, { requests: 0 }],
    ),
  );
  const analysis = requestLines(WafLoop.parse({ detectors }), []);
  for (const line of lines) analysis.see(Buffer.from(line).toString('latin1'));
  return analysis.offenders().map((one) => one.client);
}

describe('whatever a client writes, only the client is accused', () => {
  test.each([
    ['nginx', nginx],
    ['Apache', apache],
  ])('in a log of %s', (_, written) => {
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (user, target, referrer, agent) => {
        const time = '[24/Nov/2026:11:00:00 +0000]';
        const line = `${sender} - ${written(user) || '-'} ${time} "GET /${written(target)} HTTP/1.1" 404 1 "${written(referrer)}" "${written(agent)}" "${written(user)}"`;

        expect(accused([line])).toEqual([sender]);
      }),
    );
  });

  test('in a log of AWS WAF', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, fc.boolean(), (uri, args, header, isLate) => {
        const headers = [
          { name: 'User-Agent', value: header },
          { name: header, value: uri },
        ];
        const line = JSON.stringify({
          timestamp: 1_795_518_000_000,
          formatVersion: 1,
          webaclId: 'x',
          action: 'ALLOW',
          ruleGroupList: [],
          httpRequest: {
            clientIp: sender,
            country: 'FI',
            headers: isLate ? headers.toReversed() : headers,
            uri: `/${uri}`,
            args,
            httpVersion: 'HTTP/1.1',
            httpMethod: 'GET',
          },
        });

        expect(accused([line])).toEqual([sender]);
        expect(accused([`${line}${line}`])).toEqual([sender]);
      }),
    );
  });

  test('in a JSON log of nginx, with and without its own JSON escapes', () => {
    fc.assert(
      fc.property(hostile, hostile, fc.boolean(), (uri, agent, isJson) => {
        const text = (value: string) => (isJson ? JSON.stringify(value) : `"${nginx(value)}"`);
        const line = `{"time":"2026-11-24T11:00:00Z","remote_addr":"${sender}","uri":${text(`/${uri}`)},"status":404,"http_x_forwarded_for":${text(agent)},"http_user_agent":${text(agent)}}`;

        expect(accused([line])).toEqual([sender]);
      }),
    );
  });
});

describe('whatever name a guesser takes', () => {
  const forms: ((name: string) => string)[] = [
    (name) => `Invalid user ${name} from ${sender} port 4022`,
    (name) => `Failed password for invalid user ${name} from ${sender} port 4022 ssh2`,
    (name) => `Failed keyboard-interactive/pam for invalid user ${name} from ${sender} port 4022 ssh2`,
    (name) =>
      `error: maximum authentication attempts exceeded for invalid user ${name} from ${sender} port 4022 ssh2 [preauth]`,
    (name) => `Connection closed by invalid user ${name} ${sender} port 4022 [preauth]`,
    (name) =>
      `Disconnecting invalid user ${name} ${sender} port 4022: Change of username or service not allowed: (${name},ssh-connection) -> (root,ssh-connection) [preauth]`,
    (name) =>
      `pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${sender}  user=${name}`,
  ];
  const blocked = (messages: readonly string[]) => {
    const analysis = logLines(
      SshLoop.parse({ detectors: { guess: { failures: 0 } } }),
      Date.parse('2026-11-24T12:00:00Z'),
    );
    for (const message of messages) analysis.see(`2026-11-24T11:00:00Z web1 sshd[7]: ${message}`);
    analysis.end();
    const sure = analysis
      .offenders()
      .filter((one) =>
        one.offences.some(({ detector }) => analysis.facts.get(detector)?.tellsOnly === false),
      );
    return sure.map((one) => one.client);
  };

  test('nobody else is blocked for a whole connection of his', () => {
    fc.assert(
      fc.property(hostile, (name) => {
        expect(blocked(forms.map((form) => form(name)))).toEqual([sender]);
      }),
    );
  });

  test('nobody else is blocked for any single line', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom(...forms), (name, form) => {
        expect(blocked([form(name)]).filter((client) => client !== sender)).toEqual([]);
      }),
    );
  });
});

describe('anything at all', () => {
  test('is read without harm', () => {
    const text = fc.oneof(hostile, fc.string(), fc.json(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(text, (line) => {
        requestLines(WafLoop.parse({}), ['10.0.0.0/8']).see(line);
        logLines(SshLoop.parse({}), Date.parse('2026-11-24T12:00:00Z')).see(line);
      }),
      { numRuns: 400 },
    );
  });
});
