import pLimit from 'p-limit';
import { TerminalError } from '../../errors.ts';
import type { Clients, Place } from './clients.ts';
import { awsError } from './errors.ts';

interface Listed {
  service: string;
  list(clients: Clients, place: Place): AsyncIterable<string[]>;
}

/** How many services are listed at once. */
const width = 6;

/**
 * The ids of several services, in their order. A service that cannot be listed does not hide the others: it is told
 * at the end, so that nobody takes the list for the whole one.
 */
export async function* listAll(
  services: readonly Listed[],
  clients: Clients,
  place: Place,
): AsyncIterable<string[]> {
  const limit = pLimit(width);
  const lists = services.map((one) => limit(() => listOne(one, clients, place)));
  const failures: Error[] = [];
  for (const list of lists) {
    const { ids, failure } = await list;
    yield ids;
    if (failure) failures.push(failure);
  }
  const [first] = failures;
  if (first && failures.length === 1) throw first;
  if (first) throw new TerminalError(failures.map((one) => one.message).join('; '), { cause: first });
}

/** What came before a failure stays. */
async function listOne({ service, list }: Listed, clients: Clients, place: Place) {
  const ids: string[] = [];
  try {
    for await (const page of list(clients, place)) ids.push(...page);
    return { ids, failure: null };
  } catch (thrown) {
    const failure = new TerminalError(`${service}: ${awsError(thrown).message}`, { cause: thrown });
    return { ids, failure };
  }
}
