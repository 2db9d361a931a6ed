import { TerminalError } from '../errors.ts';
import { deeperThan } from '../events/json.ts';
import { levelsMax } from '../events/normalised.ts';
import type { Outcome } from '../model.ts';
import { normaliseAll } from '../normalise.ts';
import type { Normalised } from '../respond.ts';

/** What a queue or the inbox holds as text, handled event by event. */
export function bodyHandler(
  handle: (event: Normalised) => Promise<Outcome[]>,
  tell: (outcome: Outcome) => Promise<void>,
): (body: string) => Promise<void> {
  return async (body) => {
    for (const event of eventsOf(body)) {
      for (const outcome of await handle(event)) await tell(outcome);
    }
  };
}

/** Throws TerminalError when any of it is no event: whoever holds the message keeps it for a person to see. */
function eventsOf(body: string): Normalised[] {
  const value = parsed(body);
  if (deeperThan(value, levelsMax)) throw new TerminalError(`nested deeper than ${levelsMax} levels`);
  const events = normaliseAll(value);
  if (events.length === 0) throw new TerminalError('no event in it');
  const broken = events.find((event) => event.malformed);
  if (broken) throw new TerminalError(broken.ignored ?? 'malformed event');
  return events;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The engine's message quotes the text, which may hold anything.
    throw new TerminalError('not JSON');
  }
}
