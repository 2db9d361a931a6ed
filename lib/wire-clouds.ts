import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment, Policy } from './config.ts';
import { TerminalError } from './errors.ts';
import type { AccountScope, Provider } from './ports.ts';
import { ExoscaleClient } from './providers/exoscale/client.ts';
import { ExoscaleProvider } from './providers/exoscale/exoscale.ts';
import { type Http, http } from './providers/http.ts';
import { cloudSettings } from './providers/openstack/clouds-file.ts';
import { OpenStackProvider } from './providers/openstack/openstack.ts';
import { Session } from './providers/openstack/session.ts';

/** The part of the composition root that knows OpenStack and Exoscale. */

export interface Cloud<P extends Provider = Provider> {
  provider: P;
  guarded: AccountScope[];
}
type Accounts = Policy['accounts'];

export function hasOpenStack({ openstack }: Environment): boolean {
  return Boolean(openstack.OS_CLOUD || openstack.OS_AUTH_URL);
}

/** The clouds of the policy file, or without any accounts there the one that OS_* names. Signs in. */
export async function openstackAccounts(
  accounts: Accounts,
  environment: Environment,
): Promise<Cloud<OpenStackProvider> | null> {
  const named = accounts?.filter((one) => one.provider === 'openstack').map((one) => one.cloud);
  const clouds = named ?? (hasOpenStack(environment) ? [undefined] : []);
  if (clouds.length === 0) return null;
  const provider = new OpenStackProvider(
    await Promise.all(clouds.map((cloud) => openstackSession(cloud, environment))),
  );
  return { provider, guarded: await provider.accounts() };
}

async function openstackSession(
  cloud: string | undefined,
  { openstack, proxy }: Environment,
): Promise<Session> {
  const settings = await cloudSettings(cloud, openstack, textOf);
  const ca = settings.caFile ? await textOf(settings.caFile) : null;
  if (settings.caFile && ca === null)
    throw new TerminalError(`OpenStack: there is no file ${settings.caFile}`);
  const { insecure } = settings;
  return new Session({ settings, http: realHttp({ proxy, ca, insecure }), nowMs: Date.now });
}

/** The zones of the policy file, or without any accounts there all of them. Asks for the organization's id. */
export async function exoscaleAccounts(
  accounts: Accounts,
  environment: Environment,
): Promise<Cloud<ExoscaleProvider> | null> {
  const named = accounts?.filter((one) => one.provider === 'exoscale');
  const keys = environment.exoscale;
  if (named ? named.length === 0 : keys === null) return null;
  if (keys === null)
    throw new TerminalError('Exoscale: EXOSCALE_API_KEY and EXOSCALE_API_SECRET must be set');
  const client = new ExoscaleClient({
    keys,
    http: realHttp({ proxy: environment.proxy }),
    nowMs: Date.now,
    sleep,
    ...(keys.endpoint ? { endpoint: keys.endpoint } : {}),
  });
  const zones = [...new Set((named ?? []).flatMap((one) => one.zones))];
  const provider = new ExoscaleProvider({ client, zones });
  return { provider, guarded: await provider.accounts() };
}

function realHttp(options: { proxy: string | null; ca?: string | null; insecure?: boolean }): Http {
  return http({ ...options, sleep, random: Math.random });
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
