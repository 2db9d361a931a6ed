import type { Story } from '../cases.ts';
import { TerminalError } from '../errors.ts';
import { tellChange } from '../kinds.ts';
import type { Json, Outcome, ToldChange } from '../model.ts';
import type { Turn } from '../turn.ts';
import type { Delivery } from './delivery.ts';
import type { RotationDesk } from './desk.ts';
import type { Rotation, RotationStep } from './rotation.ts';
import type { HeldKey, Holder, NewKey, Rotator } from './rotator.ts';

/** One visit to a rotation that is under way: what it works with, and how it records where it is. */
export class Run {
  readonly turn: Turn;
  readonly desk: RotationDesk;
  readonly rotator: Rotator;
  readonly delivery: Delivery;
  /** A key that was made in this visit: the only time that its secret can be had. */
  inHand: NewKey | null = null;
  /** The step at which this visit began: it may have been interrupted. Null once another was recorded. */
  resumed: RotationStep | null;

  constructor(turn: Turn, { isResumed }: { isResumed: boolean }) {
    const { desk, rotator } = meansOf(turn);
    this.turn = turn;
    this.desk = desk;
    this.rotator = rotator;
    this.delivery = desk.open(this.rotation.deliverTo);
    this.resumed = isResumed ? this.rotation.step : null;
  }

  get rotation(): Rotation {
    const rotation = this.turn.case?.rotation;
    if (!rotation) throw new TerminalError('no rotation was begun');
    return rotation;
  }

  get caseId(): string {
    return this.turn.case?.caseId ?? '';
  }

  get oldId(): string {
    return this.turn.resource.id;
  }

  get holder(): Holder {
    return { resource: this.turn.resource, owner: this.rotation.owner };
  }

  get pointer(): string {
    return this.delivery.pointer(this.caseId, this.rotation.replacement ?? '');
  }

  now(): Date {
    return this.turn.loop.now();
  }

  inDays(days: number): string {
    return new Date(this.now().getTime() + days * 86_400_000).toISOString();
  }

  keys(): Promise<HeldKey[] | null> {
    return this.rotator.keysOf(this.holder);
  }

  /** The rotation one step further; `since` is now. */
  at(step: RotationStep, over: Partial<Rotation> = {}): Rotation {
    return { ...this.rotation, until: null, ...over, step, since: this.now().toISOString() };
  }

  /** Records the next step before it is taken. */
  async move(step: RotationStep, why: string, over: Partial<Rotation> = {}): Promise<void> {
    await this.turn.add({ type: 'rotation', rotation: this.at(step, over), why });
    this.resumed = null;
  }

  /** The end of the rotation, told. */
  async end(
    story: Extract<Story, { type: 'closed' | 'failed' }>,
    step: 'done' | 'stopped',
  ): Promise<Outcome> {
    await this.lookAgainAt(null);
    const outcome = story.type === 'failed' ? 'failed' : story.outcome;
    return this.turn.record(outcome, story.why, { ...story, rotation: this.at(step) });
  }

  stop(why: string): Promise<Outcome> {
    return this.end({ type: 'closed', outcome: 'refused', why }, 'stopped');
  }

  /** Nothing to do for now. Housekeeping looks again in a while; it need not each minute. */
  async pause(why: string, mostMs = lookEveryMs): Promise<Outcome> {
    const { until } = this.rotation;
    const nowMs = this.now().getTime();
    const untilMs = until === null ? Number.POSITIVE_INFINITY : Math.max(Date.parse(until), nowMs);
    await this.lookAgainAt(new Date(Math.min(nowMs + mostMs, untilMs)));
    const outcome = this.turn.case?.outcome;
    // A case that has only been opened is `unfixed` until something is recorded.
    return this.turn.say(outcome === undefined || outcome === 'unfixed' ? 'told' : outcome, why);
  }

  /** Why nothing may be changed now, as an outcome line; null when free. */
  async held(): Promise<Outcome | null> {
    const frozen = await this.turn.loop.frozen();
    return frozen === null ? null : this.turn.say('held', `frozen: ${frozen}`);
  }

  statusChange(from: Json, to: 'Inactive' | 'Deleted'): ToldChange {
    return tellChange('credential', { op: 'set', part: 'settings', id: 'status', from, to });
  }

  lookAgainAt(at: Date | null): Promise<void> {
    return this.turn.loop.history.set(lookKey(this.caseId), at?.toISOString() ?? null);
  }
}

const lookEveryMs = 15 * 60_000;

/** The setting that says when housekeeping looks at a waiting rotation again. */
export const lookKey = (caseId: string) => `rotation/${caseId}/look`;

/** What a rotation of this resource works with. Throws TerminalError where it cannot be rotated. */
export function meansOf({ loop, resource }: Turn): { desk: RotationDesk; rotator: Rotator } {
  const rotator = loop.provider(resource).rotator?.(resource) ?? null;
  if (rotator === null)
    throw new TerminalError(`a ${resource.kind} of ${resource.provider} cannot be replaced`);
  if (loop.rotation === undefined) throw new TerminalError('the replacement of keys is not set up here');
  return { desk: loop.rotation, rotator };
}
