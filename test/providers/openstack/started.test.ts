import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type OpenStack, startOpenStack } from '../../engines/openstack.ts';
import { outputOf } from '../../engines/process.ts';
import { type RabbitMq, startRabbitMq } from '../../engines/rabbitmq.ts';
import { type Started, startService } from '../../serve/process.ts';

/** `snapshut start` beside the official client: nobody sends an event, the service asks. */

const cli = join(import.meta.dirname, '../../../lib/cli.ts');
let cloud: OpenStack | string;
let home: string;
let broker: RabbitMq | string;
let service: Started | null = null;
beforeAll(async () => {
  broker = await startRabbitMq();
  const bus = typeof broker === 'object' ? { bus: broker.url } : {};
  cloud = await startOpenStack(['neutron', 'swift', 'glance'], bus);
}, 600_000);
afterAll(async () => {
  if (typeof cloud === 'object') await cloud.stop();
  if (typeof broker === 'object') await broker.stop();
});
beforeEach(async ({ skip }) => {
  if (typeof cloud === 'string') skip(cloud);
  home = await mkdtemp(join(tmpdir(), 'snapshut-started-'));
});
afterEach(async () => {
  await service?.end();
  await rm(home, { recursive: true, force: true });
});

const limits = { fixesPerHour: 50, percentPerHour: 100 };

/** After its first sweep, so that what follows comes from what it is told. */
async function started(account: object, more: Record<string, string> = {}) {
  const { env: envOf, cli: client } = cloud as OpenStack;
  const env = { ...envOf('demo'), ...more, PATH: process.env.PATH ?? '', SNAPSHUT_HOME: home };
  const accounts = [{ provider: 'openstack', ...account }];
  await writeFile(join(home, 'snapshut.yml'), JSON.stringify({ accounts, limits }));
  const running = await startService(env);
  service = running;
  await expect.poll(() => running.said(), { timeout: 60_000 }).toContain('Swept: ');
  return { running, env, demo: (...args: string[]) => client('demo', ...args) };
}

const ssh = ['--ingress', '--protocol', 'tcp', '--dst-port', '22'];

it('a port that the official client opens is shut one poll later, undo restores it, and the client sees both', async () => {
  const { running, env, demo } = await started({ poll: { everySeconds: 5, jitterSeconds: 1 } });
  const ports = async () => {
    const list = await demo('security', 'group', 'rule', 'list', 'web', '--ingress', '-f', 'json');
    return JSON.parse(list).map((rule: { 'Port Range': string }) => rule['Port Range']);
  };
  await demo('security', 'group', 'create', 'web');
  await demo('security', 'group', 'rule', 'create', 'web', '--protocol', 'tcp', '--dst-port', '443');
  const openedMs = Date.now();
  await demo('security', 'group', 'rule', 'create', 'web', ...ssh);

  await expect.poll(() => running.said(), { timeout: 60_000 }).toMatch(/FIXED .*\(web\)/);
  const tookMs = Date.now() - openedMs;
  const shut = await ports();
  const caseId = /FIXED .*\(web\)[\s\S]*?snapshut undo (\w+)/.exec(running.said())?.[1] ?? '';
  const undone = await outputOf(process.execPath, [cli, 'undo', caseId], { cwd: home, env });
  const restored = await ports();

  console.log(`from the client's call to the word "fixed": ${tookMs} ms at an interval of 5 s ± 1 s`);
  expect(shut).toEqual(['443:443']);
  expect(undone.code).toBe(0);
  expect(restored.toSorted()).toEqual(['22:22', '443:443']);
}, 240_000);

it("a port is shut when Neutron's own notification says that it was opened, long before the next poll", async ({
  skip,
}) => {
  if (typeof broker === 'string') return skip(broker);
  const poll = { everySeconds: 86_400, jitterSeconds: 0 };
  // The first notification makes the exchange.
  await (cloud as OpenStack).cli('demo', 'security', 'group', 'create', 'first');
  const bus = { SNAPSHUT_BUS_URL: broker.url };
  const { running, demo } = await started({ poll, notifications: { queue: 'snapshut' } }, bus);
  await demo('security', 'group', 'create', 'told');
  const openedMs = Date.now();
  await demo('security', 'group', 'rule', 'create', 'told', ...ssh);

  await expect.poll(() => running.said(), { timeout: 60_000 }).toMatch(/FIXED .*\(told\)/);

  console.log(`from the client's call to the word "fixed": ${Date.now() - openedMs} ms by notification`);
  // Nothing that we print comes from what a token stood in.
  expect(running.said()).not.toMatch(/auth_token/);
}, 240_000);
