import * as z from 'zod';
import type { AccountState } from '../kinds/account.ts';
import type { DatabaseState } from '../kinds/database.ts';
import { neverOn } from './account-block-public-access.ts';
import { control, wasTurnedOff } from './control.ts';
import { privateBucket } from './public-bucket.ts';

/** What is written unencrypted unless somebody thinks of it: new volumes, objects, databases. */
const shared = {
  name: 'unencrypted-default',
  title: 'New volumes, objects or databases are not encrypted by default',
  remedy: 'turns the default on; what exists unencrypted is told',
  defaultMode: 'fix',
  options: z.strictObject({}),
} as const;

const setting = 'ebsEncryptionByDefault';
const region: AccountState = {
  kind: 'account',
  name: null,
  tags: {},
  settings: { [setting]: false },
  facts: {},
};

export const unencryptedVolumes = control({
  ...shared,
  kind: 'account',
  check(state, settings) {
    if (state.settings[setting] !== false) return null;
    const exposure = { part: 'settings', id: setting, severity: 'medium' } as const;
    const words = { what: 'new volumes unencrypted', to: 'whoever gets at a disk or a snapshot' };
    const known = wasTurnedOff(setting, settings) ? {} : { tell: neverOn };
    const why = 'New EBS volumes are not encrypted by default in this region.';
    return { severity: 'medium', why, exposures: [{ ...exposure, ...words, ...known }] };
  },
  fix: () => [{ op: 'set', part: 'settings', id: setting, from: false, to: true }],
  examples: { bad: region, good: { ...region, settings: { [setting]: true } } },
});

const aes256 = { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] };

export const unencryptedBucket = control({
  ...shared,
  kind: 'bucket',
  check(state) {
    if (state.settings.encryption !== null || state.lacks?.includes('encryption')) return null;
    const exposure = { part: 'settings', id: 'encryption', severity: 'medium' } as const;
    const words = { what: 'new objects unencrypted', to: 'whoever gets at the storage' };
    const why = `Bucket ${state.name} does not encrypt new objects by default.`;
    return { severity: 'medium', why, exposures: [{ ...exposure, ...words }] };
  },
  fix: () => [{ op: 'set', part: 'settings', id: 'encryption', from: null, to: aes256 }],
  examples: {
    bad: { ...privateBucket, settings: { ...privateBucket.settings, encryption: null } },
    good: privateBucket,
  },
});

const database: DatabaseState = {
  kind: 'database',
  name: 'orders',
  tags: {},
  service: 'rds',
  status: 'available',
  encrypted: false,
  settings: { publiclyAccessible: false },
};

export const unencryptedDatabase = control({
  ...shared,
  kind: 'database',
  defaultMode: 'tell',
  check(state) {
    if (state.encrypted !== false) return null;
    const exposure = { part: 'settings', id: 'encrypted', severity: 'medium' } as const;
    const words = { what: 'data stored unencrypted', to: 'whoever gets at the storage or a copy' };
    const tell = 'what exists can only be encrypted by copying it';
    const why = `${state.service} ${state.name ?? ''} was created without encryption at rest.`;
    return { severity: 'medium', why: capital(why), exposures: [{ ...exposure, ...words, tell }] };
  },
  fix: () => [],
  examples: { bad: database, good: { ...database, encrypted: true } },
});

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
