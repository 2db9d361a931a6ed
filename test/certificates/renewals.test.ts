import { expect, test } from 'vitest';
import { beginOf } from '../../lib/certificates/reissue.ts';
import { newEndOf } from '../../lib/controls/expiring-held-certificate.ts';
import { goodCertificate } from '../../lib/controls/held-certificate.ts';

const day = 86_400_000;

/** How many days each certificate is valid that is made `before` its end, one after the other. */
function lifetimes(days: number, before: number, count: number): number[] {
  let begin = Date.parse('2026-01-01T00:00:00.000Z');
  let end = begin + days * day;
  return Array.from({ length: count }, () => {
    const [held] = goodCertificate.certificates;
    if (!held) throw new Error('the example holds none');
    const dates = { notBefore: new Date(begin).toISOString(), notAfter: new Date(end).toISOString() };
    const state = {
      ...goodCertificate,
      certificates: [{ ...held, ...dates }],
      renewableUntil: '2099-01-01T00:00:00.000Z',
    };
    const now = new Date(end - before * day);
    const made = newEndOf(state, now, 21);
    if (made === null) throw new Error('it is not renewed');
    begin = beginOf({ begin, end }, Date.parse(made), now).getTime();
    end = Date.parse(made);
    expect(begin).toBeLessThan(now.getTime());
    expect(end).toBeGreaterThanOrEqual(now.getTime() + 21 * day);
    return Math.round((end - begin) / day);
  });
}

test.each([
  ['as soon as it is told', 90, 20.9],
  ['by a person who came a week later', 90, 14],
  ['a month after its end', 90, -30],
  ['of a year, as soon as it is told', 365, 20.9],
  ['of a month, as soon as it is told', 30, 20.9],
])('a certificate that is renewed again and again, %s, lasts as long as the first', (_, days, before) => {
  for (const lasted of lifetimes(days, before, 20)) expect(Math.abs(lasted - days)).toBeLessThanOrEqual(1);
});

test('one that is shorter than the warning is renewed for longer once, and not longer each time', () => {
  const all = lifetimes(5, 4, 20);
  expect(Math.max(...all)).toBeLessThan(60);
  expect(new Set(all.slice(3)).size).toBe(1);
});
