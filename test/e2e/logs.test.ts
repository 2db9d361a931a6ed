import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateIPSetCommand, GetIPSetCommand, WAFV2Client } from '@aws-sdk/client-wafv2';
import { beforeAll, describe, expect, test } from 'vitest';
import { motoCredentials } from '../../lib/sandbox/moto.ts';
import { useMoto } from '../engines/moto.ts';
import { hits } from '../waf/run-waf.ts';
import { snapshut } from './cli.ts';

const moto = useMoto();
let home: string;
let client: WAFV2Client;
let id: string;

const policy = `
networks: {trusted: [198.51.100.0/24]}
loops:
  waf:
    detectors: {flood: {requests: 20, windowSeconds: 60}}
    targets: [{provider: aws, region: eu-central-1, scope: REGIONAL, ipSets: {ipv4: [offenders]}}]
`;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'snapshut-logs-'));
  await writeFile(join(home, 'policy.yml'), policy);
  const log = [...hits(21), ...hits(30, { client: '198.51.100.9' }), ...hits(20, { client: '203.0.113.6' })];
  await writeFile(join(home, 'access.log'), log.join('\n'));
  client = new WAFV2Client({
    endpoint: moto().endpoint,
    region: 'eu-central-1',
    credentials: motoCredentials,
  });
  const { Summary } = await client.send(
    new CreateIPSetCommand({
      Name: 'offenders',
      Scope: 'REGIONAL',
      IPAddressVersion: 'IPV4',
      Addresses: ['192.0.2.1/32'],
    }),
  );
  id = Summary?.Id ?? '';
});

const held = async () => {
  const { IPSet } = await client.send(new GetIPSetCommand({ Name: 'offenders', Scope: 'REGIONAL', Id: id }));
  return IPSet?.Addresses?.sort();
};
const run = (...args: string[]) => snapshut(args, { endpoint: moto().endpoint, home });

describe('snapshut waf', () => {
  test('needs no cloud and writes nothing without --apply', async () => {
    const { code, lines } = await snapshut(['waf', 'access.log', '--json', '--policy', 'policy.yml'], {
      endpoint: 'http://127.0.0.1:1',
      home,
      env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
    });

    expect(code).toBe(0);
    expect(lines).toMatchObject([
      { client: '198.51.100.9', until: null },
      { client: '203.0.113.5', requests: 21, until: expect.any(String) },
    ]);
    expect(await held()).toEqual(['192.0.2.1/32']);
  });

  test('blocks with --apply, lets go when the time is over or a person says so', async () => {
    const blocks = ['waf', '--json', '--policy', 'policy.yml', '--apply'];
    const first = await run(...blocks, 'access.log', '--now', '2026-11-24T11:05:00Z');
    expect(first).toMatchObject({ code: 0 });
    expect(await held()).toEqual(['192.0.2.1/32', '203.0.113.5/32']);

    const let1 = await run(
      'unblock',
      '203.0.113.5',
      '--policy',
      'policy.yml',
      '--now',
      '2026-11-24T11:10:00Z',
    );
    expect(let1).toMatchObject({ code: 0 });
    expect(await held()).toEqual(['192.0.2.1/32']);

    const log = hits(30, { at: '2026-11-24T11:20:00Z' }).join('\n');
    await writeFile(join(home, 'newer.log'), log);
    await run(...blocks, 'newer.log', '--now', '2026-11-24T11:21:00Z');
    expect(await held()).toEqual(['192.0.2.1/32', '203.0.113.5/32']);

    await run(...blocks, 'newer.log', '--now', '2026-11-24T16:00:00Z');
    expect(await held()).toEqual(['192.0.2.1/32']);
  });

  test('blocks nobody while frozen', async () => {
    const env = { SNAPSHUT_FREEZE: '1' };
    const { code, stderr } = await snapshut(['waf', 'access.log', '--apply', '--policy', 'policy.yml'], {
      endpoint: moto().endpoint,
      home: await mkdtemp(join(home, 'frozen-')),
      cwd: home,
      env,
    });

    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('frozen') });
    expect(await held()).toEqual(['192.0.2.1/32']);
  });

  test('refuses a policy file that is wrong', async () => {
    await writeFile(join(home, 'wrong.yml'), 'loops: {waf: {detectors: {floood: {requests: 1}}}}');

    expect(await run('waf', 'access.log', '--policy', 'wrong.yml')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('floood'),
    });
  });
});

test('snapshut ssh reads stdin', async () => {
  const line = (index: number) =>
    `2026-11-24T11:00:${String(index).padStart(2, '0')}Z web1 sshd[${index}]: Failed password for root from 203.0.113.5 port ${index + 1024} ssh2`;
  const stdin = Array.from({ length: 11 }, (_, index) => line(index)).join('\n');

  const { code, lines } = await snapshut(['ssh', '-', '--json'], { endpoint: moto().endpoint, home, stdin });

  expect({ code, lines }).toMatchObject({
    code: 0,
    lines: [{ client: '203.0.113.5', detectors: ['guess'], requests: 11, until: expect.any(String) }],
  });
});
