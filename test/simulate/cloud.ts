import { RetryableError, TerminalError } from '../../lib/errors.ts';
import type { Normalised } from '../../lib/events/normalised.ts';
import type { Kind, State } from '../../lib/kinds.ts';
import type { Change, Hint, Resource } from '../../lib/model.ts';
import type { Provider, Reading } from '../../lib/ports.ts';
import { MemoryProvider } from '../../lib/providers/memory.ts';
import type { Counts, Faults } from './faults.ts';
import type { Random } from './random.ts';

/** A cloud of resources of one kind that fails as real ones do, and tells every change in its audit log. */

export const account = '123456789012';
export const region = 'eu-central-1';

/** How long reads may show what was before a change. */
const staleForMs = 5_000;

/** A change that took effect, by a person's name; null: by the service. */
export interface Effect {
  by: string | null;
  id: string;
  before: State;
  after: State;
  eventId: string;
}

interface Parts {
  kind: Kind;
  eventName: string;
  random: Random;
  faults(): Faults;
  counts: Counts;
  nowMs(): number;
  onEffect(effect: Effect): void;
  onEvent(event: Normalised): void;
}

export class SimulatedCloud implements Provider {
  readonly name = 'memory';
  readonly kinds: readonly Kind[];
  readonly #held = new MemoryProvider();
  readonly #before = new Map<string, { state: State; untilMs: number }>();
  readonly #parts: Parts;
  #events = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.kinds = [parts.kind];
  }

  create(id: string, state: State): void {
    this.#held.put(this.#resourceOf(id), state);
  }

  async delete(id: string, by: string): Promise<void> {
    this.#held.remove(this.#resourceOf(id));
    this.#before.delete(id);
    this.#audit(id, 'Delete', by);
  }

  async stateOf(id: string): Promise<State | null> {
    const [reading] = await this.#held.read([this.#resourceOf(id)]);
    return reading?.status === 'found' ? reading.state : null;
  }

  async byPerson(id: string, change: Change, by: string): Promise<void> {
    await this.#change(this.#resourceOf(id), change, by);
  }

  async resolve(hint: Hint): Promise<Resource[]> {
    this.#mayThrottle();
    return this.#held.resolve(hint);
  }

  async read(resources: readonly Resource[]): Promise<Reading[]> {
    const { random, faults, counts } = this.#parts;
    const readings = await this.#held.read(resources);
    return readings.map((reading, at): Reading => {
      if (random.chance(faults().throttle)) {
        counts.throttled += 1;
        return { status: 'error', error: new RetryableError('Rate exceeded') };
      }
      const before = this.#before.get(resources[at]?.id ?? '');
      if (reading.status !== 'found' || before === undefined || before.untilMs < this.#parts.nowMs())
        return reading;
      if (!random.chance(faults().stale)) return reading;
      counts.staleReads += 1;
      return { status: 'found', state: structuredClone(before.state) };
    });
  }

  async apply(resource: Resource, change: Change): Promise<Change> {
    const { random, faults, counts } = this.#parts;
    this.#mayThrottle();
    if (random.chance(faults().denied)) {
      counts.denied += 1;
      throw new TerminalError('AccessDenied');
    }
    const applied = await this.#change(resource, change, null);
    if (random.chance(faults().lostAnswer)) {
      counts.answersLost += 1;
      throw new RetryableError('socket hang up');
    }
    return applied;
  }

  async *list(inAccount: string, inRegion: string, kind: Kind): AsyncIterable<Resource[]> {
    this.#mayThrottle();
    yield* this.#held.list(inAccount, inRegion, kind);
  }

  #resourceOf(id: string): Resource {
    return { provider: 'memory', account, region, kind: this.#parts.kind, id };
  }

  #mayThrottle(): void {
    const { random, faults, counts } = this.#parts;
    if (!random.chance(faults().throttle)) return;
    counts.throttled += 1;
    throw new RetryableError('Rate exceeded');
  }

  async #change(resource: Resource, change: Change, by: Effect['by']): Promise<Change> {
    const { id } = resource;
    const before = await this.stateOf(id);
    const applied = await this.#held.apply(resource, change);
    const after = await this.stateOf(id);
    if (before === null || after === null || JSON.stringify(before) === JSON.stringify(after)) return applied;
    this.#before.set(id, { state: before, untilMs: this.#parts.nowMs() + staleForMs });
    this.#parts.onEffect({ by, id, before, after, eventId: `audit-${this.#events + 1}` });
    this.#audit(id, this.#parts.eventName, by);
    return applied;
  }

  #audit(id: string, name: string, by: Effect['by']): void {
    this.#events += 1;
    const actor = {
      name: by ?? 'arn:aws:sts::123456789012:assumed-role/snapshut',
      type: by === null ? 'AssumedRole' : 'IAMUser',
      via: null,
      sourceIp: null,
    };
    this.#parts.onEvent({
      eventId: `audit-${this.#events}`,
      at: new Date(this.#parts.nowMs()).toISOString(),
      account,
      region,
      actor,
      name,
      hints: [this.#resourceOf(id)],
      dropped: 0,
      ignored: null,
      malformed: false,
    });
  }
}
