import * as z from 'zod';
import type { DatabaseState } from '../kinds/database.ts';
import { type AddressSet, addressSet, isEmpty, noAddresses } from '../net/addresses.ts';
import { type TooWide, tooWide } from '../net/openings.ts';
import { publicPart } from '../net/special-purpose.ts';
import { trafficOf } from '../net/traffic.ts';
import { control, type Settings } from './control.ts';
import { describeAddresses } from './describe-addresses.ts';
import { limitsOf, MaxAddresses } from './max-addresses.ts';
import { askIfTogether } from './wide-rules.ts';

const setting = 'ipFilter';
const Options = z.strictObject({ maxAddresses: MaxAddresses });
type Given = Settings<z.infer<typeof Options>>;

const anything = trafficOf({ protocol: 'all', fromPort: null, toPort: null });

interface Entry {
  id: string;
  traffic: typeof anything;
  addresses: AddressSet;
}

function wideEntries(state: DatabaseState, { options, trusted }: Given): TooWide<Entry>[] {
  const entries = filterOf(state).map((id): Entry => {
    return { id, traffic: anything, addresses: publicPart(addressesOf(id), addressSet(trusted)) };
  });
  const open = entries.filter((one) => !isEmpty(one.addresses));
  return tooWide(open, limitsOf(options.maxAddresses));
}

function filterOf({ settings }: DatabaseState): string[] {
  const held = settings[setting];
  return Array.isArray(held) ? held.filter((one) => typeof one === 'string') : [];
}

/** An entry may be one address; what is no address at all admits nobody, and is none of our business. */
function addressesOf(entry: string): AddressSet {
  try {
    return addressSet([entry.includes('/') ? entry : `${entry}/${entry.includes(':') ? 128 : 32}`]);
  } catch {
    return noAddresses;
  }
}

/** What stays in the filter. */
function left(state: DatabaseState, wide: readonly TooWide<Entry>[]): string[] {
  const gone = new Set(wide.map((one) => one.opening.id));
  return filterOf(state).filter((entry) => !gone.has(entry));
}

const good: DatabaseState = {
  kind: 'database',
  name: 'orders',
  tags: {},
  service: 'dbaas-pg',
  status: 'running',
  encrypted: null,
  settings: { [setting]: ['52.94.0.0/24', '10.0.0.0/8'] },
};

export const openDatabaseFilter = control({
  name: 'open-database-filter',
  kind: 'database',
  title: 'A managed database lets in more addresses than it should',
  remedy: 'takes the wide entries out of its filter; an entry that is the last one is asked about',
  defaultMode: 'fix',
  options: Options,
  check(state, settings) {
    const wide = wideEntries(state, settings);
    if (wide.length === 0) return null;
    const to = wide
      .map(({ opening, together }) =>
        describeAddresses(opening.addresses, { type: 'cidr', cidr: opening.id }, together),
      )
      .join(', ');
    const last = 'nothing would be left in the filter: say first who may connect';
    const ask = left(state, wide).length === 0 ? { ask: last } : askIfTogether(wide[0]?.together ?? null);
    const exposure = { part: 'settings', id: setting, what: `database ${state.name}`, to, ...ask };
    const why = `Database ${state.name} can be reached by ${to}: only its passwords stand in between.`;
    return { severity: 'critical', why, exposures: [{ ...exposure, severity: 'critical' }] };
  },
  fix: (state, _, settings) => [
    {
      op: 'set',
      part: 'settings',
      id: setting,
      from: filterOf(state),
      to: left(state, wideEntries(state, settings)),
    },
  ],
  examples: {
    bad: { ...good, settings: { [setting]: ['0.0.0.0/0', '52.94.0.0/24', '10.0.0.0/8', '::/0'] } },
    good,
  },
});
