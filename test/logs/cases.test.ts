import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { approve } from '../../lib/answer.ts';
import { parsePolicy } from '../../lib/config.ts';
import { offender } from '../../lib/controls/offender.ts';
import { controls } from '../../lib/controls/registry.ts';
import { settleLeftovers } from '../../lib/housekeep.ts';
import { askAboutBlocks } from '../../lib/log-service.ts';
import { AttackRecord } from '../../lib/logs/attack-record.ts';
import { clientKeyOf } from '../../lib/logs/block-entry.ts';
import { BlockMemory } from '../../lib/logs/block-memory.ts';
import { BlockRecord } from '../../lib/logs/block-record.ts';
import type { BlockSet } from '../../lib/logs/block-set.ts';
import { type Blocking, unblock } from '../../lib/logs/blocking.ts';
import { BlocklistProvider } from '../../lib/providers/host/blocklist.ts';
import { WafRules } from '../../lib/providers/host/waf-rules.ts';
import { undo } from '../../lib/undo.ts';
import { waf } from '../../lib/waf/command.ts';
import { WafLoop } from '../../lib/waf/policy.ts';
import { makeWorld } from '../loop/harness.ts';
import { hit, hits } from '../waf/run-waf.ts';

class MemorySet implements BlockSet {
  readonly key = 'memory';
  readonly family = 'v4';
  capacity = 100;
  addresses: string[] = ['192.0.2.1/32'];
  dies: 'before' | 'after' | null = null;
  async read() {
    return { addresses: [...this.addresses], token: '' };
  }
  async write(addresses: readonly string[]) {
    const { dies } = this;
    this.dies = null;
    if (dies !== 'before') this.addresses = [...addresses];
    if (dies !== null) throw new Error('killed');
    return true;
  }
}

/** A service with one set, whose history is real. */
function world() {
  const set = new MemorySet();
  const made = makeWorld({ controls: [offender] });
  const { loop, history, clock } = made;
  clock.nowMs = Date.parse('2026-11-24T11:05:00Z');
  const blocking: Blocking = {
    settings: history,
    targets: [[set]],
    owner: 'test',
    sleep: async () => {},
    record: new BlockRecord(history, loop.newId),
  };
  const provider = new BlocklistProvider(() => blocking, new WafRules([], history), loop.now);
  loop.provider = () => provider;
  const out: { client: string; until: string | null; why: string }[] = [];
  const attack = (plusMs = 0) => read(hits(101, { client: '203.0.113.5', plusMs }));
  const read = async (lines: string[]) => {
    const io = {
      stdin: Readable.from([Buffer.from(lines.join('\n'))], { objectMode: false }),
      out: (line: string) => void out.push(JSON.parse(line)),
      err: () => {},
    };
    const options = { json: true, now: loop.now(), loop: 'waf', blocking };
    return waf(['-'], options, WafLoop.parse({}), { trusted: [], proxies: [] }, io);
  };
  const cases = async () => (await history.find({ limit: 10 })).cases;
  return { ...made, set, blocking, attack, read, cases, out };
}

describe('a block as a case', () => {
  test('says who, why, until when, and what was written', async () => {
    const { attack, cases, history } = world();
    await attack();

    const [one] = await cases();
    expect(one).toMatchObject({
      control: 'offender',
      resource: { kind: 'blocklist', id: '203.0.113.5' },
      outcome: 'fixed',
      why: expect.stringContaining('flood: more than 100 requests within 60 s'),
      changes: [{ text: 'block 203.0.113.5 until 2026-11-24T12:05:00.000Z' }],
    });
    const entries = await history.entries(one?.caseId ?? '');
    expect(entries.map((entry) => entry.story.type)).toEqual(['opened', 'intent', 'fixed']);
  });

  test('undone, it lets the client go, and new evidence blocks it only after the exemption', async () => {
    const { attack, cases, set, loop, clock, out } = world();
    await attack();
    const caseId = (await cases())[0]?.caseId ?? '';

    const outcome = await undo({ caseId, by: 'maria', exemptMs: 2 * 3_600_000 }, loop);

    expect(outcome).toMatchObject({ outcome: 'undone', changes: [{ text: 'let 203.0.113.5 go' }] });
    expect(set.addresses).toEqual(['192.0.2.1/32']);
    clock.nowMs += 60_000;
    await attack(60_000);
    expect(out.at(-1)).toMatchObject({ until: null, why: expect.stringContaining('put back with undo') });
    expect(set.addresses).toEqual(['192.0.2.1/32']);
    clock.nowMs += 3 * 3_600_000;
    await attack(3 * 3_600_000);
    expect(set.addresses).toEqual(['192.0.2.1/32', '203.0.113.5/32']);
    expect(await undo({ caseId, by: 'maria', exemptMs: 1 }, loop)).toMatchObject({ outcome: 'refused' });
  });

  test('let go by command is undone in the history too, by whoever it was', async () => {
    const { attack, cases, blocking, loop } = world();
    await attack();

    await unblock(['203.0.113.5'], blocking, loop.now(), { err: () => {} }, { by: 'maria' });

    expect(await cases()).toMatchObject([{ outcome: 'undone' }]);
  });

  test.each([
    'before',
    'after',
  ] as const)('a crash %s the write is settled by the next look', async (when) => {
    const { attack, cases, set, loop } = world();
    set.dies = when;
    const record = BlockRecord.prototype.end;
    BlockRecord.prototype.end = async () => {
      throw new Error('killed');
    };
    await expect(attack()).rejects.toThrow('killed');
    BlockRecord.prototype.end = record;
    expect(await cases()).toMatchObject([{ outcome: 'unfixed', closedAt: null }]);

    await settleLeftovers(loop);

    expect(await cases()).toMatchObject([{ outcome: 'fixed' }]);
    expect(set.addresses).toEqual(['192.0.2.1/32', '203.0.113.5/32']);
  });
});

test('an attack is one case that people are told of three times', async () => {
  const { history, loop, told, cases } = world();
  const record = new AttackRecord({ history, newId: loop.newId, tell: loop.tell });
  const news = {
    sinceMs: 0,
    clients: 2,
    blocked: 2,
    requests: 300,
    detectors: ['flood'],
    examples: [],
    perMinute: [300],
  };
  for (const kind of ['begins', 'grows', 'over'] as const)
    await record.keep('waf', { ...news, news: kind }, 1000);

  expect(told.map((one) => one.outcome)).toEqual(['told', 'told', 'clean']);
  expect(await cases()).toMatchObject([{ resource: { id: 'attack/waf' }, outcome: 'clean' }]);
  expect(clientKeyOf('attack/waf')).toBe('host/loops/global/blocklist/attack/waf');
});

describe('more blocks of one write than get a case each', () => {
  const storm = (count: number) =>
    Array.from({ length: count }, (_, at) =>
      hit({ client: `11.${at >> 8}.${at & 255}.7`, target: '/cgi-bin/.%2e/.%2e/bin/sh' }),
    );

  test('share cases that list every one of them, and whose undo lets every one of them go', async () => {
    const { read, set, history, loop } = world();
    set.capacity = 2_000;
    await read(storm(1_300));
    expect(set.addresses).toHaveLength(1_301);

    const cases = (await history.find({ limit: 300 })).cases;
    const batches = cases.filter((one) => one.resource.id.startsWith('batch/waf/'));
    const listed = await Promise.all(
      cases.map(async ({ caseId }) => {
        const entries = await history.entries(caseId);
        return entries.flatMap(({ story }) => (story.type === 'intent' ? story.changes : []));
      }),
    );
    const text = JSON.stringify(listed);
    expect([cases.length, batches.length]).toEqual([202, 2]);
    expect(batches.every((one) => one.outcome === 'fixed')).toBe(true);
    expect(set.addresses.slice(1).filter((one) => !text.includes(one.slice(0, -3)))).toEqual([]);

    for (const { caseId } of batches) {
      const outcome = await undo({ caseId, by: 'maria', exemptMs: 86_400_000 }, loop);
      expect(outcome.outcome).toBe('undone');
    }
    expect(set.addresses).toHaveLength(201);
    await read(storm(1_300));
    expect(set.addresses).toHaveLength(201);
  }, 60_000);

  test('say who found no room', async () => {
    const { read, set, history } = world();
    set.capacity = 251;
    await read(storm(300));

    const [batch] = (await history.find({ limit: 300 })).cases.filter((one) =>
      one.resource.id.startsWith('batch/'),
    );
    const entries = await history.entries(batch?.caseId ?? '');
    const why = entries.flatMap(({ story }) => (story.type === 'fixed' ? [story.why] : [])).join();
    expect(why.split('in no list of ours are: ')[1]?.split(', ')).toHaveLength(50);
  }, 60_000);
});

describe('an address with many people behind it', () => {
  test('is in no set until a person approves, and then for as long as it would have been', async () => {
    const { read, set, history, loop, cases, blocking } = world();
    const people = Array.from({ length: 900 }, (_, at) =>
      hit({
        client: '203.0.113.5',
        at: '2026-11-24T10:00:00Z',
        plusMs: at * 2_000,
        agent: `Browser/${at % 40}`,
      }),
    );
    await read([...people, ...hits(150, { client: '203.0.113.5', at: '2026-11-24T11:00:00Z' })]);
    expect([set.addresses, await cases()]).toEqual([['192.0.2.1/32'], []]);

    const { policy } = parsePolicy('', controls, { now: loop.now(), file: 'snapshut.yml' });
    if (!policy) throw new Error('the default policy is one');
    const parts = { policy, history, now: loop.now, frozen: loop.frozen, newId: loop.newId };
    for (let times = 0; times < 2; times++) await askAboutBlocks(parts, loop);
    const asked = await cases();
    expect(asked).toMatchObject([{ outcome: 'asked', resource: { id: '203.0.113.5' } }]);
    expect(JSON.stringify(await history.entries(asked[0]?.caseId ?? ''))).toContain(
      'people were served at this address',
    );

    const caseId = asked[0]?.caseId ?? '';
    expect(await approve({ caseId, by: 'maria', exemptMs: 0 }, loop)).toMatchObject({ outcome: 'fixed' });
    expect(set.addresses).toContain('203.0.113.5/32');
    const memory = await BlockMemory.load(blocking.settings);
    expect(memory.get('203.0.113.5')).toMatchObject({ untilMs: loop.now().getTime() + 3_600_000 });
  });
});
