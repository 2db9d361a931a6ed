import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { Secret } from '../../../rotation/secret.ts';
import { segment } from '../id.ts';
import { type Call, type Session, shaped } from '../session.ts';
import { ifAllowed, type Sort } from './sort.ts';

/** The keys of S3 and EC2 calls. https://docs.openstack.org/api-ref/identity/v3-ext/#os-ec2-api */

// Secrets stand beside the access ids in the answer; the shape leaves them out.
const All = z.object({ credentials: z.array(z.object({ access: z.string(), tenant_id: z.string() })) });

const path = async (session: Session) =>
  `/users/${segment((await session.place()).userId)}/credentials/OS-EC2`;

export const ec2Credentials: Sort = {
  name: 'ec2',

  async list(session) {
    const { account } = await session.place();
    const call: Call = { method: 'GET', service: 'identity', path: await path(session) };
    const found = await ifAllowed(session, call, (text) =>
      shaped(call, { status: 200, headers: new Headers(), text }, All),
    );
    const ours = found?.credentials.filter((one) => one.tenant_id === account);
    return ours?.map(({ access }) => ({ own: access, createdAt: null })) ?? null;
  },

  replace: {
    /** These have no name to carry a mark, so the access id is ours to choose: Keystone takes it as a credential. */
    async create(session, _old, caseId) {
      const { account, userId } = await session.place();
      const access = markOf(caseId) + randomBytes(8).toString('hex');
      const secret = randomBytes(16).toString('hex');
      const blob = JSON.stringify({ access, secret });
      const credential = { type: 'ec2', project_id: account, user_id: userId, blob };
      await session.call({ method: 'POST', service: 'identity', path: '/credentials', body: { credential } });
      return { own: access, secret: new Secret({ accessKeyId: access, secretAccessKey: secret }) };
    },

    isMarked: async (_session, own, caseId) => own.startsWith(markOf(caseId)),

    async delete(session, own) {
      const call = { method: 'DELETE', service: 'identity' } as const;
      // What is not there answers 404, in some releases 401; neither is asked about twice.
      const held = await ec2Credentials.list(session);
      if (held !== null && !held.some((one) => one.own === own)) return;
      await session.call({ ...call, path: `${await path(session)}/${segment(own)}`, expect: [404] });
    },
  },
};

/** 16 hex letters that nobody else would choose by accident. */
function markOf(caseId: string): string {
  return createHash('sha256').update(`snapshut ${caseId}`).digest('hex').slice(0, 16);
}
