import { approve, deny } from '../../lib/answer.ts';
import { noRules } from '../../lib/approvers.ts';
import { brokenAt, type Case, type Entry } from '../../lib/cases.ts';
import { RetryableError, TerminalError } from '../../lib/errors.ts';
import type { Normalised } from '../../lib/events/normalised.ts';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { openCases, settleLeftovers } from '../../lib/housekeep.ts';
import type { State } from '../../lib/kinds.ts';
import { InOrder, type Loop } from '../../lib/loop.ts';
import type { Change, Mode, Outcome } from '../../lib/model.ts';
import type { AccountScope, Notifier } from '../../lib/ports.ts';
import { respond } from '../../lib/respond.ts';
import { sweep } from '../../lib/sweep.ts';
import { Teller } from '../../lib/tell.ts';
import { undo } from '../../lib/undo.ts';
import { testPolicyView } from '../loop/harness.ts';
import { account, type Effect, region, SimulatedCloud } from './cloud.ts';
import { type Counts, drawFaults, type Faults, noCounts, noFaults } from './faults.ts';
import { Oracle, type Verdict } from './oracle.ts';
import { Random } from './random.ts';
import { firewalls } from './subjects/firewall.ts';
import { bucketPolicies, queuePolicies } from './subjects/statements.ts';
import type { Draw, Subject, Thing } from './subjects/subject.ts';

/**
 * One seed: a while in which people and faults do what they like (safety: nothing wrong may happen), then a while
 * without faults (liveness: everything must come right). The clock is virtual.
 */

export interface Report {
  seed: number;
  control: string;
  faults: Faults;
  counts: Counts;
  events: number;
  outcomes: { [outcome: string]: number };
  verdict: Verdict;
}

/** What people must hear of. */
const isNews = new Set(['fixed', 'unfixed', 'failed', 'asked', 'held', 'told', 'denied', 'undone', 'closed']);

class Killed extends Error {}

interface Waiting {
  event: Normalised;
  dueMs: number;
}

const guarded: AccountScope[] = [{ provider: 'memory', account, regions: [region] }];
const exemptMs = 30 * 86_400_000;
const alice = 'arn:aws:iam::123456789012:user/alice';
const subjects: readonly Subject[] = [firewalls, bucketPolicies, queuePolicies];
const steps = 60;
const calmRounds = 14;

/** `subject`: what it is about; left out, the seed says. */
export async function simulate(seed: number, subject?: Subject): Promise<Report> {
  // By a chance of its own: another subject more changes nothing in what befalls the others.
  const simulation = new Simulation(seed, subject ?? new Random(seed * 7919).pick(subjects));
  await simulation.safety();
  await simulation.liveness();
  return simulation.judge();
}

class Simulation {
  readonly #seed: number;
  readonly #random: Random;
  readonly #weather: Faults;
  #faults: Faults;
  readonly #counts = noCounts();
  readonly #subject: Subject;
  readonly #oracle: Oracle;
  readonly #history = SqliteHistory.open(':memory:');
  readonly #cloud: SimulatedCloud;
  readonly #resources = new Set<string>();
  readonly #queue: Waiting[] = [];
  readonly #outcomes: { [outcome: string]: number } = {};
  readonly #mode: Mode;
  #nowMs = Date.parse('2026-11-24T08:00:00.000Z');
  #frozen = false;
  #names = 0;
  #ids = 0;
  #events = 0;

  constructor(seed: number, subject: Subject) {
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#weather = drawFaults(this.#random);
    this.#faults = this.#weather;
    this.#subject = subject;
    this.#oracle = new Oracle(this.#subject);
    this.#mode = this.#random.chance(0.7) ? 'fix' : 'ask';
    this.#cloud = new SimulatedCloud({
      kind: this.#subject.kind,
      eventName: this.#subject.eventName,
      random: this.#random,
      faults: () => this.#faults,
      counts: this.#counts,
      nowMs: () => this.#nowMs,
      onEffect: (effect: Effect) => this.#oracle.see(effect),
      onEvent: (event) => this.#send(event),
    });
    for (let at = 1; at <= 3; at += 1) this.#create();
  }

  async safety(): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      await this.#personActs();
      this.#nowMs += this.#random.below(600_000);
      await this.#deliver();
      if (this.#random.chance(0.1)) await this.#attempt((loop) => housekeep(loop));
      if (this.#random.chance(0.05)) await this.#attempt((loop) => this.#sweep(loop));
      if (this.#random.chance(0.3)) await this.#onCallActs();
    }
  }

  async liveness(): Promise<void> {
    this.#faults = noFaults;
    this.#frozen = false;
    for (let round = 0; round < calmRounds; round += 1) {
      // Past leases, questions that were put off, and the window of the tug of war.
      this.#nowMs += 2 * 3_600_000;
      await this.#deliver();
      await this.#attempt((loop) => this.#sweep(loop));
      await this.#attempt((loop) => housekeep(loop));
      const waiting = await this.#cases(({ asked }) => asked !== null);
      for (const one of waiting) {
        await this.#attempt((loop) => this.#answer(approve(this.#answerOn(one), loop)));
      }
    }
  }

  async judge(): Promise<Report> {
    const held = new Map<string, readonly Thing[]>();
    for (const id of this.#resources) held.set(id, await this.#thingsOf(id));
    this.#oracle.judgeCloud(held);
    const histories = new Map<string, Entry[][]>();
    const { historyMismatches } = this.#oracle.verdict;
    for (const one of await this.#cases(() => true, false)) {
      const entries = await this.#history.entries(one.caseId);
      const broken = brokenAt(entries, one);
      if (broken !== null) historyMismatches.push(`${one.caseId}: ${broken}`);
      if (one.intent !== null || one.undoIntent !== null)
        historyMismatches.push(`${one.caseId} is left with an open intent`);
      const news = entries.findLast(({ story }) => isNews.has(story.type));
      if (news !== undefined && !this.#oracle.wasTold(one.caseId, news.seq))
        historyMismatches.push(`nobody was told how ${one.caseId} ended: ${one.outcome}`);
      const { id } = one.resource;
      histories.set(id, [...(histories.get(id) ?? []), entries]);
    }
    this.#oracle.judgeHistory(histories);
    await this.#history.close();
    const { verdict } = this.#oracle;
    const control = this.#subject.control.name;
    const about = { seed: this.#seed, control, faults: this.#weather, counts: this.#counts };
    return { ...about, events: this.#events, outcomes: this.#outcomes, verdict };
  }

  async #personActs(): Promise<void> {
    const id = this.#random.pick([...this.#resources]);
    const state = await this.#cloud.stateOf(id);
    const action = this.#random.below(12);
    if (action === 10 && this.#random.chance(0.2)) return this.#deleteOne(id);
    if (action === 11) this.#frozen = this.#random.chance(0.2);
    const change = state === null || action > 9 ? null : this.#changeOf(state, action);
    if (change !== null) await this.#cloud.byPerson(id, change, alice);
  }

  #changeOf(state: State, action: number): Change | null {
    const draw: Draw = { random: this.#random, fresh: () => this.#fresh() };
    if (action < 5) return this.#subject.opens(state, draw);
    // A stale read of a wide rule would open the web anew: that cannot be told from the truth.
    if (action < 6 && this.#weather.stale === 0) return this.#subject.opensWide(state, draw);
    if (action < 9) return this.#subject.doesInnocently(state, draw);
    return this.#subject.takesAway(state, draw);
  }

  async #deleteOne(id: string): Promise<void> {
    if (this.#resources.size < 2) return;
    this.#resources.delete(id);
    this.#oracle.deleted(id);
    await this.#cloud.delete(id, alice);
    this.#create();
  }

  async #onCallActs(): Promise<void> {
    const all = await this.#cases(() => true, false);
    if (all.length === 0) return;
    const one = this.#random.pick(all);
    const answer = this.#answerOn(one);
    const action = this.#random.pick(['approve', 'deny', 'undo'] as const);
    if (action === 'approve')
      return void (await this.#attempt((loop) => this.#answer(approve(answer, loop))));
    if (action === 'undo') {
      this.#oracle.undo(one.resource.id, one.shut);
      return void (await this.#attempt((loop) => this.#answer(undo(answer, loop))));
    }
    if (one.asked !== null) this.#oracle.permit(one.resource.id, await this.#thingsOf(one.resource.id));
    await this.#attempt((loop) => this.#answer(deny(answer, loop)));
  }

  async #answer(asked: Promise<Outcome>): Promise<void> {
    this.#count([await asked]);
  }

  /** Whatever is due comes, in any order; what was not handled comes again. */
  async #deliver(): Promise<void> {
    const due = this.#queue.filter((one) => one.dueMs <= this.#nowMs);
    while (due.length > 0) {
      const [one] = due.splice(this.#random.below(due.length), 1);
      if (one === undefined) return;
      this.#queue.splice(this.#queue.indexOf(one), 1);
      const isDone = await this.#attempt(async (loop) =>
        this.#count(await respond(one.event, guarded, loop)),
      );
      if (!isDone) this.#queue.push({ ...one, dueMs: this.#nowMs + 120_000 });
    }
  }

  async #sweep(loop: Loop): Promise<void> {
    for await (const outcome of sweep(guarded, loop)) this.#count([outcome]);
  }

  /** Runs in a process of its own. False when it died or could not do it. */
  async #attempt(work: (loop: Loop) => Promise<unknown>): Promise<boolean> {
    const loop = this.#boot();
    try {
      await work(loop);
      return true;
    } catch (error) {
      if (error instanceof Killed) return false;
      if (error instanceof RetryableError || error instanceof TerminalError) return false;
      throw error;
    }
  }

  #boot(): Loop {
    const life = { isDead: false };
    const mortal = <T extends object>(port: T): T =>
      new Proxy(port, {
        get: (target, name) => {
          const value = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          if (name === 'list') return value.bind(target);
          return async (...args: unknown[]) => {
            this.#mayDie(life);
            const answer = await value.apply(target, args);
            this.#mayDie(life);
            return answer;
          };
        },
      });
    const history = mortal(this.#history);
    const cloud = mortal(this.#cloud);
    const channel: Notifier = {
      name: 'people',
      tell: async (about) => this.#oracle.alert(about.caseId, about.seq, this.#counts.kills),
    };
    const teller = new Teller({
      history,
      channels: [channel],
      now: () => new Date(this.#nowMs),
      warn: () => {},
    });
    return {
      history,
      controls: [this.#subject.control],
      policy: testPolicyView({
        mode: this.#mode,
        exemptions: [],
        notes: [],
        people: noRules,
        limits: {
          fixesPerHour: 40,
          percentPerHour: 100,
          changesPerPlan: 100,
          flap: { times: 3, withinMinutes: 60 },
        },
      }),
      provider: () => cloud,
      now: () => new Date(this.#nowMs),
      newId: () => {
        this.#ids += 1;
        return `id-${this.#ids}`;
      },
      owner: `process-${this.#counts.kills}`,
      frozen: async () => (this.#frozen ? 'a person said so' : null),
      tell: async (about) => {
        await teller.begin(about);
        await teller.settle();
      },
      dryRun: false,
      sleep: async (ms) => {
        this.#nowMs += ms;
      },
      inOrder: new InOrder(),
    };
  }

  #mayDie(life: { isDead: boolean }): void {
    if (!life.isDead && this.#random.chance(this.#faults.kill)) {
      life.isDead = true;
      this.#counts.kills += 1;
      // Its leases have to run out.
      this.#nowMs += 121_000;
    }
    if (life.isDead) throw new Killed();
  }

  #send(event: Normalised): void {
    this.#events += 1;
    const { lostEvent, doubledEvent, eventDelayMs } = this.#faults;
    if (this.#random.chance(lostEvent)) {
      this.#counts.eventsLost += 1;
      return;
    }
    const isDoubled = this.#random.chance(doubledEvent);
    if (isDoubled) this.#counts.eventsDoubled += 1;
    for (let copy = isDoubled ? 2 : 1; copy > 0; copy -= 1) {
      this.#queue.push({ event, dueMs: this.#nowMs + this.#random.below(eventDelayMs + 1) });
    }
  }

  #count(outcomes: readonly Outcome[]): void {
    for (const { outcome } of outcomes) this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
  }

  async #cases(wanted: (one: Case) => boolean, isOpen = true): Promise<Case[]> {
    const found: Case[] = [];
    if (isOpen) {
      for await (const one of openCases({ ...this.#boot(), history: this.#history })) found.push(one);
    } else found.push(...(await this.#history.find({ limit: 500 })).cases);
    return found.filter(wanted);
  }

  #answerOn({ caseId }: Case) {
    return { caseId, by: 'bob', exemptMs };
  }

  async #thingsOf(id: string): Promise<Thing[]> {
    const state = await this.#cloud.stateOf(id);
    return state === null ? [] : this.#subject.thingsOf(state);
  }

  #create(): void {
    const id = `resource-${this.#fresh()}`;
    this.#resources.add(id);
    this.#cloud.create(id, this.#subject.create(id));
  }

  #fresh(): number {
    this.#names += 1;
    return this.#names;
  }
}

async function housekeep(loop: Loop): Promise<void> {
  await settleLeftovers(loop);
  for (const one of await loop.history.untold(100)) await loop.tell(one);
}
