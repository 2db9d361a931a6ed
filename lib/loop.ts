import type { ApprovalRules } from './approvers.ts';
import type { Case } from './cases.ts';
import type { Control, Settings } from './controls/control.ts';
import { RetryableError, TerminalError } from './errors.ts';
import type { State } from './kinds.ts';
import type {
  Exemption,
  Mode,
  Outcome,
  OutcomeName,
  Resource,
  Severity,
  ToldChange,
  Trigger,
} from './model.ts';
import { resourceKey } from './model.ts';
import type { History, Provider } from './ports.ts';
import type { RotationDesk } from './rotation/desk.ts';

/** What the policy file says, asked one question at a time. Pure. */
export interface PolicyView {
  limits: {
    fixesPerHour: number;
    percentPerHour: number;
    changesPerPlan: number;
    flap: { times: number; withinMinutes: number };
  };
  approvalExpiresMs: number;
  /** Whether a scope chooses options of controls by tags, so that no state may be judged without its tags. */
  optionsByTag?: boolean;
  /** There is no scope: a control has the same mode and settings for every resource. */
  isUniform?: boolean;
  /** Who may answer. */
  people: ApprovalRules;
  modeFor(control: Control, about: { resource: Resource; state: State; severity: Severity }): Mode;
  settingsFor(
    control: Control,
    about: { resource: Resource; state: State; trigger: Trigger; now: Date },
  ): Settings;
  /** The exemptions in effect, and sentences about those that have no effect (expired, undated, malformed). */
  exemptionsFor(
    control: Control,
    about: { resource: Resource; state: State; now: Date; stored: readonly Exemption[] },
  ): { inEffect: Exemption[]; notes: string[] };
}

/** All that the loop needs from outside. One per process. */
export interface Loop {
  history: History;
  controls: readonly Control[];
  policy: PolicyView;
  provider(resource: Pick<Resource, 'provider' | 'account' | 'region'>): Provider;
  now(): Date;
  newId(): string;
  /** Names this process in leases. */
  owner: string;
  /** Why nothing may be changed (kill switch), read anew at each call; null when free. */
  frozen(): Promise<string | null>;
  /** Tells people what the history says and they do not know yet. */
  tell(about: Case): Promise<void>;
  /** Nothing is written anywhere; a fix is `planned`. */
  dryRun: boolean;
  sleep(ms: number): Promise<void>;
  /** Turns on one resource within this process; leases keep other processes out. */
  inOrder: InOrder;
  /** How keys are replaced; left out where that is not set up. */
  rotation?: RotationDesk;
}

const leaseMs = 120_000;
const leaseTries = 60;

/** Lets those who want the same key run one after the other, in the order in which they asked. */
export class InOrder {
  readonly #tails = new Map<string, Promise<void>>();

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const result = before.then(work);
    const tail = result.then(
      () => {},
      () => {},
    );
    this.#tails.set(key, tail);
    try {
      return await result;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}

/** Runs alone on a resource. Throws RetryableError when somebody else holds it for too long. */
export async function underLease<T>(resource: Resource, loop: Loop, run: () => Promise<T>): Promise<T> {
  if (loop.dryRun) return run();
  return underKey(resourceKey(resource), loop, run);
}

/** Runs alone among all who want this key, in this process and others. Throws as `underLease`. */
export async function underKey<T>(key: string, loop: Loop, run: () => Promise<T>): Promise<T> {
  return loop.inOrder.run(key, () => leased(key, loop, run));
}

async function leased<T>(key: string, loop: Loop, run: () => Promise<T>): Promise<T> {
  const owner = `${loop.owner}/${loop.newId()}`;
  for (let attempt = 1; ; attempt += 1) {
    const nowMs = loop.now().getTime();
    if (await loop.history.lease(key, owner, nowMs + leaseMs, nowMs)) break;
    if (attempt === leaseTries) throw new RetryableError(`${key} is being worked on by somebody else`);
    await loop.sleep(Math.min(500, 25 * attempt));
  }
  try {
    return await run();
  } finally {
    await loop.history.release(key, owner);
  }
}

/** The state now; null when the provider says that the resource is gone. Throws what the provider could not read. */
export async function readState(resource: Resource, loop: Loop): Promise<State | null> {
  const [reading] = await loop.provider(resource).read([resource]);
  if (reading === undefined) throw new TerminalError(`no answer about ${resourceKey(resource)}`);
  if (reading.status === 'error') throw reading.error;
  return reading.status === 'found' ? reading.state : null;
}

interface Line {
  trigger: Pick<Trigger, 'eventId'>;
  resource: Resource | null;
  outcome: OutcomeName;
  why: string;
  control?: string | null;
  changes?: ToldChange[];
  caseId?: string | null;
}

/** An outcome line; whoever waits for the whole fills in `tookMs`. */
export function line(of: Line): Outcome {
  const { resource, outcome, why, control = null, changes = [], caseId = null } = of;
  return { eventId: of.trigger.eventId, resource, control, outcome, why, changes, caseId, tookMs: 0 };
}
