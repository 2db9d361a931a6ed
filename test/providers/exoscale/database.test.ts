import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabaseFilter } from '../../../lib/controls/open-database-filter.ts';
import { RetryableError } from '../../../lib/errors.ts';
import type { DatabaseState } from '../../../lib/kinds/database.ts';
import { invert } from '../../../lib/kinds.ts';
import type { Change, Resource } from '../../../lib/model.ts';
import type { ExoscaleProvider } from '../../../lib/providers/exoscale/exoscale.ts';
import { type Exoscale, startExoscale } from '../../engines/exoscale.ts';
import { providerOn } from './provider-on.ts';

const settingsWith = (trusted: string[]) => ({
  now: new Date(),
  trusted,
  trustedAccounts: [],
  trustedOrganizations: [],
  options: openDatabaseFilter.options.parse({}),
});

describe('filters of managed databases', () => {
  let fake: Exoscale;
  let provider: ExoscaleProvider;
  beforeEach(async () => {
    fake = await startExoscale();
    provider = providerOn(fake);
  });
  afterEach(() => fake.stop());

  const orders: Resource = {
    provider: 'exoscale',
    account: 'org',
    region: 'ch-gva-2',
    kind: 'database',
    id: 'orders',
  };
  const put = (filter: string[]) =>
    fake.state.databases.set('orders', {
      name: 'orders',
      type: 'pg',
      plan: 'hobbyist-2',
      state: 'running',
      'ip-filter': filter,
    });
  const stateNow = async () => {
    const [reading] = await provider.read([orders]);
    if (reading?.status === 'error') throw reading.error;
    if (reading?.status !== 'found') throw new Error('the database is gone');
    return reading.state as DatabaseState;
  };
  const plan = async (trusted: string[] = []) => {
    const state = await stateNow();
    const settings = settingsWith(trusted);
    const finding = openDatabaseFilter.check(state, settings);
    return { finding, changes: finding ? openDatabaseFilter.fix(state, finding.exposures, settings) : [] };
  };

  it('a filter that lets the world in is narrowed to the rest of it, and undo widens it again', async () => {
    put(['0.0.0.0/0', '52.94.0.0/24', '10.0.0.0/8']);
    const { changes } = await plan();

    const applied: Change[] = [];
    for (const change of [...changes, ...changes]) applied.push(await provider.apply(orders, change));
    const shut = (await stateNow()).settings.ipFilter;
    const again = (await plan()).finding;
    for (const change of invert(applied.slice(0, 1))) await provider.apply(orders, change);

    expect(shut).toEqual(['52.94.0.0/24', '10.0.0.0/8']);
    expect(again).toBeNull();
    expect((await stateNow()).settings.ipFilter).toEqual(['0.0.0.0/0', '52.94.0.0/24', '10.0.0.0/8']);
  });

  it.each([
    [
      'the last entry is asked about',
      ['0.0.0.0/0'],
      [],
      [{ ask: expect.stringMatching(/nothing would be left/) }],
    ],
    [
      'halves of the world are the world',
      ['0.0.0.0/1', '128.0.0.0/1', '10.0.0.0/8'],
      [],
      [{ severity: 'critical' }],
    ],
    ['one address is no finding', ['52.94.0.7'], [], []],
    ['a trusted network is no finding', ['52.0.0.0/8'], ['52.0.0.0/8'], []],
    ['what is no address is left alone', ['office', '10.0.0.0/8'], [], []],
    ['an empty filter is no finding', [], [], []],
  ])('%s', async (_, filter, trusted, exposures) => {
    put(filter);

    expect((await plan(trusted)).finding?.exposures ?? []).toMatchObject(exposures);
  });

  it('a filter that somebody changed since it was read is not overwritten', async () => {
    put(['0.0.0.0/0', '10.0.0.0/8']);
    const { changes } = await plan();
    put(['0.0.0.0/0', '10.0.0.0/8', '198.51.100.0/24']);

    await expect(provider.apply(orders, changes[0] as Change)).rejects.toThrow(RetryableError);
  });

  it('a database that is gone is gone, and a type that is not known is an error', async () => {
    expect(await provider.read([orders])).toEqual([{ status: 'gone' }]);
    fake.state.databases.set('orders', { name: 'orders', type: 'm3db', plan: 'x' });

    expect((await provider.read([orders]))[0]?.status).toBe('error');
  });
});
