import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { leftOut } from './folder.ts';
import {
  glanceConf,
  keystoneConf,
  type Layout,
  neutronConf,
  novaConf,
  type Ports,
} from './openstack/configs.ts';
import { startSwift } from './openstack/swift.ts';
import { openstackTemplate, placeholder, serveArgs, startKeystone } from './openstack/template.ts';
import { openstackVenv } from './openstack/venv.ts';
import { answers, freePort, run, type Server, serve } from './process.ts';

/** The real Keystone, Neutron, Nova API, Glance and Swift on the loopback, with sqlite and without agents. */
export interface OpenStack {
  /** `http://127.0.0.1:PORT/v3` */
  authUrl: string;
  urls: { network: string; compute: string; image: string; objectStore: string };
  venv: string;
  /** The variables that a user of `admin`, `demo` or `other` (each in a project of that name) would export. */
  env(user: 'admin' | 'demo' | 'other'): Record<string, string>;
  /** Runs the official `openstack` client as a user and parses what it prints. */
  cli(user: 'admin' | 'demo' | 'other', ...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

export type Service = 'neutron' | 'nova' | 'glance' | 'swift';

/** Starts Keystone and these services, or says why they cannot be had here. */
export async function startOpenStack(
  services: Service[],
  options: { bus?: string } = {},
): Promise<OpenStack | string> {
  const reason = leftOut();
  if (reason) return reason;
  try {
    await run('python3', ['--version']);
  } catch {
    return 'the OpenStack services need python3, which is not on the PATH';
  }
  let venv: string;
  try {
    venv = await openstackVenv();
  } catch (error) {
    return `the OpenStack services could not be installed: ${String(error).slice(0, 300)}`;
  }
  return start({ venv, ...options }, await openstackTemplate(venv), services);
}

async function start(
  { venv, ...options }: Pick<Layout, 'venv' | 'bus'>,
  template: string,
  services: Service[],
): Promise<OpenStack> {
  const path = await mkdtemp(join(tmpdir(), 'snapshut-openstack-'));
  await cp(template, path, { recursive: true });
  const ports = {
    keystone: await freePort(),
    neutron: await freePort(),
    nova: await freePort(),
    glance: await freePort(),
    swift: await freePort(),
  };
  const layout: Layout = { venv, run: path, ports, ...options };
  writeCatalog(path, ports);
  await writeFile(join(path, 'keystone.conf'), keystoneConf(layout));

  const running: Server[] = [];
  const stop = async () => {
    await Promise.all(running.map((server) => server.stop()));
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const keystone = startKeystone(layout);
    running.push(keystone);
    const up = answers(`http://127.0.0.1:${ports.keystone}/v3`, keystone, join(path, 'keystone.log'));
    // All are waited for, also when one fails, so that none starts after the others were stopped.
    const settled = await Promise.allSettled([
      up,
      ...services.map((name) => starters[name](layout, running)),
    ]);
    for (const one of settled) if (one.status === 'rejected') throw one.reason;
  } catch (error) {
    await stop();
    throw error;
  }

  const authUrl = `http://127.0.0.1:${ports.keystone}/v3`;
  const env = (user: string) => ({
    OS_AUTH_URL: authUrl,
    OS_USERNAME: user,
    OS_PASSWORD: user,
    OS_PROJECT_NAME: user,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: 'RegionOne',
    OS_IDENTITY_API_VERSION: '3',
  });
  return {
    authUrl,
    urls: {
      network: `http://127.0.0.1:${ports.neutron}`,
      compute: `http://127.0.0.1:${ports.nova}/v2.1`,
      image: `http://127.0.0.1:${ports.glance}`,
      objectStore: `http://127.0.0.1:${ports.swift}/v1`,
    },
    venv,
    env,
    cli: (user, ...args) => run(join(venv, 'bin/openstack'), args, env(user)),
    stop,
  };
}

/** The template's catalog names no ports; this run's are written into its copy. */
function writeCatalog(path: string, ports: Ports): void {
  const database = new DatabaseSync(join(path, 'keystone.db'));
  const urls: [string, string][] = [
    [placeholder('identity'), `http://127.0.0.1:${ports.keystone}/v3`],
    [placeholder('network'), `http://127.0.0.1:${ports.neutron}`],
    [placeholder('compute'), `http://127.0.0.1:${ports.nova}`],
    [placeholder('image'), `http://127.0.0.1:${ports.glance}`],
    [placeholder('object-store'), `http://127.0.0.1:${ports.swift}`],
  ];
  for (const [from, to] of urls) {
    database.prepare('update endpoint set url = replace(url, ?, ?)').run(from, to);
  }
  database.close();
}

const starters: { [S in Service]: (layout: Layout, running: Server[]) => Promise<void> } = {
  neutron: async (layout, running) => {
    await writeFile(join(layout.run, 'neutron.conf'), neutronConf(layout));
    const env = { OS_NEUTRON_CONFIG_DIR: layout.run, OS_NEUTRON_CONFIG_FILES: 'neutron.conf' };
    await python('neutron', 'neutron.wsgi.api', layout.ports.neutron, env, layout, running);
  },
  nova: async (layout, running) => {
    await writeFile(join(layout.run, 'nova.conf'), novaConf(layout));
    const env = {
      OS_NOVA_CONFIG_DIR: '/',
      OS_NOVA_CONFIG_FILES: `${layout.venv}/etc/nova/api-paste.ini;${layout.run}/nova.conf`,
    };
    await python('nova', 'nova.wsgi.osapi_compute', layout.ports.nova, env, layout, running);
  },
  glance: async (layout, running) => {
    await writeFile(join(layout.run, 'glance-api.conf'), glanceConf(layout));
    const env = { OS_GLANCE_CONFIG_DIR: layout.run };
    await python('glance', 'glance.wsgi.api', layout.ports.glance, env, layout, running);
  },
  swift: startSwift,
};

async function python(
  name: string,
  module: string,
  port: number,
  env: Record<string, string>,
  layout: Layout,
  running: Server[],
): Promise<void> {
  const log = join(layout.run, `${name}.log`);
  const server = serve(join(layout.venv, 'bin/python'), serveArgs(module, port, 1), { log, env });
  running.push(server);
  await answers(`http://127.0.0.1:${port}/`, server, log);
}
