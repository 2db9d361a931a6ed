import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Outcome } from '../../../lib/model.ts';
import { type OpenStack, startOpenStack } from '../../engines/openstack.ts';
import { outputOf } from '../../engines/process.ts';

/** The commands as a user runs them, with the official client as the one who opens and who looks. */

const root = join(import.meta.dirname, '../../..');
let cloud: OpenStack | string;
let home: string;
beforeAll(async () => {
  cloud = await startOpenStack(['neutron']);
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

it('a port that the official client opens is shut by a sweep, undo restores it, and the client sees both', async ({
  skip,
}) => {
  if (typeof cloud === 'string') return skip(cloud);
  const { cli, env } = cloud;
  const demo = (...args: string[]) => cli('demo', ...args);
  const ports = async () => {
    const listed = JSON.parse(
      await demo('security', 'group', 'rule', 'list', 'web', '--ingress', '-f', 'json'),
    );
    return listed.map((rule: { 'Port Range': string; 'IP Range': string }) => [
      rule['IP Range'],
      rule['Port Range'],
    ]);
  };
  await demo('security', 'group', 'create', 'web');
  const opened = ['--ingress', '--protocol', 'tcp', '--dst-port', '22', '--description', 'for a moment'];
  await demo('security', 'group', 'rule', 'create', 'web', ...opened);
  await demo('security', 'group', 'rule', 'create', 'web', '--protocol', 'tcp', '--dst-port', '443');
  await writeFile(join(home, 'snapshut.yml'), 'accounts:\n  - {provider: openstack}\n');

  const swept = await snapshut(env('demo'), 'sweep', '--json');
  const shut = await ports();
  const fixed = swept.lines.find((line) => line.outcome === 'fixed');
  const undone = await snapshut(env('demo'), 'undo', fixed?.caseId ?? '', '--json');
  const restored = await ports();

  expect(fixed).toMatchObject({
    control: 'public-port',
    resource: { provider: 'openstack', kind: 'firewall' },
  });
  expect(shut).toEqual([['0.0.0.0/0', '443:443']]);
  expect(undone.lines).toMatchObject([{ outcome: 'undone' }]);
  expect(restored).toContainEqual(['0.0.0.0/0', '22:22']);
  expect(restored).toHaveLength(2);
}, 180_000);
