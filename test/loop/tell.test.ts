import { describe, expect, it } from 'vitest';
import { RetryableError, TerminalError } from '../../lib/errors.ts';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import type { Notifier } from '../../lib/ports.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { Teller, undeliveredTo } from '../../lib/tell.ts';
import { entry, opened, stories } from '../history/samples.ts';
import { firewall, group, makeWorld, rule, opened as trigger } from './harness.ts';

interface Channel extends Notifier {
  told: string[];
  since: number[];
  fails: (caseId: string) => Error | null;
}

function channel(name: string): Channel {
  const told: string[] = [];
  const since: number[] = [];
  const self: Channel = {
    name,
    told,
    since,
    fails: () => null,
    async tell(about, entries, from) {
      const error = self.fails(about.caseId);
      if (error !== null) throw error;
      told.push(`${about.caseId} ${entries.at(-1)?.story.type}`);
      since.push(from);
    },
  };
  return self;
}

function world() {
  const clock = { nowMs: Date.parse('2026-11-24T08:00:00.000Z') };
  const history = SqliteHistory.open(':memory:');
  const [slack, webhook] = [channel('slack'), channel('webhook')];
  const warned: string[] = [];
  const parts = { history, now: () => new Date(clock.nowMs), warn: (text: string) => warned.push(text) };
  const teller = new Teller({ ...parts, channels: [slack, webhook] });
  const told = async (caseId: string) => {
    await history.append(opened({ caseId }), 0);
    await teller.begin(await history.append(entry(caseId, 1, stories.told()), 1));
  };
  return { clock, history, slack, webhook, warned, teller, told };
}

describe('telling', () => {
  it('reaches every channel once, also when the same case is told twice', async () => {
    const { teller, told, slack, webhook, history } = world();
    await told('c-1');
    const about = await history.get('c-1');
    if (about) await teller.begin(about);
    await teller.settle();
    await teller.tellUntold();

    expect([slack.told, webhook.told]).toEqual([['c-1 told'], ['c-1 told']]);
    expect(await history.untold(9)).toEqual([]);
  });

  it('of a channel that is down delays its own messages only, and loses none', async () => {
    const { teller, told, slack, webhook, clock, history } = world();
    slack.fails = () => new RetryableError('down');
    for (const id of ['c-1', 'c-2', 'c-3', 'c-4']) await told(id);
    await teller.settle();
    expect([slack.told, webhook.told.length]).toEqual([[], 4]);

    slack.fails = () => null;
    await teller.tellUntold();
    expect(slack.told).toEqual([]);
    clock.nowMs += 20_000;
    await teller.tellUntold();

    expect(slack.told.toSorted()).toEqual(['c-1 told', 'c-2 told', 'c-3 told', 'c-4 told']);
    expect(webhook.told).toHaveLength(4);
    expect(await history.untold(9)).toEqual([]);
  });

  it('leaves a channel alone for as long as it asks', async () => {
    const { teller, told, slack, clock } = world();
    slack.fails = () => new RetryableError('429', { afterMs: 90_000 });
    await told('c-1');
    await teller.settle();
    slack.fails = () => null;

    clock.nowMs += 89_000;
    await teller.tellUntold();
    expect(slack.told).toEqual([]);
    clock.nowMs += 1_000;
    await teller.tellUntold();
    expect(slack.told).toEqual(['c-1 told']);
  });

  it('goes on past a message that never gets through', async () => {
    const { teller, told, slack, clock } = world();
    slack.fails = (caseId) => (/c-[123]$/.test(caseId) ? new RetryableError('timed out') : null);
    for (let n = 1; n <= 6; n++) await told(`c-${n}`);
    await teller.settle();
    clock.nowMs += 20_000;
    await teller.tellUntold();

    expect(slack.told.toSorted()).toEqual(['c-4 told', 'c-5 told', 'c-6 told']);
  });

  it('keeps what a channel refuses for good, with the reason', async () => {
    const { teller, told, slack, history } = world();
    slack.fails = (caseId) => (caseId === 'c-1' ? new TerminalError('invalid_blocks') : null);
    await told('c-1');
    await told('c-2');
    await teller.settle();

    expect(slack.told).toEqual(['c-2 told']);
    expect(await history.setting(undeliveredTo('slack'))).toMatchObject([
      { caseId: 'c-1', seq: 2, why: 'invalid_blocks' },
    ]);
    expect(await history.untold(9)).toEqual([]);
  });

  it('says from where on a channel knows nothing', async () => {
    const { teller, told, slack, history } = world();
    await told('c-1');
    await teller.settle();
    await teller.begin(await history.append(entry('c-1', 2, stories.closed()), 2));
    await teller.settle();

    expect(slack.told).toEqual(['c-1 told', 'c-1 closed']);
    expect(slack.since).toEqual([0, 2]);
  });

  it('never holds up a fix: the port is shut while a channel does not answer', async () => {
    const made = makeWorld();
    let answer = () => {};
    const silent: Notifier = { name: 'silent', tell: () => new Promise((resolve) => (answer = resolve)) };
    const { history, loop } = made;
    const teller = new Teller({ history, channels: [silent], now: loop.now, warn: () => {} });
    made.cloud.put(group, firewall([rule('a')]));

    const outcomes = await reconcile(group, trigger, { ...loop, tell: (about) => teller.begin(about) });

    expect(outcomes).toMatchObject([{ outcome: 'fixed' }]);
    expect(await history.untold(9)).toHaveLength(1);
    await new Promise((resolve) => setImmediate(resolve));
    answer();
    await teller.settle();
    expect(await history.untold(9)).toEqual([]);
  });
});
