import { fingerprint } from './fingerprint.ts';
import { type AccountState, describeAccountChange } from './kinds/account.ts';
import { type BlocklistState, describeBlockChange } from './kinds/blocklist.ts';
import { type BucketState, blockSwitches, describeBucketChange } from './kinds/bucket.ts';
import { type CertificateState, describeCertificateChange } from './kinds/certificate.ts';
import { type ClusterState, describeClusterChange } from './kinds/cluster.ts';
import { type CredentialState, describeCredentialChange } from './kinds/credential.ts';
import { type DatabaseState, describeDatabaseChange } from './kinds/database.ts';
import { describeEndpointChange, type EndpointState, endpointSights } from './kinds/endpoint.ts';
import { describeFirewallChange, type FirewallState } from './kinds/firewall.ts';
import { describeInstanceChange, type InstanceState } from './kinds/instance.ts';
import { describeKeyPairChange, type KeyPairState } from './kinds/key-pair.ts';
import { describeListenerChange, type ListenerState } from './kinds/listener.ts';
import { describeAclChange, type NetworkAclState } from './kinds/network-acl.ts';
import { describePolicyChange, type PolicyState } from './kinds/policy.ts';
import { describeSharingChange, type SharingState } from './kinds/sharing.ts';
import { describeTrailChange, type TrailState } from './kinds/trail.ts';
import { describeUserChange, type UserState } from './kinds/user.ts';
import type { Change, Element, Exposure, Json, ToldChange } from './model.ts';

/** The narrow waist: what controls see of a resource, whatever cloud it is in. One file per kind in kinds/. */
export interface States {
  firewall: FirewallState;
  'network-acl': NetworkAclState;
  endpoint: EndpointState;
  bucket: BucketState;
  account: AccountState;
  policy: PolicyState;
  sharing: SharingState;
  database: DatabaseState;
  instance: InstanceState;
  user: UserState;
  trail: TrailState;
  credential: CredentialState;
  'key-pair': KeyPairState;
  certificate: CertificateState;
  cluster: ClusterState;
  listener: ListenerState;
  blocklist: BlocklistState;
}

/** The kinds that have a state; the others of the model come with their controls. */
export type Kind = keyof States;
export type State = States[Kind];

interface KindFacts {
  /** The fields of the state that changes touch. The rest (names, tags, what is attached) is only read. */
  parts: readonly string[];
  /** Other lists that exposures may name: what is seen from outside, and no change of ours touches. */
  seen?: readonly string[];
  /** Settings that mean the same when they are off and when nothing was ever said. */
  offIsUnset?: readonly string[];
  /** Element ids are given anew each time an element is added, so they are no part of its identity. */
  idsAreAssigned: boolean;
  describe(change: Change): string;
}

export const kinds: { [K in Kind]: KindFacts } = {
  firewall: { parts: ['rules'], idsAreAssigned: true, describe: describeFirewallChange },
  'network-acl': { parts: ['entries'], idsAreAssigned: false, describe: describeAclChange },
  endpoint: {
    parts: ['rules'],
    seen: endpointSights,
    idsAreAssigned: true,
    describe: describeEndpointChange,
  },
  bucket: {
    parts: ['grants', 'statements', 'accessPointStatements', 'settings'],
    // A block holds all four switches or does not exist: one that is set makes "off" of what was unset.
    offIsUnset: blockSwitches,
    idsAreAssigned: false,
    describe: describeBucketChange,
  },
  account: { parts: ['settings'], idsAreAssigned: false, describe: describeAccountChange },
  policy: { parts: ['statements', 'settings'], idsAreAssigned: false, describe: describePolicyChange },
  sharing: { parts: ['shares'], idsAreAssigned: false, describe: describeSharingChange },
  database: { parts: ['settings'], idsAreAssigned: false, describe: describeDatabaseChange },
  instance: { parts: ['settings'], idsAreAssigned: false, describe: describeInstanceChange },
  user: {
    parts: ['attachments', 'inline', 'groups', 'trust'],
    idsAreAssigned: false,
    describe: describeUserChange,
  },
  credential: { parts: ['settings'], idsAreAssigned: false, describe: describeCredentialChange },
  'key-pair': { parts: ['keys'], idsAreAssigned: false, describe: describeKeyPairChange },
  certificate: {
    parts: ['settings'],
    seen: ['certificates'],
    idsAreAssigned: false,
    describe: describeCertificateChange,
  },
  trail: {
    parts: ['settings', 'grants', 'statements'],
    idsAreAssigned: false,
    describe: describeTrailChange,
  },
  cluster: { parts: ['settings'], idsAreAssigned: false, describe: describeClusterChange },
  listener: { parts: ['settings'], idsAreAssigned: false, describe: describeListenerChange },
  blocklist: { parts: ['entries'], seen: ['wanted'], idsAreAssigned: false, describe: describeBlockChange },
};

/** The elements of one list part, or the settings of a record part. */
export function partOf(state: State, part: string): Element[] | { [name: string]: Json } {
  const held = (state as unknown as { [part: string]: Element[] | { [name: string]: Json } })[part];
  if (held === undefined) throw new Error(`a ${state.kind} has no ${part}`);
  return held;
}

/** An element without the id that the provider would give anew; equal for elements that mean the same. */
export function contentOf(kind: Kind, element: Element): Element {
  if (!kinds[kind].idsAreAssigned) return element;
  return { ...element, id: '' };
}

/** Names an exposure by what it is, not by the id that its element happens to have. */
export function exposureKey(state: State, exposure: Exposure): string {
  const held = partOf(state, exposure.part);
  const what = Array.isArray(held) ? held.find((element) => element.id === exposure.id) : held[exposure.id];
  const content = Array.isArray(held) && what ? contentOf(state.kind, what as Element) : (what ?? null);
  const id = Array.isArray(held) ? '' : exposure.id;
  // One element can be exposed in several ways (an entry of all ports, port by port). The words may name its id.
  const isAnonymous = Array.isArray(held) && kinds[state.kind].idsAreAssigned;
  const words = isAnonymous ? exposure.what.replaceAll(exposure.id, '') : exposure.what;
  return fingerprint({ part: exposure.part, id, content, what: words });
}

/** Equal exactly when two states of a resource are the same in everything that changes touch. */
export function stateFingerprint(state: State): string {
  const parts = kinds[state.kind].parts.map((part) => {
    const held = partOf(state, part);
    return Array.isArray(held) ? held.map((e) => fingerprint(contentOf(state.kind, e))).sort() : held;
  });
  return fingerprint(parts);
}

/**
 * Equal exactly when two states are the same in what these changes touched: whole lists, because order and
 * neighbours count there, and of settings those that were set. What another control mended beside it is no move.
 */
export function touchedFingerprint(state: State, changes: readonly Change[]): string {
  const touched = kinds[state.kind].parts.flatMap((part): { part: string; held: Json }[] => {
    const own = changes.filter((change) => change.part === part);
    if (own.length === 0) return [];
    const held = partOf(state, part);
    if (Array.isArray(held))
      return [{ part, held: held.map((e) => fingerprint(contentOf(state.kind, e))).sort() }];
    const names = [...new Set(own.flatMap((change) => (change.op === 'set' ? [change.id] : [])))].sort();
    return [{ part, held: names.map((name) => [name, meantBy(state.kind, name, held[name])]) }];
  });
  return fingerprint(touched);
}

function meantBy(kind: Kind, setting: string, value: Json | undefined): Json {
  if (value === false && kinds[kind].offIsUnset?.includes(setting)) return null;
  return value ?? null;
}

/** The exact way back of a list of changes: each step inverted, the last first. */
export function invert(changes: readonly Change[]): Change[] {
  return changes.toReversed().map((change): Change => {
    if (change.op === 'set') return { ...change, from: change.to, to: change.from };
    return { ...change, op: change.op === 'add' ? 'remove' : 'add' };
  });
}

export function tellChange(kind: Kind, change: Change): ToldChange {
  return { ...change, text: kinds[kind].describe(change) };
}
