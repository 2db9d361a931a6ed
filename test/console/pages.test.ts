import { beforeEach, describe, expect, it } from 'vitest';
import { csvHead } from '../../lib/console/csv.ts';
import { EventMarks, lastEvent, markedSweep } from '../../lib/health.ts';
import { reconcile } from '../../lib/reconcile.ts';
import { firewall, group, opened, rule } from '../loop/harness.ts';
import { type Console, makeConsole } from './world.ts';

let console_: Console;
beforeEach(() => {
  console_ = makeConsole();
});

async function shutCase(): Promise<string> {
  const { world } = console_;
  world.cloud.put(
    group,
    firewall([
      rule('r-1', { description: 'just for today' }),
      rule('r-2', { peer: { type: 'cidr', cidr: '10.0.0.0/8' } }),
    ]),
  );
  const [line] = await reconcile(group, opened, world.loop);
  return line?.caseId ?? '';
}

describe('the page of a case', () => {
  it('tells what was open, to whom, since when, who, what we did and how to put it back', async () => {
    const caseId = await shutCase();
    const anna = await console_.signIn('approver');

    const page = await (await anna.get(`/console/cases/${caseId}`)).text();

    for (const text of [
      'tcp/22 (ssh) to the whole internet (0.0.0.0/0)',
      '2026-11-24 08:00:00',
      'user/alice (console, 203.0.113.7)',
      'AuthorizeSecurityGroupIngress',
      'tcp/22 (ssh) from 0.0.0.0/0 (r-1)  “just for today”',
      'tcp/22 (ssh) from 10.0.0.0/8 (r-2)',
      'Shut, and a fresh read shows it',
      `npx snapshut undo ${caseId}`,
      'All 3 entries are chained and unchanged.',
    ])
      expect(page).toContain(text);
    expect(page).toMatch(/<li class="out">.*r-1/);
    expect(page).toMatch(/<li class="stays">.*r-2/);
  });

  it('puts it back exactly, once, and says who did', async () => {
    const caseId = await shutCase();
    const { world } = console_;
    const anna = await console_.signIn('approver');
    expect(await rules()).toEqual(['r-2']);

    const answer = await anna.post(`/console/cases/${caseId}/undo`, { for: '7d' });
    const again = await anna.post(`/console/cases/${caseId}/undo`, { for: '7d' });

    expect(answer.headers.get('location')).toBe(`/console/cases/${caseId}?answered=undo-undone`);
    expect(again.headers.get('location')).toBe(`/console/cases/${caseId}?answered=undo-refused`);
    expect(await rules()).toHaveLength(2);
    expect((await world.history.acts(2)).map((one) => [one.act, one.about, one.outcome])).toEqual([
      ['undo', caseId, 'refused'],
      ['undo', caseId, 'undone'],
    ]);
    expect(await (await anna.get('/console/exemptions')).text()).toContain('put back with undo');
  });

  async function rules(): Promise<string[]> {
    const [reading] = await console_.world.cloud.read([group]);
    if (reading?.status !== 'found' || reading.state.kind !== 'firewall') return [];
    return reading.state.rules.map((one) => one.id);
  }

  it('approves the plan that was looked at, and no other', async () => {
    const { world } = console_;
    world.policy.mode = 'ask';
    world.cloud.put(group, firewall([rule('r-1')]));
    const [line] = await reconcile(group, opened, world.loop);
    const path = `/console/cases/${line?.caseId}`;
    const anna = await console_.signIn('approver');
    const page = await (await anna.get(path)).text();
    const plan = /name="plan" value="(\w+)"/.exec(page)?.[1] ?? '';
    expect(await (await anna.get('/console/waiting')).text()).toContain(path);

    const other = await anna.post(`${path}/approve`, { plan: 'another' });
    expect(other.headers.get('location')).toBe(`${path}?answered=approve-changed`);
    expect(await rules()).toEqual(['r-1']);
    const right = await anna.post(`${path}/approve`, { plan });
    expect(right.headers.get('location')).toBe(`${path}?answered=approve-fixed`);
    expect(await rules()).toEqual([]);
    expect(await (await anna.get('/console/waiting')).text()).toContain('Nothing waits.');
  });

  it.each([
    ['without a reason', { for: '7d', reason: ' ' }, 'incomplete'],
    ['without an end', { reason: 'a partner' }, 'incomplete'],
    ['for ever', { for: '9999w', reason: 'a partner' }, 'incomplete'],
    ['for a week and a reason', { for: '7d', reason: 'a partner' }, 'exempt'],
  ])('exempts %s: %s', async (_, form, outcome) => {
    const { world } = console_;
    world.policy.mode = 'tell';
    world.cloud.put(group, firewall([rule('r-1')]));
    const [line] = await reconcile(group, opened, world.loop);
    const anna = await console_.signIn('approver');

    const answer = await anna.post(`/console/cases/${line?.caseId}/exempt`, form);

    expect(answer.headers.get('location')).toContain(`answered=exempt-${outcome}`);
    expect(await world.history.allExemptions()).toHaveLength(outcome === 'exempt' ? 1 : 0);
  });

  it('is not answered by whom the policy does not ask, whatever they send', async () => {
    const caseId = await shutCase();
    const strict = makeConsole(
      { mayAnswer: async () => ({ may: false, why: 'you are not asked' }) },
      console_.world,
    );
    const ben = await strict.signIn('approver', 'ben');

    const page = await (await ben.get(`/console/cases/${caseId}`)).text();
    const answer = await ben.post(`/console/cases/${caseId}/undo`, { for: '7d' });

    expect(page).toContain('you are not asked');
    expect(page).not.toContain('/undo"');
    expect(answer.headers.get('location')).toContain('undo-forbidden');
    expect((await console_.world.history.get(caseId))?.outcome).toBe('fixed');
  });

  it('shows a history that was tampered with as such', async () => {
    const caseId = await shutCase();
    const entries = await console_.world.history.entries(caseId);
    console_.world.history.entries = async () => entries.slice(0, 2);
    const anna = await console_.signIn('viewer');

    expect(await (await anna.get(`/console/cases/${caseId}`)).text()).toContain(
      'The history of this case cannot be trusted',
    );
  });

  it('that does not exist is not found', async () => {
    const anna = await console_.signIn('viewer');
    expect((await anna.get('/console/cases/c-unknown')).status).toBe(404);
  });
});

describe('the timeline', () => {
  it.each([
    ['outcome=fixed', true],
    ['outcome=asked', false],
    ['severity=critical', true],
    ['severity=low', false],
    ['provider=memory', true],
    ['provider=aws', false],
    ['account=123456789012', true],
    ['account=1', false],
    ['control=public-port', true],
    ['control=open-egress', false],
    ['actor=arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2Falice', true],
    ['actor=bob', false],
    ['resource=memory%2F123456789012%2Feu-central-1%2Ffirewall%2Fsg-1', true],
    ['resource=none', false],
    ['q=web', true],
    ['q=database', false],
    ['since=1h', true],
    ['from=2026-11-24T00:00&to=2026-11-24T23:00', true],
    ['from=2026-11-25T00:00', false],
    ['open=1', false],
  ])('filtered by %s shows the case: %s', async (query, isThere) => {
    const caseId = await shutCase();
    const anna = await console_.signIn('viewer');

    const page = await (await anna.get(`/console?${query}`)).text();
    const taken = (await (await anna.get(`/console/cases.json?${query}`)).json()) as { cases: unknown[] };

    expect(page.includes(`/console/cases/${caseId}"`)).toBe(isThere);
    expect(taken.cases).toHaveLength(isThere ? 1 : 0);
  });

  it.each([
    'outcome=nonsense',
    'q=%2A',
    'since=ever',
    'from=x',
  ])('says that %s makes no sense', async (query) => {
    await shutCase();
    const anna = await console_.signIn('viewer');
    const answer = await anna.get(`/console?${query}`);
    expect([answer.status, (await answer.text()).includes('role="alert"')]).toEqual([200, true]);
  });

  it('refuses a cursor that it did not make', async () => {
    const anna = await console_.signIn('viewer');
    expect((await anna.get('/console?cursor=x')).status).toBe(400);
  });

  it('leads to a case whose name is pasted', async () => {
    const anna = await console_.signIn('viewer');
    const caseId = 'c1k86n65rsc60aea8718';
    const { history } = console_.world;
    const found = await shutCase();
    const entries = await history.entries(found);
    if (entries[0]) await history.append({ ...entries[0], caseId }, 0);

    expect((await anna.get(`/console?q=${caseId}`)).headers.get('location')).toBe(`/console/cases/${caseId}`);
  });

  it('is taken away as a table, which is an act', async () => {
    const caseId = await shutCase();
    const anna = await console_.signIn('viewer');

    const answer = await anna.get('/console/cases.csv?outcome=fixed');
    const text = await answer.text();

    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="cases.csv"');
    expect(text).toContain(csvHead);
    expect(text.split('\r\n')).toHaveLength(3);
    expect(text).toContain(`"${caseId}"`);
    expect(await console_.world.history.acts(1)).toMatchObject([{ act: 'export csv', by: 'anna' }]);
  });
});

describe('the page about the service itself', () => {
  it('tells of the queue, dead letters, the last event of each account and the last sweep', async () => {
    const letter = {
      id: 1,
      eventId: 'event-9',
      body: '',
      receivedMs: 0,
      tries: 5,
      reason: 'malformed <event>',
      deadMs: 0,
    };
    const queue = async () => ({ waiting: 3, taken: 1, dead: 1, oldestAgeMs: 7 * 60_000 });
    const made = makeConsole({ health: { queue, deadLetters: async () => [letter] } }, console_.world);
    const { history, clock } = made.world;
    const account = { provider: 'memory' as const, account: '123456789012', regions: [] };
    await new EventMarks({ history, dryRun: false }, [account]).note(
      [account],
      new Date(clock.nowMs - 120_000),
    );
    const outcomes = (async function* () {
      yield { outcome: 'clean' };
      yield { outcome: 'fixed' };
    })();
    for await (const _ of markedSweep(outcomes, { history, dryRun: false }, () => new Date(clock.nowMs)));

    const text = await (await (await made.signIn('viewer')).get('/console/health')).text();

    for (const part of [
      '<b>3</b> waiting',
      '<b>7 min</b> age of the oldest',
      '<b>1</b> dead letters',
      'malformed &lt;event&gt;',
      '2 min ago',
      '1 clean, 1 fixed',
    ])
      expect(text).toContain(part);
  });

  it('is there when the queue cannot be asked', async () => {
    const said: string[] = [];
    const queue = () => Promise.reject(new Error('access denied'));
    const made = makeConsole({
      health: { queue, deadLetters: async () => null },
      warn: (text) => said.push(text),
    });

    const answer = await (await made.signIn('viewer')).get('/console/health');

    expect([answer.status, (await answer.text()).includes('cannot be asked')]).toEqual([200, true]);
    expect(said).toEqual(['the queue cannot be asked: access denied']);
  });

  it('takes no mark in a dry run', async () => {
    const { history } = console_.world;
    const account = { provider: 'memory' as const, account: '1', regions: [] };
    await new EventMarks({ history, dryRun: true }, [account]).note([account], new Date());
    expect(await lastEvent(history, account)).toBeNull();
  });
});

describe('blocks', () => {
  it('are shown with their ends, and let go by an admin only', async () => {
    const let_go: [string, string][] = [];
    const block = {
      client: '203.0.113.9',
      untilMs: console_.world.clock.nowMs + 3_600_000,
      times: 2,
      evidenceMs: 0,
      weight: 1,
      sets: ['set-1'],
      pending: [],
    };
    const ended = { ...block, client: '203.0.113.8', untilMs: 1 };
    const blocks = {
      list: async () => [block, ended],
      unblock: async (client: string, by: string) => {
        let_go.push([client, by]);
        return null;
      },
    };
    const made = makeConsole({ blocks }, console_.world);
    const admin = await made.signIn('admin');

    const text = await (await admin.get('/console/blocks')).text();
    expect(text).toContain('203.0.113.9');
    expect(text).not.toContain('203.0.113.8');
    expect(await (await (await made.signIn('viewer')).get('/console/blocks')).text()).not.toContain('Let go');
    const answer = await admin.post('/console/blocks/unblock', { client: '203.0.113.9' });

    expect(answer.headers.get('location')).toBe('/console/blocks?answered=done');
    expect(let_go).toEqual([['203.0.113.9', 'anna']]);
  });
});

describe('the other pages', () => {
  it.each([
    'waiting',
    'figures',
    'exemptions',
    'controls',
    'blocks',
    'health',
    'acts',
  ])('%s is there', async (place) => {
    await shutCase();
    const anna = await console_.signIn('viewer');
    const answer = await anna.get(`/console/${place}`);
    expect([answer.status, (await answer.text()).includes('aria-current="page"')]).toEqual([200, true]);
  });
});
