import type { FirewallRule } from '../kinds/firewall.ts';
import { noLogBucket } from '../kinds/trail.ts';
import type { Kind, States } from '../kinds.ts';
import type { Element, Json, Resource } from '../model.ts';
import { blockIn } from './cidr.ts';

/** How a kind is replayed from records. */
export interface Replayed<K extends Kind = Kind> {
  /** A resource of which nothing is known. */
  blank(resource: Resource): States[K];
  /** Equal for elements that the cloud holds to be the same, where the records do not say their ids. */
  meaning(element: Element): string;
  /** An unknown element can make harmless what another opens, so nothing is judged before all are known. */
  needsWhole?: boolean;
  /** Settings without any of which there is nothing to judge. */
  needsAny?: readonly string[];
  /** Whether the state is that of a resource of which nothing is known. */
  isBlank?(state: States[K]): boolean;
  /** What those of a common name say of each other. */
  together?(own: States[K], others: readonly States[K][]): { [field: string]: Json };
}

const byId = (element: Element) => element.id;
const nameless = { name: null, tags: {} };
const noBlock = {
  blockPublicAcls: null,
  ignorePublicAcls: null,
  blockPublicPolicy: null,
  restrictPublicBuckets: null,
};

export const replayed: { [K in Kind]?: Replayed<K> } = {
  firewall: {
    blank: () => ({ kind: 'firewall', ...nameless, isDefault: false, attached: null, rules: [] }),
    // The elements of a firewall's list are rules.
    meaning: (element) => admission(element as unknown as FirewallRule),
    isBlank: ({ rules, name }) => rules.length === 0 && name === null,
  },
  'network-acl': {
    blank: () => ({ kind: 'network-acl', ...nameless, isDefault: false, subnets: 0, entries: [] }),
    meaning: byId,
    needsWhole: true,
  },
  bucket: {
    blank: ({ id, account }) => ({
      kind: 'bucket',
      name: id,
      tags: {},
      owner: account,
      website: false,
      origins: [],
      grants: [],
      statements: [],
      accessPointStatements: [],
      settings: { ...noBlock, encryption: null },
      accountBlock: noBlock,
    }),
    meaning: byId,
  },
  account: { blank: () => ({ kind: 'account', ...nameless, settings: {}, facts: {} }), meaning: byId },
  policy: {
    blank: ({ account }) => ({
      kind: 'policy',
      ...nameless,
      service: '',
      owner: account,
      statements: [],
      settings: {},
    }),
    meaning: byId,
  },
  sharing: {
    blank: ({ account }) => ({
      kind: 'sharing',
      ...nameless,
      service: '',
      owner: account,
      encrypted: null,
      shares: [],
    }),
    meaning: byId,
  },
  database: {
    blank: () => ({ kind: 'database', ...nameless, service: '', status: '', encrypted: null, settings: {} }),
    meaning: byId,
    needsAny: ['publiclyAccessible', 'encrypted'],
  },
  instance: {
    blank: ({ id }) => ({
      kind: 'instance',
      name: id,
      tags: {},
      service: id.startsWith('lt-') ? 'launch-template' : 'instance',
      status: '',
      tokenlessCalls: null,
      settings: {},
    }),
    meaning: byId,
    needsAny: ['httpTokens'],
  },
  cluster: {
    blank: ({ id }) => ({ kind: 'cluster', name: id, tags: {}, status: '', settings: {} }),
    meaning: byId,
    needsAny: ['publicAccess'],
  },
  listener: {
    blank: ({ id }) => ({
      kind: 'listener',
      name: id,
      tags: {},
      service: '',
      protocol: '',
      port: null,
      httpsPort: null,
      settings: {},
    }),
    meaning: byId,
    together: ({ service, protocol }, others) => {
      if (service !== 'elb' || protocol !== 'HTTP') return {};
      return { httpsPort: others.find((one) => one.protocol === 'HTTPS')?.port ?? null };
    },
  },
  credential: {
    blank: () => ({
      kind: 'credential',
      ...nameless,
      createdAt: null,
      lastUsedAt: null,
      // Whose keys were there before the records may have one more.
      otherActiveKeys: 1,
      otherKeys: 1,
      isQuarantined: false,
      settings: { status: 'Active' },
    }),
    meaning: byId,
    needsAny: ['status'],
    together: ({ settings }, others) => {
      // A user has two keys at most.
      if (others.length === 0 && settings.ownerIsNew !== true) return { otherKeys: 1, otherActiveKeys: 1 };
      const active = others.filter((one) => one.settings.status === 'Active');
      return { otherKeys: others.length, otherActiveKeys: active.length };
    },
  },
  trail: {
    blank: () => ({ kind: 'trail', ...nameless, service: '', exists: true, settings: {}, ...noLogBucket }),
    meaning: byId,
  },
  user: {
    blank: ({ id, account }) => ({
      kind: 'user',
      name: id,
      tags: {},
      service: 'role',
      owner: account,
      // Of one that was there before the records nobody can say that it is new.
      createdAt: new Date(0).toISOString(),
      managed: /:role\/aws-(service-role|reserved)\//.test(id),
      consolePassword: false,
      // However many are taken away, nobody can say that none is left.
      mfaDevices: Number.POSITIVE_INFINITY,
      attachments: [],
      inline: [],
      groups: [],
      trust: [],
    }),
    meaning: byId,
  },
};

/** Description and tags do not count. */
function admission(rule: FirewallRule): string {
  const { direction, protocol, fromPort, toPort, icmpType, icmpCode, peer } = rule;
  const to = peer.type === 'cidr' ? blockIn(peer.cidr) : peer.id;
  // Texts put together are many times faster than JSON, and this is asked several times of each rule.
  return `${direction} ${protocol} ${fromPort}-${toPort} ${icmpType}/${icmpCode} ${peer.type} ${to}`;
}
