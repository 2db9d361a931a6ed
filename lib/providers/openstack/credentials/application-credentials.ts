import * as z from 'zod';
import { RetryableError, TerminalError } from '../../../errors.ts';
import { Secret } from '../../../rotation/secret.ts';
import { segment } from '../id.ts';
import { json } from '../keystone.ts';
import { type Call, type Session, shaped } from '../session.ts';
import { type Held, ifAllowed, type Sort } from './sort.ts';

/** https://docs.openstack.org/api-ref/identity/v3/#application-credentials */

const Credential = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  project_id: z.string(),
  expires_at: z.string().nullish(),
  unrestricted: z.boolean().default(false),
  roles: z.array(z.object({ id: z.string() })),
  access_rules: z.array(z.object({ id: z.string() })).default([]),
});
type Credential = z.infer<typeof Credential>;
const All = z.object({ application_credentials: z.array(Credential) });
const Made = z.object({ id: z.string(), secret: z.string() });

const path = async (session: Session) =>
  `/users/${segment((await session.place()).userId)}/application_credentials`;

export const applicationCredentials: Sort = {
  name: 'application-credential',

  async list(session) {
    const all = await listed(session);
    // Keystone does not say when one was made.
    if (all === null) return null;
    return all.map(({ id, unrestricted }): Held => {
      return { own: id, createdAt: null, ...(unrestricted ? { reach: 'further-credentials' } : {}) };
    });
  },

  replace: {
    async create(session, old, caseId) {
      const before = (await listed(session))?.find((one) => one.id === old);
      if (!before) throw new TerminalError(`application credential ${old} is gone`);
      const call = { method: 'POST', service: 'identity', path: await path(session) } as const;
      const body = { application_credential: successor(before, caseId) };
      const answer = await session.call({ ...call, body, expect: [409] });
      // Its answer was lost, and with it the secret: the next look removes it by its mark.
      if (answer.status === 409)
        throw new RetryableError(`${body.application_credential.name} is there already`);
      const made = Made.safeParse(json(answer.text).application_credential);
      if (!made.success)
        throw new TerminalError('identity: a new application credential has an unknown shape');
      const { id, secret } = made.data;
      const fields = { applicationCredentialId: id, applicationCredentialSecret: secret };
      return { own: id, secret: new Secret({ ...fields, authUrl: session.settings.authUrl }) };
    },

    async isMarked(session, own, caseId) {
      const found = (await listed(session))?.find((one) => one.id === own);
      return found?.name.endsWith(`-${caseId}`) ?? false;
    },

    async delete(session, own) {
      const call = { method: 'DELETE', service: 'identity' } as const;
      await session.call({ ...call, path: `${await path(session)}/${segment(own)}`, expect: [404] });
    },
  },
};

async function listed(session: Session): Promise<Credential[] | null> {
  const { account } = await session.place();
  const call: Call = { method: 'GET', service: 'identity', path: await path(session) };
  const all = await ifAllowed(session, call, (text) => readAll(call, text));
  return all?.filter((one) => one.project_id === account) ?? null;
}

function readAll(call: Call, text: string): Credential[] {
  return shaped(call, { status: 200, headers: new Headers(), text }, All).application_credentials;
}

const mark = /-c[0-9a-v]{9}[0-9a-f]{10}$/;

/** The same roles, rules and end; a name may stand once, so it carries the case. */
export function successor(old: Omit<Credential, 'id' | 'project_id'>, caseId: string) {
  return {
    name: `${old.name.replace(mark, '').slice(0, 200)}-${caseId}`,
    ...(old.description ? { description: old.description } : {}),
    ...(old.expires_at ? { expires_at: old.expires_at } : {}),
    unrestricted: old.unrestricted,
    roles: old.roles.map(({ id }) => ({ id })),
    ...(old.access_rules.length > 0 ? { access_rules: old.access_rules.map(({ id }) => ({ id })) } : {}),
  };
}
