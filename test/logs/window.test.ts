import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientKey } from '../../lib/logs/address.ts';
import { Watch } from '../../lib/logs/watch.ts';
import { addTo, emptyWindow, slotMs } from '../../lib/logs/window.ts';

/** The most records that any half-open stretch of one window holds, counted the slow way. */
function mostInAnyWindow(times: readonly number[], windowMs: number): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length));
}

const windowMs = 60_000;
const trace = fc.array(fc.integer({ min: 0, max: 4 * windowMs }), { maxLength: 120 });

describe('sliding windows', () => {
  test('in time order, the highest answer is exactly what the fullest window holds', () => {
    fc.assert(
      fc.property(trace, (times) => {
        const window = emptyWindow();
        const limit = { requests: 100, windowMs };

        const highest = Math.max(0, ...times.toSorted((a, b) => a - b).map((at) => addTo(window, at, limit)));

        expect(highest).toBe(mostInAnyWindow(times, windowMs));
      }),
    );
  });

  test('records up to half a window late count as if they had come in time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(4 * windowMs), fc.nat(windowMs / 2)), { maxLength: 120 }),
        (records) => {
          const limit = { requests: 100, windowMs };
          const window = emptyWindow();
          const arrived = records.toSorted((a, b) => a[0] + a[1] - (b[0] + b[1])).map(([at]) => at);

          const highest = Math.max(0, ...arrived.map((at) => addTo(window, at, limit)));

          expect(highest).toBe(mostInAnyWindow(arrived, windowMs));
        },
      ),
    );
  });

  test('in any order, never more is claimed than was sent in one window', () => {
    fc.assert(
      fc.property(trace, fc.constantFrom(3, 100, 300, 5000), (times, requests) => {
        const window = emptyWindow();

        const highest = Math.max(0, ...times.map((at) => addTo(window, at, { requests, windowMs })));

        expect(highest).toBeLessThanOrEqual(mostInAnyWindow(times, windowMs));
      }),
    );
  });

  test('slots of large limits miss at most what lies in one slot, a sixth of the window at most', () => {
    fc.assert(
      fc.property(trace, (times) => {
        const limit = { requests: 1000, windowMs };
        const window = emptyWindow();

        const highest = Math.max(0, ...times.toSorted((a, b) => a - b).map((at) => addTo(window, at, limit)));

        expect(slotMs(limit)).toBeLessThanOrEqual(windowMs / 6);
        expect(highest).toBeGreaterThanOrEqual(mostInAnyWindow(times, windowMs - slotMs(limit)));
      }),
    );
  });
});

describe('limits', () => {
  const client = { hi: 0xffffffff, lo: 1 };
  const offends = (times: readonly number[], requests: number) => {
    const watch = new Watch([{ name: 'flood', limit: { requests, windowMs } }]);
    for (const at of times) watch.see(client, at, 0b1);
    return watch.offenders().length === 1;
  };
  const spread = (count: number, fromMs: number, overMs: number) =>
    Array.from({ length: count }, (_, index) => fromMs + Math.floor((index * overMs) / count));

  test.each([
    { what: '100 in the window are allowed', times: spread(100, 0, windowMs), blocked: false },
    { what: 'the 101st in the window blocks', times: spread(101, 0, windowMs), blocked: true },
    {
      what: '101 in a little more than a window are allowed',
      times: spread(101, 0, windowMs * 1.02),
      blocked: false,
    },
    {
      what: '49 before and 52 after a full minute are 101',
      times: [...spread(49, 59_000, 1000), ...spread(52, 60_000, 1000)],
      blocked: true,
    },
    {
      what: '49 before and 49 after a full minute are 98',
      times: [...spread(49, 59_000, 1000), ...spread(49, 60_000, 1000)],
      blocked: false,
    },
  ])('$what', ({ times, blocked }) => {
    expect(offends(times, 100)).toBe(blocked);
  });

  test('agree with a brute-force counter', () => {
    fc.assert(
      fc.property(trace, fc.integer({ min: 0, max: 20 }), (times, requests) => {
        const ordered = times.toSorted((a, b) => a - b);

        expect(offends(ordered, requests)).toBe(mostInAnyWindow(ordered, windowMs) > requests);
      }),
    );
  });
});

/** Memory in use after a collection. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('a million clients', () => {
  test('are counted within a fixed table, and the one that attacks is found', () => {
    const watch = new Watch([{ name: 'flood', limit: { requests: 100, windowMs } }]);
    const attacker = clientKey('203.0.113.7');
    if (!attacker) throw new Error('no address');
    const before = heldBytes();

    for (let index = 0; index < 1_000_000; index++) {
      watch.see({ hi: 0xffffffff, lo: (index * 2_654_435_761) >>> 0 }, index / 10, 0b1);
      if (index % 1000 === 0) watch.see(attacker, index / 10, 0b1);
    }

    const grown = heldBytes() - before;
    expect(watch.offenders().map((one) => one.client)).toEqual(['203.0.113.7']);
    expect(grown).toBeLessThan(120e6);
  });

  test('do not push out an offender', () => {
    const watch = new Watch([{ name: 'flood', limit: { requests: 2, windowMs } }], { capacity: 1 << 10 });
    for (let index = 0; index < 3; index++) watch.see({ hi: 0xffffffff, lo: 1 }, index, 0b1);

    for (let index = 0; index < 20_000; index++) watch.see({ hi: 7, lo: index }, 10 + index, 0b1);

    expect(watch.offenders()).toMatchObject([{ client: '0.0.0.1', requests: 3, firstMs: 0, lastMs: 2 }]);
  });
});
