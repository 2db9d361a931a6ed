import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import { resourceKey } from '../../lib/model.ts';
import { snapshut } from '../e2e/cli.ts';
import { group, opened, person, stories } from '../history/samples.ts';

/** The report as somebody types it, over a history of last week. */

const dayMs = 86_400_000;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'snapshut-'));
  const history = SqliteHistory.open(join(home, 'history.sqlite'));
  const nowMs = Date.now();
  const ago = (ms: number) => new Date(nowMs - ms).toISOString();
  for (const [n, minutes] of [1, 2, 9].entries()) {
    const made = opened({ caseId: `c-${n}`, actor: person(n < 2 ? 'anna' : 'ben') });
    const at = 7 * dayMs - n;
    await history.append({ ...made, at: ago(at) }, 0);
    const fixed = { caseId: `c-${n}`, eventId: 'e', story: stories.fixed() };
    await history.append({ ...fixed, at: ago(at - minutes * 60_000) }, 1);
  }
  await history.append({ ...opened({ caseId: 'c-open', name: 'left | open' }), at: ago(dayMs) }, 0);
  await history.append({ ...opened({ caseId: 'c-old' }), at: ago(40 * dayMs) }, 0);
  const exemption = {
    resourceKey: resourceKey(group('sg-1')),
    control: 'public-port',
    by: 'anna',
    covers: null,
  };
  await history.exempt({ ...exemption, until: ago(-3 * dayMs), reason: 'ends soon' });
  await history.exempt({ ...exemption, until: ago(-90 * dayMs), reason: 'ends later' });
  await history.exempt({ ...exemption, until: ago(dayMs), reason: 'has ended' });
  await history.close();
});

const run = (...args: string[]) => snapshut(['report', ...args], { endpoint: '', home });

describe('the report', () => {
  it('says what was shut, how fast, who opened most and which exemptions end soon', async () => {
    const { lines, code } = await run('--since', '30d', '--json');

    expect(code).toBe(0);
    expect(lines).toMatchObject([
      {
        cases: 4,
        shut: 3,
        meanMs: 4 * 60_000,
        topOpeners: [
          ['anna', 2],
          ['ben', 1],
        ],
        shutCases: [{ caseId: 'c-2' }, { caseId: 'c-1' }, { caseId: 'c-0' }],
        leftOpen: [{ caseId: 'c-open' }],
        exemptionsEnding: [{ reason: 'ends soon' }],
      },
    ]);
    const median = Number(lines[0]?.medianMs);
    expect(Math.abs(median / 120_000 - 1)).toBeLessThan(0.05);
  });

  it('is Markdown unless asked otherwise', async () => {
    const { stdout } = await run();

    expect(stdout).toContain('- open until shut, mean: **4 min**');
    expect(stdout).toContain('| anna | 2 |');
    expect(stdout).toContain('left \\| open');
    expect(stdout).not.toContain('ends later');
  });

  it('is a page that stands by itself', async () => {
    const file = join(home, 'month.html');
    const { code, stdout } = await run('--html', file);
    const text = await readFile(file, 'utf8');

    expect([code, stdout]).toEqual([0, '']);
    expect(text).toContain('<b>4 min</b>');
    expect(text).not.toMatch(/<script|https?:\/\//);
  });

  it('refuses a time that is none', async () => {
    expect((await run('--since', 'last month')).code).toBe(2);
  });
});

describe('sign-in', () => {
  it('prints a link that works once, for a role', async () => {
    const { lines } = await snapshut(['sign-in', '--role', 'viewer', '--user', 'ben', '--json'], {
      endpoint: '',
      home,
    });

    expect(lines).toMatchObject([
      { url: expect.stringMatching(/\/console\/sign-in\?token=[\w-]{43}$/), user: 'ben', role: 'viewer' },
    ]);
    expect((await snapshut(['sign-in', '--role', 'king'], { endpoint: '', home })).code).toBe(2);
  });
});
