import { brokenAt, type Case, type Entry } from '../../lib/cases.ts';
import type { Json, Mode } from '../../lib/model.ts';
import { normaliseAll } from '../../lib/normalise.ts';
import { motoCredentials } from '../../lib/sandbox/moto.ts';
import { undo } from '../../lib/undo.ts';
import type { Service } from '../../lib/wire.ts';
import { region } from '../providers/aws/cloud.ts';
import { Random } from '../simulate/random.ts';
import type { Call } from './call.ts';
import { hurry } from './hurry.ts';
import { type Listener, listen } from './people.ts';
import { type FaultProxy, type Passed, type Plan, startProxy } from './proxy.ts';
import { Processes } from './service.ts';
import type { Sight, Subject } from './subjects.ts';
import { type AuditEvent, auditOf, isOurs } from './trail.ts';
import { drawWeather, faultNames } from './weather.ts';

/**
 * One control, one real engine, one seed: somebody leaves something open; the service shuts it and, when asked, opens it
 * again, while the proxy does its worst (safety) and then lets it be (liveness). Each change, the service's own too, becomes
 * its audit event, which comes late, twice, out of order or never. What is judged is what the engine holds.
 */

export interface Verdict {
  exposuresLeftOpen: string[];
  changesToInnocentParts: string[];
  historyMismatches: string[];
  doubleAlerts: string[];
}

export interface Report {
  control: string;
  what: string;
  seed: number;
  calls: number;
  kills: number;
  processes: number;
  faults: { [fault: string]: number };
  events: { made: number; lost: number; doubled: number };
  verdict: Verdict;
}

export interface Trial {
  /** The engine's own endpoint: what is judged is read from there. */
  engine: string;
  control: string;
  what: string;
  subject: Subject;
  seed: number;
  /** What the policy file says of the control; left out, `fix`. */
  mode?: Mode;
  /** This one fault at this call instead of the seed's weather; `phase`: while shutting, or while putting back. */
  at?: { phase: 'fix' | 'undo'; call: number; fault: 'kill-before' | 'kill-after' };
}

interface Waiting {
  event: object;
  dueMs: number;
}

const safetyRounds = 4;
const hourMs = 3_600_000;
/** News that must be heard of. */
const isNews = new Set(['fixed', 'unfixed', 'failed', 'asked', 'held', 'told', 'undone', 'closed']);

export async function trial(options: Trial): Promise<Report> {
  const slowly = hurry();
  const rig = new Rig(options);
  try {
    await rig.begin();
    await rig.shut();
    await rig.putBack();
    return await rig.report();
  } finally {
    await rig.end();
    slowly();
  }
}

class Rig {
  readonly #trial: Trial;
  readonly #random: Random;
  readonly #queue: Waiting[] = [];
  readonly #events = { made: 0, lost: 0, doubled: 0 };
  readonly #verdict: Verdict = {
    exposuresLeftOpen: [],
    changesToInnocentParts: [],
    historyMismatches: [],
    doubleAlerts: [],
  };
  #proxy: FaultProxy | undefined;
  #listener: Listener | undefined;
  #processes: Processes | undefined;
  #isTrailOn = false;
  /** Which lives of the service ended by a kill. */
  readonly #killed = new Set<number>();
  #calls = 0;
  #id = '';
  #first: object = {};
  #opened: Sight = { open: [], innocent: null };

  constructor(options: Trial) {
    this.#trial = options;
    this.#random = new Random(options.seed * 7919);
  }

  async begin(): Promise<void> {
    const { engine, control, subject, seed, mode = 'fix' } = this.#trial;
    this.#listener = await listen(() => this.#processes?.life ?? 0);
    this.#proxy = await startProxy({
      target: engine,
      hangMs: 20,
      onKill: () => {
        this.#killed.add(this.#life.life);
        this.#processes?.die();
      },
      onPassed: (passed) => this.#passed(passed),
    });
    const startMs = Date.now() + seed * 1000;
    const { endpoint } = this.#proxy;
    const { trusted = [] } = subject;
    this.#processes = await Processes.open({
      endpoint,
      listener: this.#listener.url,
      control,
      mode,
      trusted,
      startMs,
    });
    this.#id = await subject.make(
      this.#person(),
      `trial-${control}-${Math.random().toString(36).slice(2, 10)}`,
    );
    this.#isTrailOn = true;
    await subject.open(this.#person(), this.#id);
    this.#opened = await this.#look();
    // Something told of it, or nobody would ever look: the first word of it comes, however late.
    const told = subject.report?.(this.#id) ?? this.#queue[0]?.event;
    if (told === undefined) throw new Error(`no audit event tells that ${this.#id} was opened`);
    if (this.#opened.open.length === 0) throw new Error(`${this.#id} was not opened`);
    this.#first = told;
    this.#queue.push({ event: told, dueMs: this.#life.nowMs });
  }

  async shut(): Promise<void> {
    this.#storm('fix');
    for (let round = 0; round < safetyRounds; round += 1) await this.#deliver();
    this.#still();
    for (let round = 0; round < 2; round += 1) await this.#settleDown();

    const sight = await this.#look();
    if (sight.open.length > 0)
      this.#verdict.exposuresLeftOpen.push(`${this.#id}: ${JSON.stringify(sight.open)}`);
    this.#compareInnocent(sight, 'after the fix');
    const entries = await this.#judgeHistory('fixed');
    const fixes = entries.filter(
      ({ story }) => story.type === 'fixed' && story.changes.length > 0 && !story.open,
    );
    if (fixes.length !== 1) this.#mismatch(`it was shut once, and the history says so ${fixes.length} times`);
  }

  async putBack(): Promise<void> {
    const caseId = (await this.#theCase())?.caseId ?? '';
    this.#storm('undo');
    for (let round = 0; round < safetyRounds; round += 1) {
      await this.#attempt((service) => this.#undo(service, caseId));
      await this.#deliver();
    }
    this.#still();
    if ((await this.#theCase())?.outcome !== 'undone')
      await this.#attempt((service) => this.#undo(service, caseId));
    for (let round = 0; round < 2; round += 1) await this.#settleDown();

    const sight = await this.#look();
    if (JSON.stringify(sight.open) !== JSON.stringify(this.#opened.open))
      this.#verdict.changesToInnocentParts.push(
        `${this.#id} was put back as ${JSON.stringify(sight.open)}, and had been ${JSON.stringify(this.#opened.open)}`,
      );
    this.#compareInnocent(sight, 'after the undo');
    await this.#judgeHistory('undone');
  }

  async report(): Promise<Report> {
    this.#judgeAlerts();
    const { control, what, seed } = this.#trial;
    const counts = this.#proxy?.counts ?? {};
    return {
      control,
      what,
      seed,
      calls: this.#calls,
      kills: this.#killed.size,
      processes: this.#life.life,
      faults: Object.fromEntries(faultNames.flatMap((name) => (counts[name] ? [[name, counts[name]]] : []))),
      events: this.#events,
      verdict: this.#verdict,
    };
  }

  async end(): Promise<void> {
    await this.#listener?.stop();
    await this.#proxy?.stop();
    await this.#processes?.close();
  }

  get #life(): Processes {
    if (this.#processes === undefined) throw new Error('the rig has not begun');
    return this.#processes;
  }

  #person() {
    const endpoint = this.#proxy?.endpoint ?? '';
    return { endpoint, region, credentials: motoCredentials };
  }

  /** Past the proxy: the oracle asks the engine itself. */
  #look(): Promise<Sight> {
    return this.#trial.subject.look(
      { endpoint: this.#trial.engine, region, credentials: motoCredentials },
      this.#id,
    );
  }

  #storm(phase: 'fix' | 'undo'): void {
    const { seed, at } = this.#trial;
    const only = ({ key }: Call) => isOurs(key);
    const plan: Plan =
      at === undefined
        ? { seed: seed * 2 + (phase === 'fix' ? 0 : 1), weather: drawWeather(seed), only }
        : { only, ...(at.phase === phase ? { at } : {}) };
    this.#proxy?.set(plan);
  }

  #still(): void {
    this.#calls += this.#proxy?.calls() ?? 0;
    this.#proxy?.set({ only: ({ key }) => isOurs(key) });
  }

  /** Every change that took effect tells of itself, and must be one of what it is about. */
  #passed(passed: Passed): void {
    if (!this.#isTrailOn) return;
    const id = `audit-${this.#id}-${this.#events.made}`;
    const event = auditOf(passed, { id, at: new Date(this.#life.nowMs).toISOString() });
    if (event === null) return;
    this.#events.made += 1;
    const { call } = passed;
    if (isOurs(call.key) && !this.#isAboutSubject(call))
      this.#verdict.changesToInnocentParts.push(`${call.operation} of something else than ${this.#id}`);
    this.#send(event);
  }

  #isAboutSubject({ url, body }: Call): boolean {
    const text = `${decodeURIComponent(url.pathname)} ${decodeURIComponent(body.toString().replaceAll('+', ' '))}`;
    const names = this.#trial.subject.names?.(this.#id) ?? [this.#id];
    return names.some((name) => text.includes(name));
  }

  /** Never, late, twice, and in any order. */
  #send(event: AuditEvent): void {
    if (this.#random.chance(0.2)) {
      this.#events.lost += 1;
      // What was opened is found by the next sweep then: here, by the first word of it.
      if (this.#events.made > 1) return;
    }
    const copies = this.#random.chance(0.3) ? 2 : 1;
    if (copies === 2) this.#events.doubled += 1;
    for (let copy = 0; copy < copies; copy += 1)
      this.#queue.push({ event, dueMs: this.#life.nowMs + this.#random.below(hourMs / 4) });
  }

  /** What is due comes in any order, each in a process of its own; what was not done comes again. */
  async #deliver(): Promise<void> {
    this.#life.nowMs += this.#random.below(hourMs / 4);
    const due = this.#queue.filter(({ dueMs }) => dueMs <= this.#life.nowMs);
    while (due.length > 0) {
      const [one] = due.splice(this.#random.below(due.length), 1);
      if (one === undefined) return;
      this.#queue.splice(this.#queue.indexOf(one), 1);
      const isDone = await this.#attempt((service) => this.#handle(service, one.event));
      if (isDone === null) this.#queue.push({ ...one, dueMs: this.#life.nowMs + 1 });
    }
  }

  /** No more faults: everything that waits is done, what began is told, and the first word of it comes once more. */
  async #settleDown(): Promise<void> {
    this.#life.nowMs += hourMs;
    await this.#deliver();
    await this.#attempt((service) => this.#handle(service, { ...this.#first, ...this.#again() }));
    await this.#attempt((service) => service.housekeep());
  }

  /** The same news once more is another event. */
  #again(): object {
    this.#events.made += 1;
    const id = `again-${this.#id}-${this.#events.made}`;
    return 'eventID' in this.#first ? { eventID: id } : { id };
  }

  async #handle(service: Service, event: object): Promise<void> {
    for (const one of normaliseAll(JSON.parse(JSON.stringify(event)) as Json)) await service.handle(one);
  }

  async #undo(service: Service, caseId: string): Promise<void> {
    await undo({ caseId, by: 'bob', exemptMs: 30 * 24 * hourMs }, service.loop);
  }

  #attempt<T>(work: (service: Service) => Promise<T>): Promise<T | null> {
    // Minutes pass between two processes: reads are consistent again by then.
    this.#proxy?.settle();
    return this.#life.run(work);
  }

  async #theCase(): Promise<Case | null> {
    const found = await this.#attempt((service) => service.loop.history.find({ limit: 100 }));
    return found?.cases.find(({ control }) => control === this.#trial.control) ?? null;
  }

  #compareInnocent(sight: Sight, when: string): void {
    const [was, is] = [JSON.stringify(this.#opened.innocent), JSON.stringify(sight.innocent)];
    if (was !== is) this.#verdict.changesToInnocentParts.push(`${this.#id} ${when}: ${was} became ${is}`);
  }

  #mismatch(text: string): void {
    this.#verdict.historyMismatches.push(`${this.#id}: ${text}`);
  }

  async #judgeHistory(expected: string): Promise<Entry[]> {
    const told = await this.#attempt(async ({ loop: { history } }) => {
      const { cases } = await history.find({ limit: 100 });
      const all = await Promise.all(
        cases.map(async (one) => ({ one, entries: await history.entries(one.caseId) })),
      );
      return { all, untold: await history.untold(10) };
    });
    const { all = [], untold = [] } = told ?? {};
    if (all.length !== 1) this.#mismatch(`${all.length} cases of one finding`);
    for (const { one, entries } of all) {
      const broken = brokenAt(entries, one);
      if (broken !== null) this.#mismatch(broken);
      if (one.outcome !== expected)
        this.#mismatch(`${expected} is what happened, and it says ${one.outcome}: ${one.why}`);
      if (one.intent !== null || one.undoIntent !== null) this.#mismatch('an intent is left open');
      if (one.closedAt === null) this.#mismatch('the case is still open');
    }
    for (const { caseId } of untold) this.#mismatch(`nobody was told all of ${caseId}`);
    const [first] = all;
    const last = first?.entries.findLast(({ story }) => isNews.has(story.type));
    if (last !== undefined && !this.#listener?.heard.some(({ id }) => id === `${last.caseId}/${last.seq}`))
      this.#mismatch(`nobody heard of its end ${last.story.type}`);
    return first?.entries ?? [];
  }

  /** Whoever died between telling and noting it must tell again; nobody else may. */
  #judgeAlerts(): void {
    const lastHeardIn = new Map<string, number>();
    for (const { id, life } of this.#listener?.heard ?? []) {
      const before = lastHeardIn.get(id);
      if (before !== undefined && !this.#killed.has(before)) this.#verdict.doubleAlerts.push(id);
      lastHeardIn.set(id, life);
    }
  }
}
