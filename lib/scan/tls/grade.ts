import type { CipherSuite, TlsFacts } from '../../kinds/endpoint.ts';
import type { Severity } from '../../model.ts';
import { hasForwardSecrecy, weaknessOf } from './suites.ts';

/** Mozilla's guideline, version 5.7. https://ssl-config.mozilla.org/guidelines/5.7.json */

export const levels = ['modern', 'intermediate', 'old'] as const;
export type Level = (typeof levels)[number];

export interface Reason {
  severity: Severity;
  text: string;
}

const modernSuites = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
const intermediateSuites = [
  ...modernSuites,
  ...['ECDSA', 'RSA'].flatMap((key) =>
    ['AES_128_GCM_SHA256', 'AES_256_GCM_SHA384', 'CHACHA20_POLY1305_SHA256'].map(
      (cipher) => `TLS_ECDHE_${key}_WITH_${cipher}`,
    ),
  ),
  'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_DHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
];
const cbc = ['AES_128_CBC_SHA', 'AES_256_CBC_SHA', 'AES_128_CBC_SHA256'];
const oldSuites = [
  ...intermediateSuites,
  ...['ECDHE_ECDSA', 'ECDHE_RSA'].flatMap((kx) =>
    [...cbc, 'AES_256_CBC_SHA384'].map((cipher) => `TLS_${kx}_WITH_${cipher}`),
  ),
  'TLS_DHE_RSA_WITH_AES_128_CBC_SHA256',
  'TLS_DHE_RSA_WITH_AES_256_CBC_SHA256',
  ...['AES_128_GCM_SHA256', 'AES_256_GCM_SHA384', ...cbc, 'AES_256_CBC_SHA256', '3DES_EDE_CBC_SHA'].map(
    (cipher) => `TLS_RSA_WITH_${cipher}`,
  ),
];

const guideline: {
  [level in Level]: { versions: string[]; suites: Set<string>; rsaBits: number | null; dhBits: number };
} = {
  modern: { versions: ['TLSv1.3'], suites: new Set(modernSuites), rsaBits: null, dhBits: 2048 },
  intermediate: {
    versions: ['TLSv1.2', 'TLSv1.3'],
    suites: new Set(intermediateSuites),
    rsaBits: 2048,
    dhBits: 2048,
  },
  old: {
    versions: ['TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
    suites: new Set(oldSuites),
    rsaBits: 2048,
    dhBits: 1024,
  },
};

/** The best level that a server keeps; null where it keeps none. */
export function gradeOf(facts: TlsFacts): Level | null {
  return levels.find((level) => reasonsAgainst(level, facts).length === 0) ?? null;
}

/** Why a server does not keep a level, the worst first. */
export function reasonsAgainst(level: Level, facts: TlsFacts): Reason[] {
  const { versions, suites, rsaBits, dhBits } = guideline[level];
  const surplus = facts.versions.filter((one) => !versions.includes(one));
  const reasons: (Reason | null)[] = [
    versionReason(surplus),
    ...suiteReasons(facts.suites.filter((one) => !suites.has(one.name))),
    facts.dhBits === null || facts.dhBits >= dhBits
      ? null
      : {
          severity: facts.dhBits <= 1024 ? 'high' : 'medium',
          text: `a Diffie-Hellman group of ${facts.dhBits} bits`,
        },
    keyReason(facts, rsaBits),
    /sha-?1(?!\d)|md5/i.test(facts.signature ?? '')
      ? { severity: 'high', text: `a certificate signed with ${facts.signature}` }
      : null,
  ];
  const order = ['critical', 'high', 'medium', 'low'];
  return reasons
    .filter((one) => one !== null)
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

function versionReason(surplus: readonly string[]): Reason | null {
  if (surplus.length === 0) return null;
  const severity = surplus.includes('SSLv3')
    ? 'high'
    : surplus.includes('TLSv1.2') && surplus.length === 1
      ? 'low'
      : 'medium';
  return { severity, text: `${surplus.join(', ')} offered` };
}

function suiteReasons(surplus: readonly CipherSuite[]): Reason[] {
  const groups = new Map<string, Set<string>>();
  for (const { name } of surplus) {
    const why = weaknessOf(name) ?? (hasForwardSecrecy(name) ? 'others' : 'no forward secrecy');
    groups.set(why, (groups.get(why) ?? new Set()).add(name));
  }
  return [...groups].map(([why, names]) => {
    const list = [...names].slice(0, 3).join(', ') + (names.size > 3 ? `, … (${names.size})` : '');
    const severity =
      why === 'no forward secrecy' || why === 'others' ? 'low' : why === '3DES' ? 'medium' : 'high';
    const label =
      why === 'others'
        ? 'suites beyond the guideline'
        : why.startsWith('no ')
          ? `suites with ${why}`
          : `${why} suites`;
    return { severity, text: `${label}: ${list}` };
  });
}

function keyReason({ keyType, keyBits }: TlsFacts, rsaBits: number | null): Reason | null {
  if (keyType === null || keyBits === null) return null;
  const isRsa = keyType.startsWith('rsa');
  if (isRsa && rsaBits === null) return { severity: 'low', text: 'an RSA certificate' };
  if (isRsa && rsaBits !== null && keyBits < rsaBits)
    return { severity: 'high', text: `an RSA key of ${keyBits} bits` };
  if (keyType === 'dsa') return { severity: 'high', text: 'a DSA key' };
  return !isRsa && keyBits < 250 ? { severity: 'high', text: `a key on ${keyType}` } : null;
}
