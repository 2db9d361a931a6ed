import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { approve } from '../../lib/answer.ts';
import { parsePolicy } from '../../lib/config.ts';
import { controls } from '../../lib/controls/registry.ts';
import { settleLeftovers } from '../../lib/housekeep.ts';
import { askAboutBlocks } from '../../lib/log-service.ts';
import { BlockMemory } from '../../lib/logs/block-memory.ts';
import { BlockRecord } from '../../lib/logs/block-record.ts';
import type { BlockSet } from '../../lib/logs/block-set.ts';
import { apply, type Blocking, isWriteDue, withLease } from '../../lib/logs/blocking.ts';
import type { History } from '../../lib/ports.ts';
import { BlocklistProvider } from '../../lib/providers/host/blocklist.ts';
import { WafRules } from '../../lib/providers/host/waf-rules.ts';
import { undo } from '../../lib/undo.ts';
import { waf } from '../../lib/waf/command.ts';
import { WafLoop } from '../../lib/waf/policy.ts';
import { makeWorld, type World } from '../loop/harness.ts';
import { hit, hits } from '../waf/run-waf.ts';

/**
 * The control `offender` on the path of a block, from its first write to its end: whichever call to the history or to a
 * set the process dies at, the next one comes to the same set and the same cases.
 */

const name = 'offender';
const attacker = '203.0.113.5';
const strangers = '192.0.2.1/32';

class Crash extends Error {}

/** The sets outlive the process; somebody else's entry stands in each. */
class KeptSet implements BlockSet {
  readonly family = 'v4';
  readonly capacity = 2_000;
  addresses = [strangers];
  readonly key: string;
  constructor(key: string) {
    this.key = key;
  }
  async read() {
    return { addresses: [...this.addresses], token: this.addresses.join() };
  }
  async write(addresses: readonly string[], token: string) {
    if (token !== this.addresses.join()) return false;
    this.addresses = [...addresses];
    return true;
  }
}

interface Dying {
  calls: number;
  at: number;
  when: 'before' | 'after';
  isReading?: boolean;
}

function mortal<T extends object>(port: T, dying: Dying): T {
  return new Proxy(port, {
    get(target, field) {
      const value = Reflect.get(target, field);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        // Reads in a row leave nothing behind: to die at one of them is to die at any.
        if (field !== 'setting' || !dying.isReading) dying.calls += 1;
        dying.isReading = field === 'setting';
        const mine = dying.calls;
        const isOver = dying.at > 0 && (mine > dying.at || (mine === dying.at && dying.when === 'before'));
        if (isOver) throw new Crash();
        const answer = await value.apply(target, args);
        if (mine === dying.at) throw new Crash();
        return answer;
      };
    },
  });
}

interface Host extends World {
  kept: readonly KeptSet[];
}

interface Process {
  world: World;
  blocking: Blocking;
  read(lines: string[]): Promise<unknown>;
}

function makeHost(): Host {
  const world = makeWorld({ controls: controls.filter((one) => one.name === name) });
  world.clock.nowMs = Date.parse('2026-11-24T11:05:00Z');
  return { ...world, kept: [new KeptSet('first'), new KeptSet('second')] };
}

/** A process of its own on what the host keeps. */
function boot(host: Host, dying: Dying = { calls: 0, at: -1, when: 'before' }): Process {
  const history: History = mortal(host.history, dying);
  const loop = { ...host.loop, history };
  const blocking: Blocking = {
    settings: history,
    targets: host.kept.map((set) => [mortal(set, dying)]),
    owner: `process-${loop.newId()}`,
    sleep: async (ms) => {
      host.clock.nowMs += ms;
    },
    record: new BlockRecord(history, loop.newId, { cases: 2, clients: 2 }),
  };
  const provider = new BlocklistProvider(() => blocking, new WafRules([], history), loop.now);
  loop.provider = () => provider;
  const read = (lines: string[]) =>
    waf(
      ['-'],
      { json: true, now: loop.now(), loop: 'waf', blocking },
      WafLoop.parse({}),
      { trusted: [], proxies: [] },
      { stdin: Readable.from([Buffer.from(lines.join('\n'))], { objectMode: false }), out() {}, err() {} },
    );
  return { world: { ...host, loop, history }, blocking, read };
}

const attack = hits(101, { client: attacker });
/** Two clients have cases of their own, the others share some. */
const storm = Array.from({ length: 5 }, (_, at) =>
  hit({ client: `11.0.${at}.7`, target: '/cgi-bin/.%2e/.%2e/bin/sh' }),
);

/** Many people are behind the address: a person is asked. */
async function doubt({ history, clock: { nowMs } }: Host): Promise<void> {
  const memory = await BlockMemory.load(history);
  const block = { client: attacker, untilMs: nowMs + 3_600_000, times: 1, evidenceMs: nowMs, weight: 1 };
  const said = { why: 'flood', ask: 'people were served at this address', blockedMs: nowMs, loop: 'waf' };
  memory.put({ ...block, ...said, sets: [], pending: [] });
  await memory.save(nowMs);
}

const caseOf = async ({ history }: World) => (await history.find({ limit: 1 })).cases[0]?.caseId ?? '';

async function ask({ world: { loop, history } }: Process): Promise<void> {
  const { policy } = parsePolicy('', controls, { now: loop.now(), file: 'snapshut.yml' });
  if (!policy) throw new Error('the default policy is one');
  await askAboutBlocks({ policy, history, now: loop.now, frozen: loop.frozen, newId: loop.newId }, loop);
}

async function endWhatIsOver({ blocking, world }: Process): Promise<void> {
  const nowMs = world.loop.now().getTime();
  if (!(await isWriteDue(blocking.settings, nowMs))) return;
  await withLease(blocking, nowMs, async () =>
    apply(await BlockMemory.load(blocking.settings), blocking, nowMs, { err() {} }),
  );
}

interface Path {
  what: string;
  prepare(host: Host): Promise<unknown>;
  run(process: Process): Promise<unknown>;
  /** Who shares a case with whom depends on how much of the memory was stored. */
  isShared?: true;
}

const paths: Path[] = [
  { what: 'block', prepare: async () => {}, run: ({ read }) => read(attack) },
  { what: 'block many', prepare: async () => {}, run: ({ read }) => read(storm), isShared: true },
  {
    what: 'ask about a block',
    prepare: doubt,
    run: ask,
  },
  {
    what: 'block what was approved',
    prepare: async (host) => {
      await doubt(host);
      await ask(boot(host));
    },
    run: async ({ world }) =>
      approve({ caseId: await caseOf(world), by: 'maria', exemptMs: 86_400_000 }, world.loop),
  },
  {
    what: 'undo a block',
    prepare: (host) => boot(host).read(attack),
    run: async ({ world }) =>
      undo({ caseId: await caseOf(world), by: 'maria', exemptMs: 86_400_000 }, world.loop),
  },
  {
    what: 'end a block whose time is over',
    prepare: async (host) => {
      await boot(host).read(attack);
      host.clock.nowMs += 2 * 3_600_000;
    },
    run: endWhatIsOver,
  },
];

/** What everybody can see; times and ids aside. Of cases that many share, whom they name. */
async function sightOf({ history, kept }: Host, { isShared }: Path) {
  const { cases } = await history.find({ limit: 300 });
  const told = cases.map((one) => ({
    client: one.resource.id,
    outcome: one.outcome,
    isClosed: one.closedAt !== null,
    intent: one.intent,
    undoIntent: one.undoIntent,
  }));
  const named = cases.flatMap(({ changes }) => [...JSON.stringify(changes).matchAll(/11\.0\.\d\.7/g)]);
  return {
    sets: kept.map((set) => set.addresses.toSorted()),
    cases: isShared ? { left: told.filter((one) => !one.isClosed || one.outcome !== 'fixed') } : told,
    named: [...new Set(named.map(([client]) => client))].sort(),
  };
}

/** The same again: logs come again, people say again what was not stored, and the housekeeping settles what began. */
async function comeToAnEnd(host: Host, path: Path) {
  host.clock.nowMs += 300_000;
  await path.run(boot(host));
  await housekeep(boot(host));
  return sightOf(host, path);
}

async function housekeep(process: Process): Promise<void> {
  await settleLeftovers(process.world.loop);
  await endWhatIsOver(process);
}

describe.each(paths)('$what', (path) => {
  test.each(['before', 'after'] as const)('killed %s any call, comes to the same end', async (when) => {
    const calm = makeHost();
    await path.prepare(calm);
    const counter: Dying = { calls: 0, at: -1, when };
    await path.run(boot(calm, counter));
    const expected = await comeToAnEnd(calm, path);
    expect(counter.calls).toBeGreaterThan(5);

    for (let at = 1; at <= counter.calls; at += 1) {
      const host = makeHost();
      await path.prepare(host);
      // A target that could not be written to is told, and the run goes on with what is left of it: nothing.
      await path.run(boot(host, { calls: 0, at, when })).catch((error: unknown) => {
        if (!(error instanceof Error)) throw error;
      });

      const end = await comeToAnEnd(host, path);
      expect(end, `crash ${when} call ${at} of ${counter.calls}`).toEqual(expected);
    }
  });
});
