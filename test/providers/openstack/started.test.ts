import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type OpenStack, startOpenStack } from '../../engines/openstack.ts';
import { outputOf } from '../../engines/process.ts';
import { type Started, startService } from '../../serve/process.ts';

/** `snapshut start` beside the official client: nobody sends an event, the service asks. */

const cli = join(import.meta.dirname, '../../../lib/cli.ts');
let cloud: OpenStack | string;
let home: string;
let service: Started | null = null;
beforeAll(async () => {
  cloud = await startOpenStack(['neutron', 'swift', 'glance']);
  home = await mkdtemp(join(tmpdir(), 'snapshut-started-'));
}, 600_000);
afterAll(async () => {
  await service?.end();
  if (typeof cloud === 'object') await cloud.stop();
  await rm(home, { recursive: true, force: true });
});
beforeEach(({ skip }) => {
  if (typeof cloud === 'string') skip(cloud);
});

it('a port that the official client opens is shut one poll later, undo restores it, and the client sees both', async () => {
  if (typeof cloud === 'string') return;
  const demo = (...args: string[]) => (cloud as OpenStack).cli('demo', ...args);
  const ports = async () => {
    const list = await demo('security', 'group', 'rule', 'list', 'web', '--ingress', '-f', 'json');
    return JSON.parse(list).map((rule: { 'Port Range': string }) => rule['Port Range']);
  };
  const open = (port: string) =>
    demo('security', 'group', 'rule', 'create', 'web', '--ingress', '--protocol', 'tcp', '--dst-port', port);
  const env = { ...cloud.env('demo'), PATH: process.env.PATH ?? '', SNAPSHUT_HOME: home };
  const accounts = [{ provider: 'openstack', poll: { everySeconds: 5, jitterSeconds: 1 } }];
  const limits = { fixesPerHour: 50, percentPerHour: 100 };
  await writeFile(join(home, 'snapshut.yml'), JSON.stringify({ accounts, limits }));
  service = await startService(env);
  await expect.poll(() => service?.said(), { timeout: 60_000 }).toContain('Swept: ');
  await demo('security', 'group', 'create', 'web');
  await open('443');
  const openedMs = Date.now();
  await open('22');

  await expect.poll(() => service?.said(), { timeout: 60_000 }).toMatch(/FIXED .*\(web\)/);
  const tookMs = Date.now() - openedMs;
  const shut = await ports();
  const caseId = /FIXED .*\(web\)[\s\S]*?snapshut undo (\w+)/.exec(service.said())?.[1] ?? '';
  const undone = await outputOf(process.execPath, [cli, 'undo', caseId], { cwd: home, env });
  const restored = await ports();

  console.log(`from the client's call to the word "fixed": ${tookMs} ms at an interval of 5 s ± 1 s`);
  expect(shut).toEqual(['443:443']);
  expect(undone.code).toBe(0);
  expect(restored.toSorted()).toEqual(['22:22', '443:443']);
}, 240_000);
