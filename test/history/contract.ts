import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Act, brokenActs } from '../../lib/acts.ts';
import { RetryableError, TerminalError } from '../../lib/errors.ts';
import { verify } from '../../lib/history/chain.ts';
import type { FirewallState } from '../../lib/kinds/firewall.ts';
import { type Json, resourceKey } from '../../lib/model.ts';
import type { CaseQuery, History } from '../../lib/ports.ts';
import { at, entry, group, opened, person, startMs, stories } from './samples.ts';

/** A new, empty store, and a way behind its back. */
export interface Fresh {
  /** Another handle on the same data, as another process would have. */
  open(): Promise<History>;
  /** Puts other text in place of a stored entry. */
  change(caseId: string, seq: number, edit: (json: string) => string): Promise<void>;
  cut(caseId: string, seq: number): Promise<void>;
  dispose(): Promise<void>;
}

const key = resourceKey(group('sg-1'));
const small: FirewallState = {
  kind: 'firewall',
  name: 'web',
  tags: {},
  isDefault: false,
  attached: null,
  rules: [],
};

export function historyContract(fresh: () => Promise<Fresh>): void {
  let store: Fresh;
  let history: History;
  beforeEach(async () => {
    store = await fresh();
    history = await store.open();
  });
  afterEach(async () => {
    await history.close();
    await store.dispose();
  });

  /** A case of three entries: opened, intent, fixed. */
  async function fixedCase(caseId: string, atMs = 0): Promise<void> {
    await history.append(opened({ caseId, atMs }), 0);
    await history.append(entry(caseId, atMs + 1, stories.intent(small)), 1);
    await history.append(entry(caseId, atMs + 2, stories.fixed()), 2);
  }

  describe('append', () => {
    it('folds every entry into the case and reads back what was written', async () => {
      await fixedCase('c-1');

      const held = await history.get('c-1');
      expect(held).toMatchObject({ outcome: 'fixed', seq: 3, closedAt: at(2), intent: null });
      const entries = await history.entries('c-1');
      expect(entries.map((one) => one.story.type)).toEqual(['opened', 'intent', 'fixed']);
      expect(entries[1]?.story).toEqual(stories.intent(small));
      expect(await verify(history, 'c-1')).toBeNull();
    });

    it('lets one of two appenders win, and the other try again', async () => {
      const other = await store.open();
      await history.append(opened({ caseId: 'c-1' }), 0);

      const tries = await Promise.allSettled([
        history.append(entry('c-1', 1, stories.note('mine')), 1),
        other.append(entry('c-1', 1, stories.note('theirs')), 1),
      ]);

      expect(tries.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
      const lost = tries.find((one) => one.status === 'rejected');
      expect(lost?.reason).toBeInstanceOf(RetryableError);
      expect(await history.entries('c-1')).toHaveLength(2);
      await other.close();
    });

    it('opens a case once, however many open it together', async () => {
      const tries = await Promise.allSettled(
        Array.from({ length: 10 }, (_, n) =>
          history.append(opened({ caseId: 'c-1', actor: person(`p${n}`) }), 0),
        ),
      );

      expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
      expect(await verify(history, 'c-1')).toBeNull();
    });

    it('goes on from what another process appended', async () => {
      const other = await store.open();
      await history.append(opened({ caseId: 'c-1' }), 0);
      await other.append(entry('c-1', 1, stories.note()), 1);

      await history.append(entry('c-1', 2, stories.told()), 2);

      expect(await other.get('c-1')).toMatchObject({ seq: 3, outcome: 'told' });
      await expect(history.append(entry('c-1', 3, stories.note()), 2)).rejects.toThrow(RetryableError);
      await other.close();
    });

    it.each([
      ['an entry behind a case that is not there', entry('c-9', 0, stories.told()), 3],
      ['a first entry that opens nothing', entry('c-9', 0, stories.told()), 0],
      ['a case opened a second time', opened({ caseId: 'c-9' }), 1],
      ['a time that is none', { ...opened({ caseId: 'c-9' }), at: 'yesterday' }, 0],
      ['a case without an id', opened({ caseId: '' }), 0],
    ])('refuses %s', async (_, wrong, expectedSeq) => {
      await expect(history.append(wrong, expectedSeq)).rejects.toThrow(TerminalError);

      expect(await history.get('c-9')).toBeNull();
      expect(await history.entries('c-9')).toEqual([]);
    });

    it('keeps a state of 900 KB, that no packing makes smaller, whole', async () => {
      const noise = randomBytes(675_000).toString('base64');
      const before = { ...small, tags: { noise } };
      await history.append(opened({ caseId: 'c-1' }), 0);

      await history.append(entry('c-1', 1, stories.intent(before)), 1);

      const other = await store.open();
      expect((await other.get('c-1'))?.intent?.before).toEqual(before);
      expect((await other.openCases(key))[0]?.intent?.before).toEqual(before);
      expect((await other.find({ limit: 5 })).cases[0]?.intent?.before).toEqual(before);
      expect((await other.entries('c-1'))[1]?.story).toEqual(stories.intent(before));
      await history.append(entry('c-1', 2, stories.fixed()), 2);
      expect(await verify(other, 'c-1')).toBeNull();
      await other.close();
    });

    it.each([
      'a/b//../c',
      `'; drop table cases; --`,
      '"quoted" \\ back',
      'with#hash#and%23percent',
      '😀 ünïcödé 中文 \u0000 \u202e',
      'x'.repeat(5000),
    ])('keeps hostile names apart: %j', async (name) => {
      const resource = group(name);
      const evil = { caseId: name, resource, control: name, actor: person(name), why: name };
      await history.append(opened(evil), 0);
      await history.append(opened({ ...evil, caseId: `${name}#`, resource: group(`${name}#`) }), 0);
      await history.append(entry(name, 1, stories.fixed(true)), 1);

      expect(await history.get(name)).toMatchObject({ why: name, resource, control: name });
      expect((await history.latest(resourceKey(resource), name))?.caseId).toBe(name);
      expect(await history.openCases(resourceKey(resource))).toHaveLength(1);
      expect((await history.find({ actor: name, limit: 9 })).cases).toHaveLength(2);
      expect((await history.find({ resourceKey: resourceKey(resource), limit: 9 })).cases).toHaveLength(1);
      expect(await history.fixesSince(resourceKey(resource), name, 0)).toBe(1);
      expect(await history.lease(name, name, startMs + 9, startMs)).toBe(true);
      await history.set(name, name);
      expect(await history.setting(name)).toBe(name);
      expect(await verify(history, name)).toBeNull();
    });
  });

  describe('the chain', () => {
    beforeEach(() => fixedCase('c-1'));

    it.each([
      ['a changed entry', () => store.change('c-1', 2, (json) => json.replace('snapshut', 'somebody'))],
      ['a changed hash', () => store.change('c-1', 2, (json) => json.replace(/"hash":"./, '"hash":"x'))],
      ['a cut entry', () => store.cut('c-1', 2)],
      ['a missing last entry', () => store.cut('c-1', 3)],
    ])('shows %s', async (_, tamper) => {
      expect(await verify(history, 'c-1')).toBeNull();

      await tamper();

      expect(await verify(history, 'c-1')).toMatch(/was changed|missing/);
    });

    it('says so when there is no such case', async () => {
      expect(await verify(history, 'c-2')).toBe('there is no such case');
    });
  });

  describe('reading', () => {
    it('knows nothing at first', async () => {
      expect(await history.get('c-1')).toBeNull();
      expect(await history.latest(key, 'public-port')).toBeNull();
      expect(await history.openCases(key)).toEqual([]);
      expect(await history.entries('c-1')).toEqual([]);
      expect(await history.find({ limit: 10 })).toEqual({ cases: [], cursor: null });
      expect(await history.untold(10)).toEqual([]);
      expect(await history.fixesSince(key, 'public-port', 0)).toBe(0);
    });

    it('answers the case opened last, also of the same millisecond', async () => {
      await history.append(opened({ caseId: 'c-2' }), 0);
      await history.append(opened({ caseId: 'c-1' }), 0);
      await history.append(opened({ caseId: 'c-3', control: 'open-egress' }), 0);
      await history.append(entry('c-2', 1, stories.told()), 1);

      expect((await history.latest(key, 'public-port'))?.caseId).toBe('c-1');
    });

    it('lists a case as open until it is closed, and again when it is opened anew', async () => {
      const openIds = async () => (await history.openCases(key)).map((one) => one.caseId).sort();
      await history.append(opened({ caseId: 'c-1' }), 0);
      await history.append(opened({ caseId: 'c-2', control: 'open-egress' }), 0);
      await history.append(opened({ caseId: 'c-3', resource: group('sg-2') }), 0);
      expect(await openIds()).toEqual(['c-1', 'c-2']);

      await history.append(entry('c-1', 1, stories.fixed()), 1);
      expect(await openIds()).toEqual(['c-2']);

      await history.append(entry('c-1', 2, stories.fixed(true)), 2);
      expect(await openIds()).toEqual(['c-1', 'c-2']);
    });

    it('counts the fixes of one resource and control since a time', async () => {
      await fixedCase('c-1', 0);
      await fixedCase('c-2', 1000);
      await history.append(entry('c-2', 2000, stories.fixed()), 3);
      await history.append(opened({ caseId: 'c-3', control: 'open-egress' }), 0);
      await history.append(entry('c-3', 2000, stories.fixed()), 1);

      expect(await history.fixesSince(key, 'public-port', startMs)).toBe(3);
      expect(await history.fixesSince(key, 'public-port', startMs + 1002)).toBe(2);
      expect(await history.fixesSince(key, 'public-port', startMs + 1003)).toBe(1);
      expect(await history.fixesSince(key, 'public-port', startMs + 2001)).toBe(0);
    });
  });

  describe('find', () => {
    const count = 250;
    const all = Array.from({ length: count }, (_, n) => n);
    const id = (n: number) => `c-${String(n).padStart(4, '0')}`;
    beforeEach(async () => {
      for (let from = 0; from < count; from += 25) {
        await Promise.all(all.slice(from, from + 25).map(fill));
      }
    });

    /** Pairs share a millisecond; every property has its own period, so that each filter finds its own. */
    async function fill(n: number): Promise<void> {
      const resource = group(`sg-${n % 7}`, n % 5 === 0 ? '999999999999' : '123456789012');
      const control = n % 3 === 0 ? 'open-egress' : 'public-port';
      const actor = n % 4 === 0 ? null : person(n % 2 === 0 ? 'anna' : 'ben');
      const atMs = Math.floor(n / 2) * 1000;
      const severity = n % 11 === 0 ? 'critical' : 'low';
      const provider = n % 13 === 0 ? 'openstack' : 'aws';
      const name = n % 6 === 0 ? 'Web-Server (blue)' : `worker ${n}`;
      const more = { severity, provider, name } as const;
      await history.append(opened({ caseId: id(n), atMs, resource, control, actor, ...more }), 0);
      if (n % 2 === 0) await history.append(entry(id(n), atMs + 1, stories.closed()), 1);
      else if (n % 3 === 0) await history.append(entry(id(n), atMs + 1, stories.told()), 1);
    }

    async function pages(query: Omit<CaseQuery, 'limit'>, limit: number): Promise<string[]> {
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await history.find({ ...query, limit, ...(cursor === null ? {} : { cursor }) });
        expect(page.cases.length).toBeLessThanOrEqual(limit);
        found.push(...page.cases.map((one) => one.caseId));
        cursor = page.cursor;
      } while (cursor !== null);
      return found;
    }

    const of = (n: number) => resourceKey(group(`sg-${n}`));
    const filters: [string, Omit<CaseQuery, 'limit'>, (n: number) => boolean][] = [
      ['nothing', {}, () => true],
      ['control', { control: 'open-egress' }, (n) => n % 3 === 0],
      ['account', { account: '999999999999' }, (n) => n % 5 === 0],
      ['actor', { actor: 'anna' }, (n) => n % 4 === 2],
      ['outcome', { outcome: 'clean' }, (n) => n % 2 === 0],
      ['another outcome', { outcome: 'told' }, (n) => n % 2 === 1 && n % 3 === 0],
      ['what is open', { open: true }, (n) => n % 2 === 1],
      ['what is closed', { open: false }, (n) => n % 2 === 0],
      ['resource', { resourceKey: of(3) }, (n) => n % 7 === 3 && n % 5 !== 0 && n % 13 !== 0],
      ['since', { since: at(100_000) }, (n) => n >= 200],
      ['until', { until: at(100_000) }, (n) => n < 200],
      ['a span', { since: at(20_000), until: at(21_000) }, (n) => n === 40 || n === 41],
      [
        'resource and control',
        { resourceKey: of(3), control: 'open-egress' },
        (n) => n % 7 === 3 && n % 5 !== 0 && n % 3 === 0 && n % 13 !== 0,
      ],
      ['severity', { severity: 'critical' }, (n) => n % 11 === 0],
      ['provider', { provider: 'openstack' }, (n) => n % 13 === 0],
      ['words of a name', { text: 'blue WEB' }, (n) => n % 6 === 0],
      ['the beginnings of words', { text: 'serv we' }, (n) => n % 6 === 0],
      ['a word and a short one', { text: 'worker 11' }, (n) => n % 6 !== 0 && String(n).startsWith('11')],
      ['the middle of a word', { text: 'erver' }, () => false],
      [
        'words, severity, account and time',
        { text: 'worker', severity: 'critical', account: '123456789012', until: at(100_000) },
        (n) => n % 6 !== 0 && n % 11 === 0 && n % 5 !== 0 && n < 200,
      ],
      [
        'words of one resource',
        { text: 'blue', resourceKey: of(3) },
        (n) => n % 7 === 3 && n % 5 !== 0 && n % 6 === 0 && n % 13 !== 0,
      ],
      [
        'all together',
        { actor: 'ben', control: 'public-port', account: '123456789012', open: true, since: at(50_000) },
        (n) => n % 2 === 1 && n % 3 !== 0 && n % 5 !== 0 && n >= 100,
      ],
      ['what nobody did', { actor: 'nobody' }, () => false],
    ];

    it('finds by each property and by several, newest first, on pages of any size', async () => {
      for (const [name, query, matches] of filters) {
        const wanted = all.filter(matches).map(id).reverse();
        for (const limit of [7, 100, 1000]) expect(await pages(query, limit), name).toEqual(wanted);
      }
    });
  });

  describe('a question that makes no sense', () => {
    it.each([
      '',
      'nonsense',
      'bnVsbA',
      '🐢',
      Buffer.from('["1",2]').toString('base64url'),
    ])('refuses the cursor %j', async (cursor) => {
      await expect(history.find({ limit: 5, cursor })).rejects.toThrow(TerminalError);
    });

    it.each([
      ['no limit', { limit: 0 }],
      ['half a case', { limit: 1.5 }],
      ['a time that is none', { limit: 5, since: 'last week' }],
      ['a search that would walk everything', { limit: 5, text: 'a b% _' }],
      ['an empty search', { limit: 5, text: '' }],
    ])('refuses %s', async (_, query) => {
      await expect(history.find(query)).rejects.toThrow(TerminalError);
    });
  });

  describe('a lease', () => {
    it('has one winner among twenty', async () => {
      const taken = await Promise.all(
        Array.from({ length: 20 }, (_, n) => history.lease('k', `owner-${n}`, startMs + 1000, startMs)),
      );

      expect(taken.filter(Boolean)).toHaveLength(1);
    });

    it.each([
      ['is renewed by its owner', 'anna', 500, true],
      ['is refused to others while it lasts', 'ben', 999, false],
      ['is free when it has run out', 'ben', 1000, true],
    ])('%s', async (_, owner, afterMs, wanted) => {
      await history.lease('k', 'anna', startMs + 1000, startMs);

      expect(await history.lease('k', owner, startMs + 5000, startMs + afterMs)).toBe(wanted);
    });

    it('is released by its owner only', async () => {
      await history.lease('k', 'anna', startMs + 1000, startMs);

      await history.release('k', 'ben');
      expect(await history.lease('k', 'ben', startMs + 1000, startMs)).toBe(false);
      await history.release('k', 'anna');
      await history.release('k', 'anna');
      expect(await history.lease('k', 'ben', startMs + 1000, startMs)).toBe(true);
    });
  });

  describe('a reservation', () => {
    const ask = (id: string, afterMs = 0, max = 5, counter = 'fixes/aws/1') =>
      history.reserve({ counter, id, max, windowMs: 1000, nowMs: startMs + afterMs });

    it('is never given to more than the limit, however many ask together', async () => {
      const given = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(`id-${n}`)));

      expect(given.filter(Boolean)).toHaveLength(5);
      expect(await ask('another')).toBe(false);
      expect(await ask('another', 0, 5, 'fixes/aws/2')).toBe(true);
    });

    it('counts the same id once, also when it is asked for together', async () => {
      const given = await Promise.all(Array.from({ length: 10 }, () => ask('same', 0, 2)));
      expect(given).toEqual(Array(10).fill(true));

      expect(await ask('second', 0, 2)).toBe(true);
      expect(await ask('third', 0, 2)).toBe(false);
      expect(await ask('same', 0, 2)).toBe(true);
    });

    it('slides: a place is free again when its own window has passed', async () => {
      expect(await ask('a', 0, 2)).toBe(true);
      expect(await ask('b', 600, 2)).toBe(true);
      expect(await ask('c', 999, 2)).toBe(false);
      expect(await ask('c', 1000, 2)).toBe(true);
      expect(await ask('d', 1599, 2)).toBe(false);
      expect(await ask('d', 1600, 2)).toBe(true);
      expect(await ask('a', 1600, 2)).toBe(false);
    });

    it('follows a limit that shrinks and grows', async () => {
      for (const id of ['a', 'b', 'c']) expect(await ask(id, 0, 3)).toBe(true);

      expect(await ask('d', 0, 2)).toBe(false);
      expect(await ask('d', 0, 0)).toBe(false);
      expect(await ask('d', 0, 4)).toBe(true);
      expect(await ask('e', 0, Number.POSITIVE_INFINITY)).toBe(true);
      expect(await ask('f', 0, Number.NaN)).toBe(false);
    });
  });

  describe('telling', () => {
    const untold = async (limit = 100) => (await history.untold(limit)).map((one) => one.caseId);

    it('lists a case from an entry that people are told of until they were told', async () => {
      await history.append(opened({ caseId: 'c-1' }), 0);
      await history.append(entry('c-1', 1, stories.intent(small)), 1);
      expect(await untold()).toEqual([]);

      await history.append(entry('c-1', 2, stories.fixed()), 2);
      expect(await untold()).toEqual(['c-1']);

      await history.told('c-1', 3);
      expect(await untold()).toEqual([]);
      await history.append(entry('c-1', 3, stories.note()), 3);
      expect(await untold()).toEqual([]);
    });

    it('lists it again when more happened while they were told', async () => {
      await fixedCase('c-1');
      await history.append(entry('c-1', 3, stories.unfixed()), 3);

      await history.told('c-1', 3);
      expect(await untold()).toEqual(['c-1']);
      await history.told('c-1', 4);
      await history.told('c-1', 2);
      expect(await untold()).toEqual([]);
    });

    it('gives the longest waiting first, and no more than asked for', async () => {
      for (const [n, caseId] of ['c-3', 'c-1', 'c-2'].entries()) await fixedCase(caseId, n * 100);

      expect(await untold(2)).toEqual(['c-3', 'c-1']);
    });

    it('keeps for each channel what it has not told, whatever the others have', async () => {
      const all = ['slack', 'webhook'];
      const lacks = async (channel: string) => (await history.untold(9, channel)).map((one) => one.caseId);
      await fixedCase('c-1');
      await fixedCase('c-2', 100);

      await history.told('c-1', 3, { channel: 'slack', all });

      expect(await lacks('slack')).toEqual(['c-2']);
      expect(await lacks('webhook')).toEqual(['c-1', 'c-2']);
      expect(await untold()).toEqual(['c-1', 'c-2']);
      expect([await history.toldBy('c-1', 'slack'), await history.toldBy('c-1', 'webhook')]).toEqual([3, 0]);

      await history.told('c-1', 3, { channel: 'webhook', all });
      expect(await untold()).toEqual(['c-2']);
      expect(await lacks('webhook')).toEqual(['c-2']);
    });

    it('lists a case again for a channel that has told of an earlier entry only', async () => {
      const all = ['slack', 'webhook'];
      await fixedCase('c-1');
      for (const channel of all) await history.told('c-1', 3, { channel, all });
      await history.append(entry('c-1', 3, stories.unfixed()), 3);

      await history.told('c-1', 4, { channel: 'webhook', all });
      await history.told('c-1', 2, { channel: 'webhook', all });

      expect((await history.untold(9, 'slack')).map((one) => one.caseId)).toEqual(['c-1']);
      expect(await history.untold(9, 'webhook')).toEqual([]);
      expect([await history.toldBy('c-1', 'slack'), await history.toldBy('c-1', 'webhook')]).toEqual([3, 4]);
    });

    it('stops waiting for a channel that there is no more', async () => {
      await fixedCase('c-1');
      await history.told('c-1', 3, { channel: 'slack', all: ['slack', 'pagerduty'] });
      expect(await untold()).toEqual(['c-1']);

      await history.told('c-1', 3, { channel: 'slack', all: ['slack'] });

      expect(await untold()).toEqual([]);
    });

    it('finds more waiting cases behind very many that the channel has told', async () => {
      const all = ['slack', 'webhook'];
      for (let n = 0; n < 120; n++) {
        await fixedCase(`c-${n}`, n);
        if (n < 115) await history.told(`c-${n}`, 3, { channel: 'slack', all });
      }

      const ids = (await history.untold(3, 'slack')).map((one) => one.caseId);
      expect(ids).toEqual(['c-115', 'c-116', 'c-117']);
    });

    it('says so when told of a case that is not there', async () => {
      await expect(history.told('c-9', 1)).rejects.toThrow(TerminalError);
      const by = { channel: 'slack', all: ['slack'] };
      await expect(history.told('c-9', 1, by)).rejects.toThrow(TerminalError);
      expect(await history.toldBy('c-9', 'slack')).toBe(0);
    });
  });

  describe('exemptions', () => {
    const until = (year: number) => `${year}-12-31T00:00:00.000Z`;
    const exemption = (id: string, year: number) => ({
      resourceKey: resourceKey(group(id)),
      control: 'public-port',
      until: until(year),
      reason: 'a partner',
      by: 'anna',
      covers: null,
    });

    it('are kept for their resource, ended ones too, newest end first', async () => {
      await history.exempt(exemption('sg-1', 2026));
      await history.exempt(exemption('sg-2', 2027));
      await history.exempt(exemption('sg-1', 2020));
      await history.exempt({ ...exemption('sg-1', 2028), covers: ['exposure'] });
      await history.exempt(exemption('sg-1', 2026));

      const mine = await history.exemptions(key);
      expect(mine.map((one) => one.until)).toEqual([until(2028), until(2026), until(2020)]);
      expect(mine[1]).toEqual(exemption('sg-1', 2026));
      const all = await history.allExemptions();
      expect(all.map((one) => one.until)).toEqual([2028, 2027, 2026, 2020].map(until));
    });

    it('need an end', async () => {
      const endless = { ...exemption('sg-1', 2026), until: 'never' };

      await expect(history.exempt(endless)).rejects.toThrow(TerminalError);
      expect(await history.allExemptions()).toEqual([]);
    });
  });

  describe('what people did', () => {
    const act = (by: string) => ({
      at: at(0),
      by,
      role: 'admin',
      act: 'freeze',
      about: null,
      outcome: 'done',
      from: '127.0.0.1',
    });

    it('is one chain, newest first, in pages', async () => {
      for (const by of ['anna', 'ben', '<script>', 'dora']) await history.record(act(by));

      const all = await history.acts(10);
      expect(all.map((one) => [one.seq, one.by])).toEqual([
        [4, 'dora'],
        [3, '<script>'],
        [2, 'ben'],
        [1, 'anna'],
      ]);
      expect(brokenActs(all)).toBeNull();
      expect(await history.acts(2)).toEqual(all.slice(0, 2));
      expect(await history.acts(2, 3)).toEqual(all.slice(2));
    });

    it('loses nothing when several do something together', async () => {
      const other = await store.open();
      const people = Array.from({ length: 12 }, (_, n) => `person ${n}`);

      await Promise.all(people.map((by, n) => (n % 2 === 0 ? history : other).record(act(by))));

      const all = await history.acts(20);
      expect(all.map((one) => one.by).sort()).toEqual(people.toSorted());
      expect(brokenActs(all)).toBeNull();
      await other.close();
    });

    it('shows a changed or a missing act', async () => {
      for (const by of ['anna', 'ben', 'carl']) await history.record(act(by));
      const [third, second, first] = (await history.acts(3)) as [Act, Act, Act];

      expect(brokenActs([third, first])).toBe('act 2 is missing');
      expect(brokenActs([third, { ...second, by: 'nobody' }, first])).toBe('act 2 was changed');
    });
  });

  describe('settings', () => {
    it.each<[string, Json]>([
      ['null', null],
      ['false', false],
      ['zero', 0],
      ['empty text', ''],
      ['text', 'ünïcödé "quoted"'],
      ['a list', [1, null, ['a']]],
      ['an object', { frozen: true, by: { name: 'anna' }, none: null }],
      ['much', 'x'.repeat(300_000)],
    ])('keep %s', async (_, value) => {
      await history.set('frozen', 'before');
      await history.set('frozen', value);

      expect(await history.setting('frozen')).toEqual(value);
      expect(await history.setting('unknown')).toBeNull();
    });
  });

  it('everything is still there for the next process', async () => {
    await fixedCase('c-1');
    await history.set('frozen', true);
    await history.close();

    history = await store.open();

    expect(await history.get('c-1')).toMatchObject({ outcome: 'fixed', seq: 3 });
    expect((await history.untold(5)).map((one) => one.caseId)).toEqual(['c-1']);
    expect(await history.setting('frozen')).toBe(true);
    await history.append(entry('c-1', 9, stories.note()), 3);
    expect(await verify(history, 'c-1')).toBeNull();
  });
}
