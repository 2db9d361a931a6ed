import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment, Policy } from './config.ts';
import { TerminalError } from './errors.ts';
import type { Source } from './polling.ts';
import type { AccountScope, Provider } from './ports.ts';
import { defaultZone, ExoscaleClient } from './providers/exoscale/client.ts';
import { exoscaleEvents } from './providers/exoscale/events.ts';
import { ExoscaleProvider } from './providers/exoscale/exoscale.ts';
import { type Http, http } from './providers/http.ts';
import { openstackChanges } from './providers/openstack/changes.ts';
import { cloudSettings } from './providers/openstack/clouds-file.ts';
import { OpenStackProvider } from './providers/openstack/openstack.ts';
import { Session } from './providers/openstack/session.ts';

/** The part of the composition root that knows OpenStack and Exoscale. */

export interface Cloud<P extends Provider = Provider> {
  provider: P;
  guarded: AccountScope[];
  /** What must be asked for events, because it pushes none. */
  sources: Source[];
}
type Accounts = Policy['accounts'];
type Poll = { everySeconds: number; jitterSeconds: number };
type OpenStackAccount = { cloud?: string | undefined; poll?: Poll | undefined };

function timingOf({ everySeconds, jitterSeconds }: Poll = { everySeconds: 60, jitterSeconds: 10 }) {
  return { everyMs: everySeconds * 1_000, jitterMs: jitterSeconds * 1_000 };
}

export function hasOpenStack({ openstack }: Environment): boolean {
  return Boolean(openstack.OS_CLOUD || openstack.OS_AUTH_URL);
}

/** The clouds of the policy file, or without any accounts there the one that OS_* names. Signs in. */
export async function openstackAccounts(
  accounts: Accounts,
  environment: Environment,
): Promise<Cloud<OpenStackProvider> | null> {
  const named = accounts?.filter((one) => one.provider === 'openstack');
  const clouds: readonly OpenStackAccount[] = named ?? (hasOpenStack(environment) ? [{}] : []);
  if (clouds.length === 0) return null;
  const opened = await Promise.all(
    clouds.map(async ({ cloud, poll }) => {
      const session = await openstackSession(cloud, environment);
      return { session, source: await openstackChanges(session, timingOf(poll)) };
    }),
  );
  const provider = new OpenStackProvider(opened.map((one) => one.session));
  return { provider, guarded: await provider.accounts(), sources: opened.map((one) => one.source) };
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
  const provider = new ExoscaleProvider({ client, zones, sos: { keys } });
  const guarded = await provider.accounts();
  const timing = timingOf(named?.[0]?.poll);
  const sources = guarded.map(({ account, regions }) =>
    exoscaleEvents(client, account, regions[0] ?? defaultZone, timing),
  );
  return { provider, guarded, sources };
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
