import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { enginesFolder, once } from '../folder.ts';
import { answers, freePort, run, serve } from '../process.ts';
import { glanceConf, keystoneConf, type Layout, neutronConf, novaConf } from './configs.ts';
import { seedKeystone } from './seed.ts';
import { pinned } from './venv.ts';

/** Stands in the catalog of the template for the port that a run will have. */
export const placeholder = (service: string) => `http://127.0.0.1/${service}`;

/** Databases with users and a catalog, made once; a run copies them. */
export async function openstackTemplate(venv: string): Promise<string> {
  const path = join(enginesFolder(), `openstack-template-${await pinned()}`);
  await once(path, () => build(venv, path));
  return path;
}

async function build(venv: string, path: string): Promise<void> {
  const keystone = await freePort();
  const layout: Layout = { venv, run: path, ports: { keystone, neutron: 0, nova: 0, glance: 0, swift: 0 } };
  for (const folder of ['fernet', 'credential-keys', 'images']) {
    await mkdir(join(path, folder), { recursive: true, mode: 0o700 });
  }
  await writeFile(join(path, 'keystone.conf'), keystoneConf(layout));
  await writeFile(join(path, 'neutron.conf'), neutronConf(layout));
  await writeFile(join(path, 'nova.conf'), novaConf(layout));
  await writeFile(join(path, 'glance-api.conf'), glanceConf(layout));
  await Promise.all([identity(layout), tables(layout)]);
}

async function identity(layout: Layout): Promise<void> {
  const { venv, run: path, ports } = layout;
  const manage = (...args: string[]) =>
    run(join(venv, 'bin/keystone-manage'), ['--config-file', join(path, 'keystone.conf'), ...args]);
  const { username } = userInfo();
  const url = `http://127.0.0.1:${ports.keystone}`;
  await manage('db_sync');
  await manage('fernet_setup', '--keystone-user', username, '--keystone-group', username);
  await manage('credential_setup', '--keystone-user', username, '--keystone-group', username);
  const place = (name: string) => [`--bootstrap-${name}-url`, placeholder('identity')];
  const first = ['--bootstrap-password', 'admin', '--bootstrap-region-id', 'RegionOne'];
  await manage('bootstrap', ...first, ...place('public'), ...place('internal'));

  const server = startKeystone(layout);
  try {
    await answers(`${url}/v3`, server, join(path, 'keystone.log'));
    await seedKeystone(`${url}/v3`, [
      { type: 'network', url: placeholder('network') },
      { type: 'compute', url: `${placeholder('compute')}/v2.1` },
      { type: 'image', url: placeholder('image') },
      { type: 'object-store', url: `${placeholder('object-store')}/v1/AUTH_%(tenant_id)s` },
    ]);
  } finally {
    await server.stop();
  }
}

async function tables({ venv, run: path }: Layout): Promise<void> {
  const bin = (name: string) => join(venv, 'bin', name);
  const script = join(import.meta.dirname, 'neutron_tables.py');
  await run(bin('python'), ['-W', 'ignore', script, `sqlite:///${path}/neutron.db`]);
  const nova = (...args: string[]) =>
    run(bin('nova-manage'), ['--config-file', join(path, 'nova.conf'), ...args]);
  await nova('api_db', 'sync');
  await nova('db', 'sync', '--local_cell');
  await run(bin('glance-manage'), ['--config-file', join(path, 'glance-api.conf'), 'db_sync']);
}

export function startKeystone(layout: Layout) {
  const { venv, run: path, ports } = layout;
  return serve(join(venv, 'bin/python'), serveArgs('keystone.wsgi.api', ports.keystone, 1), {
    log: join(path, 'keystone.log'),
    env: { OS_KEYSTONE_CONFIG_FILES: join(path, 'keystone.conf'), OS_KEYSTONE_CONFIG_DIR: path },
  });
}

/** sqlite wants one writer: one thread per service. */
export function serveArgs(module: string, port: number, threads: number): string[] {
  return [join(import.meta.dirname, 'serve.py'), module, String(port), String(threads)];
}
