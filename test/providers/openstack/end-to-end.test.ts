import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Outcome } from '../../../lib/model.ts';
import type { Session } from '../../../lib/providers/openstack/session.ts';
import { type OpenStack, startOpenStack } from '../../engines/openstack.ts';
import { outputOf } from '../../engines/process.ts';
import { startFaults } from './faults.ts';
import { sessionOn } from './session-on.ts';

/** The commands as a user runs them, with the official client as the one who opens and who looks. */

const root = join(import.meta.dirname, '../../..');
let cloud: OpenStack | string;
let home: string;
beforeAll(async () => {
  cloud = await startOpenStack(['neutron', 'nova', 'swift', 'glance']);
  home = await mkdtemp(join(tmpdir(), 'snapshut-end-to-end-'));
}, 600_000);
afterAll(async () => {
  if (typeof cloud === 'object') await cloud.stop();
  await rm(home, { recursive: true, force: true });
});

async function snapshut(
  env: Record<string, string>,
  ...args: string[]
): Promise<{ code: number; lines: Outcome[] }> {
  const cli = join(root, 'lib/cli.ts');
  const { code, out } = await outputOf(process.execPath, [cli, ...args], {
    cwd: home,
    env: { ...env, SNAPSHUT_HOME: join(home, 'state'), AWS_REGION: '', AWS_DEFAULT_REGION: '' },
  });
  const lines = out.split('\n').filter((line) => line.startsWith('{'));
  return { code, lines: lines.map((line) => JSON.parse(line)) };
}

beforeEach(({ skip }) => {
  if (typeof cloud === 'string') skip(cloud);
});

const web = ['--ingress', '--protocol', 'tcp', '--dst-port', '443'];

it('a port that the official client opens is shut by a sweep, undo restores it, and the client sees both', async () => {
  const { demo, env } = official();
  const ports = async () => {
    const list = await demo('security', 'group', 'rule', 'list', 'web', '--ingress', '-f', 'json');
    return JSON.parse(list).map((rule: Listed) => [rule['IP Range'], rule['Port Range']]);
  };
  await demo('security', 'group', 'create', 'web');
  const opened = ['--ingress', '--protocol', 'tcp', '--dst-port', '22', '--description', 'for a moment'];
  await demo('security', 'group', 'rule', 'create', 'web', ...opened);
  await demo('security', 'group', 'rule', 'create', 'web', ...web);
  await writeFile(join(home, 'snapshut.yml'), 'accounts:\n  - {provider: openstack}\n');

  const swept = await snapshut(env, 'sweep', '--json');
  const shut = await ports();
  const fixed = swept.lines.find((line) => line.outcome === 'fixed');
  const undone = await snapshut(env, 'undo', fixed?.caseId ?? '', '--json');
  const restored = await ports();

  expect(swept.code).toBe(0);
  expect(fixed).toMatchObject({
    control: 'public-port',
    resource: { provider: 'openstack', kind: 'firewall' },
  });
  expect(shut).toEqual([['0.0.0.0/0', '443:443']]);
  expect(undone.lines).toMatchObject([{ outcome: 'undone' }]);
  expect(restored).toContainEqual(['0.0.0.0/0', '22:22']);
  expect(restored).toHaveLength(2);
}, 180_000);

it('a container that the official client publishes is shut by a sweep', async () => {
  const { demo, env } = official();
  await demo('container', 'create', '--public', 'published');

  const swept = await snapshut(env, 'sweep', '--json');

  const ours = swept.lines.filter((line) => line.resource?.id === 'published');
  expect(ours).toMatchObject([{ control: 'public-bucket', outcome: 'fixed' }]);
  const shown = JSON.parse(await demo('container', 'show', 'published', '-f', 'json'));
  expect(shown.read_acl ?? null).toBeNull();
}, 180_000);

it('a hundred groups opened at once are all shut though the API answers 500 and 409 in between, and no other rule is touched', async () => {
  const { env } = official();
  const session = await sessionOn(env);
  const opened = await openHundred(session);
  const before = await rulesOf(session);
  const proxy = await startFaults(await session.endpoint('network'));
  const limits = 'limits: {fixesPerHour: 500, percentPerHour: 100}';
  await writeFile(join(home, 'snapshut.yml'), `accounts:\n  - {provider: openstack}\n${limits}\n`);

  let last = await snapshut({ ...env, OS_NETWORK_ENDPOINT_OVERRIDE: proxy.url }, 'sweep', '--json');
  const first = last;
  for (let again = 0; again < 4 && last.code !== 0; again += 1) {
    last = await snapshut({ ...env, OS_NETWORK_ENDPOINT_OVERRIDE: proxy.url }, 'sweep', '--json');
  }
  const after = await rulesOf(session);
  await proxy.stop();

  const count = (outcome: string) => first.lines.filter((line) => line.outcome === outcome).length;
  console.log(`${proxy.faults()} faults; first sweep: ${count('fixed')} fixed, ${count('failed')} failed`);
  expect(proxy.faults()).toBeGreaterThan(20);
  expect(last.code).toBe(0);
  expect(after).toEqual(before.filter((rule) => !opened.has(rule)));
  expect(before.length - after.length).toBe(100);
}, 600_000);

interface Listed {
  'IP Range': string;
  'Port Range': string;
}

function official() {
  if (typeof cloud === 'string') throw new Error(cloud);
  const { cli, env } = cloud;
  return { demo: (...args: string[]) => cli('demo', ...args), env: env('demo') };
}

/** A hundred groups, each with a rule that must go beside others that must stay; the ids of the first. */
async function openHundred(session: Session): Promise<Set<string>> {
  const post = async (path: string, body: object) =>
    JSON.parse((await session.call({ method: 'POST', service: 'network', path, body })).text);
  const security_groups = Array.from({ length: 100 }, (_, index) => ({ name: `burst ${index}` }));
  const made = await post('/security-groups', { security_groups });
  const tcp = (id: string, port: number, more = {}) => ({
    security_group_id: id,
    direction: 'ingress',
    protocol: 'tcp',
    port_range_min: port,
    port_range_max: port,
    ...more,
  });
  const ids: string[] = made.security_groups.map((group: { id: string }) => group.id);
  const opened = new Set<string>();
  for (const id of ids) {
    const rules = [tcp(id, 22), tcp(id, 443), tcp(id, 22, { remote_ip_prefix: '198.51.100.0/24' })];
    const { security_group_rules } = await post('/security-group-rules', { security_group_rules: rules });
    opened.add(security_group_rules[0].id);
  }
  return opened;
}

async function rulesOf(session: Session): Promise<string[]> {
  const path = '/security-group-rules';
  const answer = await session.call({ method: 'GET', service: 'network', path });
  return JSON.parse(answer.text)
    .security_group_rules.map((rule: { id: string }) => rule.id)
    .sort();
}
