import { parse } from 'yaml';
import * as z from 'zod';
import { messageOf, TerminalError } from '../../errors.ts';
import { Cloud, type CloudSettings, settingsOf } from './settings.ts';

/** https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html */

type Env = Readonly<Record<string, string | undefined>>;
/** The text of a file, or null where there is none. */
export type ReadFile = (path: string) => Promise<string | null>;

const CloudsFile = z.looseObject({ clouds: z.record(z.string(), z.unknown()).default({}) });

/**
 * The settings of one cloud: the named one (or OS_CLOUD) of clouds.yaml, or OS_* alone. OS_REGION_NAME and the
 * other OS_* that say how, not who, override the file, as openstackclient does it.
 */
export async function cloudSettings(
  name: string | undefined,
  env: Env,
  readFile: ReadFile,
): Promise<CloudSettings> {
  const wanted = name ?? env.OS_CLOUD;
  if (!wanted) return settingsOf(fromEnv(env));
  const cloud = await fromFiles(wanted, env, readFile);
  return settingsOf(
    defined({
      ...cloud,
      region_name: env.OS_REGION_NAME ?? cloud.region_name,
      cacert: env.OS_CACERT ?? cloud.cacert,
    }),
  );
}

async function fromFiles(name: string, env: Env, readFile: ReadFile): Promise<Cloud> {
  const path = await firstOf('clouds', env.OS_CLIENT_CONFIG_FILE, env, readFile);
  if (!path) throw new TerminalError(`OpenStack: no clouds.yaml was found for the cloud ${name}`);
  const cloud = (await cloudsOf(path.text, path.path))[name];
  if (cloud === undefined) throw new TerminalError(`OpenStack: ${path.path} has no cloud ${name}`);
  const secure = await firstOf('secure', env.OS_CLIENT_SECURE_FILE, env, readFile);
  const secrets = secure ? (await cloudsOf(secure.text, secure.path))[name] : undefined;
  const merged = Cloud.safeParse(merge(cloud, secrets));
  // The path of the mistake, never its value: it may be a password.
  if (merged.success) return merged.data;
  const where = merged.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new TerminalError(`OpenStack: the cloud ${name} in ${path.path} is wrong at ${where}`);
}

async function firstOf(kind: string, given: string | undefined, env: Env, readFile: ReadFile) {
  const home = env.XDG_CONFIG_HOME ?? `${env.HOME ?? ''}/.config`;
  const folders = ['.', `${home}/openstack`, '/etc/openstack'];
  const files = folders.flatMap((folder) => [`${folder}/${kind}.yaml`, `${folder}/${kind}.yml`]);
  for (const path of given ? [given] : files) {
    const text = await readFile(path);
    if (text !== null) return { path, text };
  }
  return null;
}

async function cloudsOf(text: string, path: string): Promise<{ [name: string]: unknown }> {
  try {
    return CloudsFile.parse(parse(text) ?? {}).clouds;
  } catch (error) {
    throw new TerminalError(`OpenStack: ${path} cannot be read: ${messageOf(error).split('\n')[0]}`);
  }
}

function merge(a: unknown, b: unknown): unknown {
  if (!isRecord(a) || !isRecord(b)) return b ?? a;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(a[key], b[key])]));
}

function isRecord(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fromEnv(env: Env): Cloud {
  const auth = Object.fromEntries(
    Object.keys(Cloud.shape.auth.unwrap().shape).map((key) => [
      key,
      env[`OS_${key.toUpperCase()}`] || undefined,
    ]),
  );
  const overrides = Object.entries(env).flatMap(([key, value]) => {
    const service = /^OS_(\w+)_(ENDPOINT_OVERRIDE|DEFAULT_MICROVERSION)$/.exec(key)?.[0];
    return service && value ? [[service.slice(3).toLowerCase(), value]] : [];
  });
  return Cloud.parse(
    defined({
      ...Object.fromEntries(overrides),
      auth: defined({
        ...auth,
        token: auth.token ?? env.OS_AUTH_TOKEN,
        // The names from before projects were called projects, still in many RC files.
        project_id: auth.project_id ?? env.OS_TENANT_ID,
        project_name: auth.project_name ?? env.OS_TENANT_NAME,
        default_domain: auth.default_domain ?? env.OS_DEFAULT_DOMAIN_ID,
      }),
      auth_type: env.OS_AUTH_TYPE,
      region_name: env.OS_REGION_NAME,
      interface: env.OS_INTERFACE ?? env.OS_ENDPOINT_TYPE,
      cacert: env.OS_CACERT,
      verify: /^(1|true|yes)$/i.test(env.OS_INSECURE ?? '') ? false : undefined,
    }),
  );
}

/** Without the fields that are undefined, which zod would take for given ones. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
