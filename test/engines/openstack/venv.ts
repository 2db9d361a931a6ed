import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enginesFolder, once } from '../folder.ts';
import { run } from '../process.ts';

const packages = [
  'keystone',
  'neutron',
  'swift',
  'nova',
  'glance',
  'waitress',
  'python-openstackclient',
  'exoscale==0.16.4',
];
const constraints = join(import.meta.dirname, 'constraints.txt');

/** One virtual environment with the real services and both official clients; about 90 seconds the first time. */
export async function openstackVenv(): Promise<string> {
  const path = join(enginesFolder(), `venv-openstack-${await pinned()}`);
  await once(path, async () => {
    await run('python3', ['-m', 'venv', path]);
    await run(join(path, 'bin/pip'), ['install', '-q', '-c', constraints, ...packages]);
  });
  return path;
}

/** Changes whenever what would be installed changes. */
export async function pinned(): Promise<string> {
  const text = await readFile(constraints, 'utf8');
  return createHash('sha256').update(text).update(packages.join()).digest('hex').slice(0, 8);
}
