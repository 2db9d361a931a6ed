import { describe, expect, test } from 'vitest';
import { notReplayed, notReplayedCalls } from '../../lib/backtest/not-replayed.ts';
import { reducers } from '../../lib/backtest/reducers.ts';
import { controls } from '../../lib/controls/registry.ts';
import { rowOf } from '../../lib/events/cloudtrail-table.ts';
import { stories } from './stories.ts';
import { storiesOfSettings } from './stories-of-settings.ts';

const shown = new Set([...stories, ...storiesOfSettings].map(([, , , control]) => control));
/** Firewalls in firewall.test.ts; what closes by itself, and what is off unless it is asked for, in exposures.test.ts. */
const elsewhere = ['public-port', 'open-egress', 'mail-egress', 'risky-sign-in'];

describe('what a backtest covers', () => {
  test.each(controls.map((one) => one.name))('%s is replayed, or it is said why not', (name) => {
    const isReplayed = shown.has(name) || elsewhere.includes(name);

    expect(isReplayed).toBe(!Object.hasOwn(notReplayed, name));
  });

  test.each([...rowOf.keys()])('%s is replayed, or it is said why not', (call) => {
    expect(reducers.has(call)).toBe(!Object.hasOwn(notReplayedCalls, call));
  });

  test('the lists of what is not replayed name nothing that is not there', () => {
    expect(Object.keys(notReplayed).filter((name) => !controls.some((one) => one.name === name))).toEqual([]);
    expect(Object.keys(notReplayedCalls).filter((call) => !rowOf.has(call))).toEqual([]);
  });
});
