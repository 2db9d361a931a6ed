import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { init } from '../../lib/commands/init.ts';
import { parsePolicy } from '../../lib/config.ts';
import { controls } from '../../lib/controls/registry.ts';
import { handbookTable, recommendations } from '../../lib/profiles/handbooks.ts';
import { profiles } from '../../lib/profiles/profiles.ts';

const now = new Date('2026-11-24T00:00:00Z');

describe.each(profiles)('the profile $name', ({ name, text }) => {
  it('is a right policy file', () => {
    const { policy, problems, warnings } = parsePolicy(text, controls, { now, file: name });

    expect([problems, warnings]).toEqual([[], []]);
    expect(policy?.controls).toHaveProperty('public-port');
  });

  it('is still right when its commented examples are taken in', () => {
    const taken = text.replace(/^( *)# (?!yaml-language-server)/gm, '$1');

    expect(parsePolicy(taken, controls, { now, file: name }).problems).toEqual([]);
  });

  it('guards by every control that its handbook calls for', () => {
    const { policy } = parsePolicy(text, controls, { now, file: name });
    const called = recommendations
      .filter((one) => one.handbook === name)
      .flatMap((one) => one.controls ?? []);

    for (const control of called) expect(policy?.controls).toHaveProperty(control);
  });
});

describe('the table of the handbooks', () => {
  it.each(recommendations)('$handbook: $recommendation', ({
    controls: named = [],
    scan,
    loop,
    setting,
    why,
  }) => {
    const known = new Set(controls.map((one) => one.name));

    expect(named.filter((name) => !known.has(name))).toEqual([]);
    expect(Boolean(named.length > 0 || scan || loop || setting || why)).toBe(true);
  });

  it('has a line for every recommendation', () => {
    expect(handbookTable().split('\n')).toHaveLength(recommendations.length + 2);
  });
});

test('init writes the file once, and says what it does not know', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'snapshut-init-'));
  const file = join(folder, 'snapshut.yml');

  const first = await init({ profile: 'dair', file, force: false });
  await writeFile(file, 'mine');
  const second = await init({ profile: 'dair', file, force: false });
  const kept = await readFile(file, 'utf8');
  const forced = await init({ profile: 'cpouta-guidelines', file, force: true });
  const unknown = await init({ profile: 'nist', file, force: true });
  const written = await readFile(file, 'utf8');
  await rm(folder, { recursive: true });

  expect([first, second, forced, unknown]).toEqual([0, 2, 0, 2]);
  expect(kept).toBe('mine');
  expect(written).toContain('Pouta');
});
