import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exposedKeyPair } from '../../../lib/controls/exposed-key-pair.ts';
import type { KeyPairState } from '../../../lib/kinds/key-pair.ts';
import { recognise } from '../../../lib/leaks/recognise.ts';
import type { Resource } from '../../../lib/model.ts';
import type { Http } from '../../../lib/providers/http.ts';
import { OpenStackProvider } from '../../../lib/providers/openstack/openstack.ts';
import { snapshut } from '../../e2e/cli.ts';
import { type OpenStack, startOpenStack } from '../../engines/openstack.ts';
import { realHttp, sessionOn } from './session-on.ts';

let cloud: OpenStack | string;
const home = mkdtempSync(join(tmpdir(), 'snapshut-'));
beforeAll(async () => {
  cloud = await startOpenStack(['neutron', 'nova', 'swift']);
}, 600_000);
afterAll(async () => {
  rmSync(home, { recursive: true });
  if (typeof cloud === 'object') await cloud.stop();
});
beforeEach(({ skip }) => {
  if (typeof cloud === 'string') skip(cloud);
});

/** A pair of the owner's, whose public half Nova has. */
async function offered(name: string, type: 'rsa' | 'ed25519') {
  const file = join(home, name.replaceAll(' ', '-'));
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'ops laptop', '-f', file]);
  await (cloud as OpenStack).cli('demo', 'keypair', 'create', '--public-key', `${file}.pub`, name);
  return { file, fingerprint: await shown(name) };
}

/** As Nova says itself, to its official client; null where it has no such keypair. */
async function shown(name: string): Promise<string | null> {
  const all = JSON.parse(await (cloud as OpenStack).cli('demo', 'keypair', 'list', '-f', 'json'));
  return all.find((one: { Name: string }) => one.Name === name)?.Fingerprint ?? null;
}

const run = (...args: string[]) => {
  const aws = { AWS_ENDPOINT_URL: '', AWS_REGION: '', AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
  return snapshut(args, { endpoint: '', home, env: { ...aws, ...(cloud as OpenStack).env('demo') } });
};

describe('a leaked key', () => {
  it('is known to the real Nova by its fingerprint; its keypair goes when a person says so, and comes back', async () => {
    const name = 'ops laptop';
    const { file, fingerprint } = await offered(name, 'rsa');

    const said = await run('leak', '--json', '--respond', file);
    const [found, asked] = [said.lines[0], said.lines.find((one) => 'outcome' in one)];
    expect(found?.owners).toMatchObject([
      { resource: { provider: 'openstack', kind: 'key-pair', id: name } },
    ]);
    expect(asked).toMatchObject({ outcome: 'asked', control: 'exposed-key-pair' });
    expect(await shown(name)).toBe(fingerprint);

    const approved = await run('approve', String(asked?.caseId), '--json');
    expect(approved.lines[0]).toMatchObject({ outcome: 'fixed' });
    expect(await shown(name)).toBeNull();

    const undone = await run('undo', String(asked?.caseId), '--json');
    expect(undone.lines[0]).toMatchObject({ outcome: 'undone' });
    expect(await shown(name)).toBe(fingerprint);
    expect(said.stdout + said.stderr + approved.stdout).not.toContain('PRIVATE KEY');
  }, 600_000);
});

/** No machine can be made without Nova's agents: the list of servers alone is made up, in the shape of its API. */
const servers = (userId: string) => [
  { id: 'aaaa', user_id: userId, key_name: 'carried' },
  { id: 'bbbb', user_id: 'somebody', key_name: 'carried' },
  { id: 'cccc', user_id: userId, key_name: null },
  { id: 'dddd', user_id: userId, key_name: 'carried' },
];

describe('the servers that carry a leaked key', () => {
  it('are those that its owner made with it, page by page, and stand in the sentence', async () => {
    const { file } = await offered('carried', 'ed25519');
    const real = await sessionOn((cloud as OpenStack).env('demo'));
    const { account, userId } = await real.place();
    const paged: Http = async (call) => {
      const url = new URL(call.url);
      if (!url.pathname.endsWith('/servers/detail')) return realHttp(call);
      const all = servers(userId);
      const from = all.findIndex((one) => one.id === url.searchParams.get('marker')) + 1;
      const text = JSON.stringify({ servers: all.slice(from, from + 2) });
      return { status: 200, headers: new Headers(), text };
    };
    const provider = new OpenStackProvider([await sessionOn((cloud as OpenStack).env('demo'), paged)]);
    const [leaked] = recognise(readFileSync(file, 'utf8'));
    const prints = leaked?.what === 'private-key' ? leaked.key.fingerprints : [];

    const found = await provider.resolve({
      provider: 'openstack',
      account,
      region: 'RegionOne',
      kind: 'key-fingerprint',
      id: prints.join(','),
    });
    const [reading] = await provider.read(found);

    expect(found).toMatchObject([{ kind: 'key-pair', id: 'carried' } satisfies Partial<Resource>]);
    const state = reading?.status === 'found' ? (reading.state as KeyPairState) : null;
    expect(state?.carriedBy).toEqual(['aaaa', 'dddd']);
    const settings = {
      now: new Date(),
      trusted: [],
      trustedAccounts: [],
      trustedOrganizations: [],
      options: {},
    };
    const seenOn = ['leak 2026-11-24T08:00:00.000Z sure carried a text'];
    expect(state && exposedKeyPair.check(state, { ...settings, seenOn })?.why).toContain(
      'aaaa, dddd carry it',
    );
  }, 300_000);
});
