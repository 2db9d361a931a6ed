import * as z from 'zod';
import type { SharingState } from '../kinds/sharing.ts';
import type { Exposure, Finding, Severity } from '../model.ts';
import { worst } from '../model.ts';
import { control, type Settings } from './control.ts';
import { removals } from './public-statements.ts';

const words: { [service: string]: string } = {
  'ebs-snapshot': 'Disk snapshot',
  ami: 'Machine image',
  'rds-snapshot': 'Database snapshot',
  'cluster-snapshot': 'Database cluster snapshot',
  'redshift-snapshot': 'Data warehouse snapshot',
  'ssm-document': 'Document',
  image: 'Image',
  network: 'Network',
  'security-group': 'Security group',
  'address-group': 'Address group',
  subnetpool: 'Subnet pool',
};

/** What cannot be carried away: others put their machines into it, or build on it. */
const used = new Set(['network', 'security-group', 'address-group', 'subnetpool']);
const isUsed = ({ service }: SharingState): boolean => used.has(service);

function check(state: SharingState, settings: Settings): Finding | null {
  const exposures = state.shares.flatMap(({ id }): Exposure[] => {
    const what = isUsed(state) ? `the use of ${state.name ?? 'it'}` : `a full copy of ${state.name ?? 'it'}`;
    const share = { part: 'shares', id, what };
    if (id === 'all')
      return [{ ...share, to: 'everyone with an account of this cloud', severity: severityOf(state) }];
    if (isOurs(id, state, settings)) return [];
    const ask =
      'nothing in the policy file says that they are trusted, and somebody shared it with them by name';
    return [{ ...share, to: wordFor(id), severity: 'medium', ask }];
  });
  if (exposures.length === 0) return null;
  const whom = exposures.map((one) => one.to).join(', ');
  const thing = words[state.service] ?? 'A copy';
  const done = isUsed(state) ? 'used' : 'copied whole';
  const why = `${thing} ${state.name ?? ''} can be ${done} by ${whom}.`.replace('  ', ' ');
  return { severity: worst(exposures.map((one) => one.severity)), why, exposures };
}

function severityOf(state: SharingState): Severity {
  const { service } = state;
  if (isUsed(state)) return 'medium';
  return service === 'ssm-document' || service === 'ami' || service === 'image' ? 'high' : 'critical';
}

function isOurs(id: string, { owner }: SharingState, settings: Settings): boolean {
  if (id === owner || settings.trustedAccounts.includes(id)) return true;
  const organization = /\/(o-[a-z0-9]+)/.exec(id)?.[1];
  return organization !== undefined && settings.trustedOrganizations.includes(organization);
}

function wordFor(id: string): string {
  return /^\d{12}$/.test(id) ? `account ${id}` : id;
}

const good: SharingState = {
  kind: 'sharing',
  name: 'orders-before-migration',
  tags: {},
  service: 'ebs-snapshot',
  owner: '123456789012',
  encrypted: false,
  shares: [{ id: '123456789012' }],
};

export const publicSharing = control({
  name: 'public-sharing',
  kind: 'sharing',
  title: 'A snapshot, image, document or network is shared with everybody or with strangers',
  remedy: 'stops sharing with everybody; accounts that are not trusted are asked about',
  defaultMode: 'fix',
  options: z.strictObject({}),
  check,
  fix: (state, exposures) => removals('shares', state.shares, exposures),
  examples: { bad: { ...good, shares: [{ id: 'all' }, ...good.shares, { id: '999999999999' }] }, good },
});
