import { TerminalError } from '../../../errors.ts';
import { elementsOf, withoutStatement, withStatement } from '../../../iam/document.ts';
import { isRecord } from '../../../iam/statement.ts';
import type { PolicyState } from '../../../kinds/policy.ts';
import type { PolicyStatement } from '../../../kinds/statement.ts';
import type { Clients, Place } from '../clients.ts';
import type { Held, Holder } from './holder.ts';

type TextHolder = Omit<Holder, 'read' | 'apply'> & {
  /** Null where AWS says that there is no such resource. */
  held(clients: Clients, place: Place, arn: string): Promise<Held | null>;
  /** Replaces the whole text; null takes the policy away. */
  write(clients: Clients, place: Place, arn: string, policy: string | null): Promise<void>;
  /** Where the service can take one statement out by its Sid, which no other writer can get in the way of. */
  remove?(clients: Clients, place: Place, arn: string, sid: string): Promise<void>;
};

/**
 * A service that knows a policy only as one text. It is read again right before it is written, so that the
 * time in which somebody else's change could be lost is one call long.
 */
export function textHolder({ held, write, remove, ...rest }: TextHolder): Holder {
  return {
    ...rest,

    async read(clients, place, arn): Promise<PolicyState | null> {
      const found = await held(clients, place, arn);
      if (found === null) return null;
      const statements = found.policy ? elementsOf(found.policy) : [];
      if (statements === null) throw new TerminalError(`the policy of ${arn} cannot be read`);
      const { name, tags = {} } = found;
      const { service } = rest;
      return { kind: 'policy', name, tags, service, owner: place.account, statements, settings: {} };
    },

    async apply(clients, place, arn, change) {
      if (change.op === 'set') throw new TerminalError(`${arn} has no setting ${change.id}`);
      const found = await held(clients, place, arn);
      if (found === null && change.op === 'remove') return;
      if (found === null) throw new TerminalError(`${arn} does not exist`);
      // States are built by this file, so the elements are statements.
      const statement = change.value as unknown as PolicyStatement;
      const before = found.policy || null;
      const after =
        change.op === 'add'
          ? withStatement(before, statement, change.index)
          : before && withoutStatement(before, statement);
      if (after === before) return;
      const sid = isRecord(statement.statement) ? statement.statement.Sid : null;
      const byName = change.op === 'remove' && remove && typeof sid === 'string' && sid === statement.id;
      if (byName) await remove(clients, place, arn, sid);
      else await write(clients, place, arn, after);
    },
  };
}
