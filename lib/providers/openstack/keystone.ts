import * as z from 'zod';
import { RetryableError, TerminalError } from '../../errors.ts';
import { brief, type Http, type HttpAnswer } from '../http.ts';
import type { CloudSettings, Domain, Named } from './settings.ts';

/** Signing in: https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management */

const Endpoint = z.object({
  interface: z.string(),
  url: z.string(),
  region_id: z.string().nullish(),
  region: z.string().nullish(),
});
const Token = z.object({
  expires_at: z.string(),
  issued_at: z.string().optional(),
  project: z.object({ id: z.string() }).optional(),
  user: z.object({ id: z.string(), name: z.string().optional() }),
  catalog: z.array(z.object({ type: z.string(), endpoints: z.array(Endpoint) })).default([]),
});

export interface SignIn {
  token: string;
  expiresAtMs: number;
  projectId: string;
  userId: string;
  userName: string;
  catalog: { type: string; endpoints: { interface: string; url: string; region: string | null }[] }[];
}

export async function signIn(settings: CloudSettings, http: Http): Promise<SignIn> {
  const answer = await http({
    method: 'POST',
    url: `${settings.authUrl}/auth/tokens`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ auth: { identity: identity(settings), ...scope(settings.project) } }),
  });
  if (answer.status !== 201 && answer.status !== 200) throw refusal(answer, settings);
  const token = answer.headers.get('x-subject-token');
  const parsed = Token.safeParse(json(answer.text).token);
  if (!token || !parsed.success) throw new TerminalError('Keystone answered a sign-in in an unknown shape');
  const { expires_at, project, user, catalog } = parsed.data;
  if (!project)
    throw new TerminalError('Keystone gave a token without a project: name one (OS_PROJECT_NAME)');
  const expiresAtMs = Date.parse(expires_at);
  if (Number.isNaN(expiresAtMs)) throw new TerminalError('Keystone does not say when its token ends');
  return {
    token,
    expiresAtMs,
    projectId: project.id,
    userId: user.id,
    userName: user.name ?? user.id,
    catalog: catalog.map(({ type, endpoints }) => ({
      type,
      endpoints: endpoints.map((one) => ({
        interface: one.interface,
        url: one.url,
        region: one.region_id ?? one.region ?? null,
      })),
    })),
  };
}

/** A deleted application credential answers 404, a disabled user 401: neither gets better by itself. */
function refusal({ status, text }: HttpAnswer, { authUrl, credentials }: CloudSettings): Error {
  if (status === 408 || status === 409) return new RetryableError(`Keystone answered ${status} to a sign-in`);
  const gone = status === 404 && credentials.type === 'application-credential';
  const why = gone ? 'the application credential was deleted, or the address is wrong' : messageIn(text);
  return new TerminalError(`Keystone at ${authUrl} refused the sign-in (${status}): ${why}`);
}

function identity({ credentials }: CloudSettings): object {
  if (credentials.type === 'token') return { methods: ['token'], token: { id: credentials.token } };
  if (credentials.type === 'password') {
    return {
      methods: ['password'],
      password: { user: { ...reference(credentials.user), password: credentials.password } },
    };
  }
  const { secret } = credentials;
  const credential =
    'id' in credentials
      ? { id: credentials.id, secret }
      : { name: credentials.name, user: reference(credentials.user), secret };
  return { methods: ['application_credential'], application_credential: credential };
}

function scope(project: Named | null): object {
  return project ? { scope: { project: reference(project) } } : {};
}

function reference(named: Named): { id: string } | { name: string; domain: Domain } {
  return 'id' in named ? { id: named.id } : { name: named.name, domain: named.domain };
}

/** The sentence in an error of any OpenStack service: `{NeutronError: {message}}`, `{error: {message}}` … */
export function messageIn(text: string): string {
  const first = Object.values(json(text))[0];
  const told = typeof first === 'object' && first !== null && 'message' in first ? first.message : first;
  return brief(typeof told === 'string' && told ? told : text);
}

export function json(text: string): { [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as { [key: string]: unknown }) : {};
  } catch {
    return {};
  }
}
