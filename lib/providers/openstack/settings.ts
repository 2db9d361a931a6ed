import * as z from 'zod';
import { TerminalError } from '../../errors.ts';

/** Where an OpenStack cloud is and who we are there, as OpenStack users write it down: OS_* or clouds.yaml. */

export type Credentials =
  | { type: 'password'; user: Named; password: string }
  | { type: 'token'; token: string }
  | { type: 'application-credential'; id: string; secret: string }
  | { type: 'application-credential'; name: string; user: Named; secret: string };

/** A user or project: by id, or by a name inside a domain. */
export type Named = { id: string } | { name: string; domain: Domain };
export type Domain = { id: string } | { name: string };

export interface CloudSettings {
  authUrl: string;
  credentials: Credentials;
  /** Null where the credential brings its own project. */
  project: Named | null;
  region: string | null;
  interface: 'public' | 'internal' | 'admin';
  caFile: string | null;
  insecure: boolean;
  /** Endpoint by service type, instead of the catalog's. */
  endpoints: { [service: string]: string };
  /** Microversion by service type, instead of ours. */
  microversions: { [service: string]: string };
}

const Auth = z.looseObject({
  auth_url: z.string().optional(),
  username: z.string().optional(),
  user_id: z.string().optional(),
  password: z.coerce.string().optional(),
  token: z.string().optional(),
  application_credential_id: z.string().optional(),
  application_credential_name: z.string().optional(),
  application_credential_secret: z.string().optional(),
  project_id: z.string().optional(),
  project_name: z.string().optional(),
  user_domain_id: z.string().optional(),
  user_domain_name: z.string().optional(),
  project_domain_id: z.string().optional(),
  project_domain_name: z.string().optional(),
  default_domain: z.string().optional(),
  domain_id: z.string().optional(),
  domain_name: z.string().optional(),
});
type Auth = z.infer<typeof Auth>;

/** One cloud of a clouds.yaml: what we understand; everything else is left alone. */
export const Cloud = z.looseObject({
  auth: Auth.default({}),
  auth_type: z.string().optional(),
  region_name: z.string().optional(),
  regions: z.array(z.union([z.string(), z.looseObject({ name: z.string() })])).optional(),
  interface: z.string().optional(),
  endpoint_type: z.string().optional(),
  cacert: z.string().optional(),
  verify: z.boolean().optional(),
});
export type Cloud = z.infer<typeof Cloud>;

export function settingsOf(cloud: Cloud): CloudSettings {
  const { auth } = cloud;
  if (!auth.auth_url) throw new TerminalError('OpenStack: no auth_url (OS_AUTH_URL) is given');
  const credentials = credentialsOf(cloud.auth_type, auth);
  const first = cloud.regions?.[0];
  return {
    authUrl: identityV3(auth.auth_url),
    credentials,
    project: credentials.type === 'application-credential' ? null : named(auth, 'project'),
    region: cloud.region_name ?? (typeof first === 'string' ? first : (first?.name ?? null)),
    interface: interfaceOf(cloud.interface ?? cloud.endpoint_type),
    caFile: cloud.cacert ?? null,
    insecure: cloud.verify === false,
    endpoints: suffixed(cloud, /^(\w+)_endpoint_override$/),
    microversions: suffixed(cloud, /^(\w+)_default_microversion$/),
  };
}

function credentialsOf(wanted: string | undefined, auth: Auth): Credentials {
  const type = wanted?.replace(/^v3/, '').replaceAll('_', '') ?? guess(auth);
  if (type === 'password') {
    const user = named(auth, 'user');
    if (!user || auth.password === undefined)
      throw missing('a user (OS_USERNAME) and a password (OS_PASSWORD)');
    return { type: 'password', user, password: auth.password };
  }
  if (type === 'token') {
    if (!auth.token) throw missing('a token (OS_TOKEN)');
    return { type: 'token', token: auth.token };
  }
  if (type !== 'applicationcredential') {
    throw new TerminalError(`OpenStack: auth_type ${wanted} is not supported`);
  }
  const { application_credential_id: id, application_credential_name: name } = auth;
  const secret = auth.application_credential_secret;
  if (!secret) throw missing('OS_APPLICATION_CREDENTIAL_SECRET');
  if (id) return { type: 'application-credential', id, secret };
  const user = named(auth, 'user');
  if (!name || !user)
    throw missing('OS_APPLICATION_CREDENTIAL_ID, or OS_APPLICATION_CREDENTIAL_NAME and the user');
  return { type: 'application-credential', name, user, secret };
}

function guess(auth: Auth): string {
  if (auth.application_credential_id || auth.application_credential_name) return 'applicationcredential';
  return auth.token && !auth.password ? 'token' : 'password';
}

function missing(what: string): TerminalError {
  return new TerminalError(`OpenStack: ${what} must be given`);
}

function named(auth: Auth, what: 'user' | 'project'): Named | null {
  const id = what === 'user' ? auth.user_id : auth.project_id;
  if (id) return { id };
  const name = what === 'user' ? auth.username : auth.project_name;
  if (!name) return null;
  const domainId = auth[`${what}_domain_id`] ?? auth.domain_id;
  if (domainId) return { name, domain: { id: domainId } };
  const domainName = auth[`${what}_domain_name`] ?? auth.domain_name;
  if (domainName) return { name, domain: { name: domainName } };
  return { name, domain: { id: auth.default_domain ?? 'default' } };
}

function identityV3(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw new TerminalError('OpenStack: auth_url is no URL');
  const path = parsed.pathname.replace(/\/+$/, '').replace(/\/auth\/tokens$/, '');
  if (/\/v2\.0$/.test(path)) throw new TerminalError('OpenStack: identity v2.0 is not supported, only v3');
  return `${parsed.origin}${/\/v3$/.test(path) ? path : `${path}/v3`}`;
}

function interfaceOf(text: string | undefined): CloudSettings['interface'] {
  const name = (text ?? 'public').replace(/URL$/, '');
  if (name === 'public' || name === 'internal' || name === 'admin') return name;
  throw new TerminalError(`OpenStack: interface ${text} is none of public, internal, admin`);
}

/** `network_endpoint_override`, `compute_default_microversion`: by service type, with dashes as in the catalog. */
function suffixed(cloud: Cloud, pattern: RegExp): { [service: string]: string } {
  const found: { [service: string]: string } = {};
  for (const [key, value] of Object.entries(cloud)) {
    const service = pattern.exec(key)?.[1]?.replaceAll('_', '-');
    if (service && (typeof value === 'string' || typeof value === 'number')) found[service] = String(value);
  }
  return found;
}
