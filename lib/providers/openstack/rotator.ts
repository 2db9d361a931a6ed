import { TerminalError } from '../../errors.ts';
import type { Holder, Rotator } from '../../rotation/rotator.ts';
import { partsOf, sortOf } from './credential.ts';
import type { Session } from './session.ts';

/** How an application or EC2 credential is replaced; null for what cannot be, such as a keypair. */
export function openstackRotator(
  id: string,
  sessionOf: (holder: Holder) => Promise<Session>,
): Rotator | null {
  const sort = sortOf(partsOf(id).sort);
  const replace = sort?.replace;
  if (sort === undefined || replace === undefined) return null;
  const full = (own: string) => `${sort.name}/${own}`;
  return {
    keysMax: null,
    canDeactivate: false,
    knowsUse: false,
    // https://docs.openstack.org/keystonemiddleware/latest/middlewarearchitecture.html: services believe a token that they saw.
    afterwards: 'tokens that it got live on for up to five minutes',

    async keysOf(holder) {
      const session = await sessionOf(holder);
      if ((await session.place()).userName !== holder.owner) return null;
      const held = await sort.list(session);
      if (held === null) throw new TerminalError(`OpenStack does not let us look at each ${sort.name}`);
      return held.map(({ own, createdAt }) => ({
        id: full(own),
        isActive: true,
        createdAt,
        lastUsedAt: null,
      }));
    },

    async create(holder, caseId) {
      const { own, secret } = await replace.create(
        await sessionOf(holder),
        partsOf(holder.resource.id).own,
        caseId,
      );
      return { id: full(own), secret };
    },

    async madeBy(holder, keyId, caseId) {
      const isOurs = await replace.isMarked(await sessionOf(holder), partsOf(keyId).own, caseId);
      return isOurs ? 'us' : 'somebody';
    },

    // Never called: a credential works until it is deleted.
    setActive: () => Promise.resolve(),

    delete: async (holder, keyId) => replace.delete(await sessionOf(holder), partsOf(keyId).own),
  };
}
