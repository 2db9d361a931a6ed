import { describe, expect, it } from 'vitest';
import { coversHost } from '../../lib/controls/certificate-names.ts';
import { expiringHeldCertificate as control } from '../../lib/controls/expiring-held-certificate.ts';
import type { CertificateState } from '../../lib/kinds/certificate.ts';

const good = control.examples.good as CertificateState;
const settings = {
  now: new Date('2026-11-24T12:00:00Z'),
  trusted: [],
  trustedAccounts: [],
  trustedOrganizations: [],
  options: control.options.parse({}),
};
const [held] = good.certificates;
const check = (over: Partial<CertificateState>, certificate: object = {}) =>
  control.check(
    { ...good, ...over, certificates: held === undefined ? [] : [{ ...held, ...certificate }] },
    settings,
  );

describe('a name', () => {
  it.each([
    ['shop.example.com', 'shop.example.com', true],
    ['Shop.Example.com', 'shop.example.COM.', true],
    ['*.example.com', 'shop.example.com', true],
    ['*.example.com', 'a.shop.example.com', false],
    ['*.example.com', 'example.com', false],
    ['*.example.com', '*.example.com', true],
    ['*', 'localhost', false],
    ['example.com', 'example.com.evil.org', false],
  ])('%s covers %s: %s', (name, host, isCovered) => {
    expect(coversHost([name], host)).toBe(isCovered);
  });
});

describe('a certificate with a wrong name', () => {
  it.each([
    [
      'served for another name',
      { servedNames: ['shop.example.com', 'api.example.com'] },
      {},
      /served for api\.example\.com, which/,
    ],
    ['for its subject alone', { servedNames: [] }, { names: [] }, /no alternative name/],
    [
      'with another subject',
      { servedNames: [] },
      { names: ['api.example.com'] },
      /for shop\.example\.com by its subject/,
    ],
  ])('%s is told', (_what, over, certificate, why) => {
    const found = check(over, certificate);
    expect(found?.why).toMatch(why);
    expect(found?.exposures.every((one) => one.tell !== undefined)).toBe(true);
    expect(control.fix({ ...good, ...over }, [], settings)).toEqual([]);
  });

  it('is told beside the renewal of one of the internal authority, and both are in the sentence', () => {
    const notAfter = '2026-11-28T00:00:00.000Z';
    const renewableUntil = '2036-01-01T00:00:00.000Z';
    const found = check({ servedNames: ['api.example.com'], settings: { notAfter }, renewableUntil });
    expect(found?.exposures.map((one) => one.tell !== undefined)).toEqual([false, true]);
    expect(found?.why).toMatch(/expires on 2026-11-28\. .*served for api\.example\.com/);
  });

  it('whose subject is a sentence of words is for the names alone', () => {
    expect(check({}, { subject: 'O=Example, CN=Our shop' })).toBeNull();
  });
});

describe('the new end of a certificate', () => {
  const renewable = (over: { notBefore?: string; notAfter: string }, renewableUntil: string) => {
    const state = { renewableUntil, settings: { notAfter: over.notAfter } };
    const found = check(state, over);
    const whole = { ...good, ...state, certificates: held ? [{ ...held, ...over }] : [] };
    return { tell: found?.exposures[0]?.tell, changes: control.fix(whole, found?.exposures ?? [], settings) };
  };
  const year = { notBefore: '2025-11-28T00:00:00.000Z', notAfter: '2026-11-28T00:00:00.000Z' };

  it('is one lifetime after the day on which it was told, the same at every look', () => {
    const { changes } = renewable(year, '2036-01-01T00:00:00.000Z');
    expect(changes).toEqual([
      {
        op: 'set',
        part: 'settings',
        id: 'notAfter',
        from: '2026-11-28T00:00:00.000Z',
        to: '2027-11-07T00:00:00.000Z',
      },
    ]);
  });

  it('of one that ended long ago is still ahead', () => {
    const old = { notBefore: '2023-01-01T00:00:00.000Z', notAfter: '2024-01-01T00:00:00.000Z' };
    const [change] = renewable(old, '2036-01-01T00:00:00.000Z').changes;
    expect(change).toMatchObject({ to: '2027-12-10T00:00:00.000Z' });
  });

  it('is never behind the end of the authority; where that is near, it is told', () => {
    expect(renewable(year, '2027-01-31T00:00:00.000Z').changes).toMatchObject([
      { to: '2027-01-31T00:00:00.000Z' },
    ]);
    const near = renewable(year, '2026-12-01T00:00:00.000Z');
    expect(near).toEqual({ tell: 'its authority itself ends on 2026-12-01: renew that first', changes: [] });
  });
});
