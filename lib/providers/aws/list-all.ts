import { TerminalError } from '../../errors.ts';
import type { Clients, Place } from './clients.ts';
import { awsError } from './errors.ts';

interface Listed {
  service: string;
  list(clients: Clients, place: Place): AsyncIterable<string[]>;
}

/**
 * The ids of several services, one after the other. A service that cannot be listed does not hide the others:
 * it is told at the end, so that nobody takes the list for the whole one.
 */
export async function* listAll(
  services: readonly Listed[],
  clients: Clients,
  place: Place,
): AsyncIterable<string[]> {
  const failures: Error[] = [];
  for (const one of services) {
    try {
      yield* one.list(clients, place);
    } catch (thrown) {
      failures.push(new TerminalError(`${one.service}: ${awsError(thrown).message}`, { cause: thrown }));
    }
  }
  const [first] = failures;
  if (first && failures.length === 1) throw first;
  if (first) throw new TerminalError(failures.map((one) => one.message).join('; '), { cause: first });
}
