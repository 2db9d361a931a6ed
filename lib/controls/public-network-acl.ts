import * as z from 'zod';
import { describeTraffic } from '../kinds/firewall.ts';
import type { AclEntry, NetworkAclState } from '../kinds/network-acl.ts';
import type { Change, Exposure } from '../model.ts';
import { worst } from '../model.ts';
import { addressSet, union } from '../net/addresses.ts';
import { parseTraffic, TrafficList } from '../net/ports.ts';
import { type Denial, place } from './acl-denies.ts';
import { control, type Settings } from './control.ts';
import { describeAddresses } from './describe-addresses.ts';
import { limitsOf, MaxAddresses } from './max-addresses.ts';
import { inOrder, tooWideOn } from './open-entries.ts';
import { sensitivePorts } from './sensitive-ports.ts';
import { severityOf } from './severity.ts';
import { spellTraffic } from './spell-traffic.ts';
import { askIfTogether, listOf } from './wide-rules.ts';

const Options = z.strictObject({
  /** The most dangerous first: they are denied first where the ACL has no room for all. */
  ports: TrafficList.default([...sensitivePorts['remote access'], ...sensitivePorts.databases]),
  maxAddresses: MaxAddresses,
  /** https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html: per direction, the last deny included. */
  maxEntries: z.int().min(2).max(1000).default(20),
});
type AclSettings = Settings<z.infer<typeof Options>>;

/** Denying ssh to the world must not part the subnets of a network from each other. */
const privateNetworks = addressSet([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
]);

interface Found {
  exposure: Exposure;
  denial: Denial;
}

function findingsOf(state: NetworkAclState, settings: AclSettings): Found[] {
  const entries = inOrder(state);
  const bounds = { limits: limitsOf(settings.options.maxAddresses), trusted: addressSet(settings.trusted) };
  const found = settings.options.ports.flatMap((text) => {
    const denied = parseTraffic(text);
    return tooWideOn(denied, entries, bounds).map(({ opening: { entry, addresses }, together }): Found => {
      const peer = { type: 'cidr', cidr: entry.cidr } as const;
      const exposure: Exposure = {
        part: 'entries',
        id: entry.id,
        what: spellTraffic(denied, ['v4']).map(describeTraffic).join(', '),
        to: describeAddresses(addresses, peer, together),
        severity: severityOf({ interfaces: state.subnets, public: 0 }, denied),
        ...askIfTogether(together),
      };
      return { exposure, denial: { open: entry, denied } };
    });
  });
  return withRoom(found, entries, settings);
}

/** Marks what cannot be denied because the ACL has no number or no place left for it. */
function withRoom(found: readonly Found[], entries: readonly AclEntry[], settings: AclSettings): Found[] {
  const fitting: Denial[] = [];
  return found.map((one) => {
    const placed = place([...fitting, one.denial], entries, keptOf(settings));
    const added = placed ? placed.keeps.length + [...placed.denies.values()].flat().length : 0;
    if (placed && entries.length + added <= settings.options.maxEntries) {
      fitting.push(one.denial);
      return one;
    }
    const tell = placed
      ? `the ACL has no room for another deny: it may hold ${settings.options.maxEntries} entries in one direction`
      : `no number is free in front of entry ${one.denial.open.number}`;
    return { ...one, exposure: { ...one.exposure, tell } };
  });
}

function keptOf(settings: AclSettings) {
  return union(addressSet(settings.trusted), privateNetworks);
}

function fix(state: NetworkAclState, exposures: readonly Exposure[], settings: AclSettings): Change[] {
  const wanted = new Set(exposures.map(({ id, what }) => `${id} ${what}`));
  const denials = findingsOf(state, settings)
    .filter(({ exposure }) => !exposure.tell && wanted.has(`${exposure.id} ${exposure.what}`))
    .map(({ denial }) => denial);
  const placed = place(denials, inOrder(state), keptOf(settings));
  if (!placed) return [];
  const added = [...placed.keeps, ...[...placed.denies.values()].flat()];
  return added.map((value) => ({ op: 'add', part: 'entries', value }));
}

const all: AclEntry = {
  id: 'ingress-100',
  number: 100,
  direction: 'ingress',
  action: 'allow',
  protocol: 'all',
  fromPort: null,
  toPort: null,
  icmpType: null,
  icmpCode: null,
  cidr: '0.0.0.0/0',
};
const lastDeny: AclEntry = { ...all, id: 'ingress-32767', number: 32767, action: 'deny' };
const web: AclEntry = { ...all, protocol: 'tcp', fromPort: 443, toPort: 443 };
const good: NetworkAclState = {
  kind: 'network-acl',
  name: 'public subnets',
  tags: {},
  isDefault: false,
  subnets: 3,
  entries: [web, lastDeny],
};

export const publicNetworkAcl = control({
  name: 'public-network-acl',
  kind: 'network-acl',
  title: 'A subnet admits remote access or databases from the internet',
  remedy:
    'denies the sensitive ports in front of the open entry; private and trusted networks keep their way',
  defaultMode: 'tell',
  options: Options,
  check(state, settings) {
    const exposures = findingsOf(state, settings).map((found) => found.exposure);
    if (exposures.length === 0) return null;
    const subnets = `${state.subnets} ${state.subnets === 1 ? 'subnet' : 'subnets'}`;
    const why = `The filter of ${subnets} lets the internet through to ${listOf(exposures)}; only the firewalls behind it hold.`;
    return { severity: worst(exposures.map((one) => one.severity)), why, exposures };
  },
  fix,
  examples: { bad: { ...good, entries: [all, lastDeny] }, good },
});
