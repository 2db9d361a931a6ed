import type { DatabaseState } from '../../../kinds/database.ts';
import type { Json } from '../../../model.ts';
import type { Calls } from '../adapter.ts';
import type { Clients, Place } from '../clients.ts';

/** How one service says that its data can be reached from outside; the id is an ARN. */
export interface Store {
  service: string;
  calls: Calls;
  owns(arn: string): boolean;
  /** Null where AWS says that there is no such thing. */
  read(clients: Clients, place: Place, arn: string): Promise<DatabaseState | null>;
  /** Left out where AWS has no call for it. Throws RetryableError while a change is in progress. */
  set?(clients: Clients, place: Place, arn: string, setting: string, to: Json): Promise<void>;
  list(clients: Clients, place: Place): AsyncIterable<string[]>;
  hints: { readonly [hint: string]: (clients: Clients, place: Place, id: string) => Promise<string[]> };
}

export function tagsOf(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
) {
  return Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
}
