import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { offender } from '../../lib/controls/offender.ts';
import { settleLeftovers } from '../../lib/housekeep.ts';
import { AttackRecord } from '../../lib/logs/attack-record.ts';
import { clientKeyOf } from '../../lib/logs/block-entry.ts';
import { BlockRecord } from '../../lib/logs/block-record.ts';
import type { BlockSet } from '../../lib/logs/block-set.ts';
import { type Blocking, unblock } from '../../lib/logs/blocking.ts';
import { BlocklistProvider } from '../../lib/providers/host/blocklist.ts';
import { WafRules } from '../../lib/providers/host/waf-rules.ts';
import { undo } from '../../lib/undo.ts';
import { waf } from '../../lib/waf/command.ts';
import { WafLoop } from '../../lib/waf/policy.ts';
import { makeWorld } from '../loop/harness.ts';
import { hits } from '../waf/run-waf.ts';

class MemorySet implements BlockSet {
  readonly key = 'memory';
  readonly family = 'v4';
  readonly capacity = 100;
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
  const attack = async (plusMs = 0) => {
    const lines = hits(101, { client: '203.0.113.5', plusMs });
    const io = {
      stdin: Readable.from([Buffer.from(lines.join('\n'))], { objectMode: false }),
      out: (line: string) => void out.push(JSON.parse(line)),
      err: () => {},
    };
    const options = { json: true, now: loop.now(), loop: 'waf', blocking };
    return waf(['-'], options, WafLoop.parse({}), { trusted: [], proxies: [] }, io);
  };
  const cases = async () => (await history.find({ limit: 10 })).cases;
  return { ...made, set, blocking, attack, cases, out };
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
