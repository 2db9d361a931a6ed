import { describe, expect, test } from 'vitest';
import { publicNetworkAcl } from '../../lib/controls/public-network-acl.ts';
import type { AclEntry, NetworkAclState } from '../../lib/kinds/network-acl.ts';
import { invert, tellChange } from '../../lib/kinds.ts';
import { afterChanges } from '../../lib/providers/memory.ts';
import { passes, samplePackets } from '../packets.ts';
import { settings } from './rules.ts';

/** `100 allow tcp/22 0.0.0.0/0` */
function entry(text: string): AclEntry {
  const [number = '', action = '', what = '', cidr = ''] = text.split(' ');
  const [protocol = '', range] = what.split('/');
  const [from = null, to = from] = range?.split('-').map(Number) ?? [];
  return {
    id: `ingress-${number}`,
    number: Number(number),
    direction: 'ingress',
    action: action === 'deny' ? 'deny' : 'allow',
    protocol,
    fromPort: from,
    toPort: to,
    icmpType: null,
    icmpCode: null,
    cidr,
  };
}

function acl(...entries: string[]): NetworkAclState {
  const all = [...entries, '32767 deny all 0.0.0.0/0'].map(entry);
  return { kind: 'network-acl', name: null, tags: {}, isDefault: false, subnets: 2, entries: all };
}

interface Given {
  options?: { [name: string]: unknown };
  trusted?: string[];
}

const given = ({ options = {}, trusted = [] }: Given = {}) =>
  settings(publicNetworkAcl.options.parse(options), trusted);

function found(state: NetworkAclState, of: Given = {}) {
  return publicNetworkAcl.check(state, given(of))?.exposures ?? [];
}

function changesOf(state: NetworkAclState, of: Given = {}) {
  const fixable = found(state, of).filter((exposure) => !exposure.tell);
  return publicNetworkAcl.fix(state, fixable, given(of));
}

const ssh = { options: { ports: ['tcp/22'] } };

describe('what is open through a network ACL', () => {
  test.each<[sentence: string, entries: string[], exposed: string[], given?: Given]>([
    ['an entry for everything opens ssh', ['100 allow all 0.0.0.0/0'], ['ingress-100 tcp/22 (ssh)']],
    ['IPv6 too', ['101 allow tcp/22 ::/0'], ['ingress-101 tcp/22 (ssh)']],
    ['web ports are not sensitive', ['100 allow tcp/443 0.0.0.0/0'], []],
    ['an earlier deny covers', ['90 deny tcp/22 0.0.0.0/0', '100 allow all 0.0.0.0/0'], []],
    [
      'a later deny does not',
      ['100 allow all 0.0.0.0/0', '110 deny tcp/22 0.0.0.0/0'],
      ['ingress-100 tcp/22 (ssh)'],
    ],
    [
      'a deny of another port does not',
      ['90 deny tcp/23 0.0.0.0/0', '100 allow all 0.0.0.0/0'],
      ['ingress-100 tcp/22 (ssh)'],
    ],
    [
      'a deny of half the world leaves the other half',
      ['90 deny tcp/22 0.0.0.0/1', '100 allow all 0.0.0.0/0'],
      ['ingress-100 tcp/22 (ssh)'],
    ],
    [
      'a deny in two halves covers',
      ['80 deny all 0.0.0.0/1', '90 deny tcp/22 128.0.0.0/1', '100 allow all 0.0.0.0/0'],
      [],
    ],
    [
      'the entry that decides is named, not the one behind it',
      ['100 allow tcp/22 0.0.0.0/0', '110 allow all 0.0.0.0/0'],
      ['ingress-100 tcp/22 (ssh)'],
    ],
    [
      'the order of the numbers counts, not of the answer',
      ['110 allow all 0.0.0.0/0', '100 deny tcp/22 0.0.0.0/0'],
      [],
    ],
    ['an office is not the world', ['100 allow all 52.0.0.0/16'], []],
    [
      'nor are private and trusted networks',
      ['100 allow all 10.0.0.0/8', '110 allow all 54.0.0.0/8'],
      [],
      { ...ssh, trusted: ['54.0.0.0/8'] },
    ],
  ])('%s', (_sentence, entries, expected, of = ssh) => {
    expect(found(acl(...entries), of).map((one) => `${one.id} ${one.what}`)).toEqual(expected);
  });

  test('egress is not looked at', () => {
    const state = acl();
    state.entries.push({ ...entry('100 allow all 0.0.0.0/0'), id: 'egress-100', direction: 'egress' });
    expect(found(state)).toEqual([]);
  });
});

describe('the fix', () => {
  const texts = (state: NetworkAclState, of?: Given) =>
    changesOf(state, of).map((change) => tellChange('network-acl', change).text);

  test('keeps private and trusted networks, then denies in front of the open entry', () => {
    expect(texts(acl('100 allow all 0.0.0.0/0'), { ...ssh, trusted: ['52.94.0.0/24'] })).toEqual([
      'add entry 98: allow all traffic from 10.0.0.0/8',
      'add entry 97: allow all traffic from 52.94.0.0/24',
      'add entry 96: allow all traffic from 100.64.0.0/10',
      'add entry 95: allow all traffic from 172.16.0.0/12',
      'add entry 94: allow all traffic from 192.168.0.0/16',
      'add entry 99: deny tcp/22 (ssh) from 0.0.0.0/0',
    ]);
  });

  test('denies every sensitive port of the default list', () => {
    const state = acl('100 allow all 0.0.0.0/0');
    const after = afterChanges(state, changesOf(state));
    const admits = (port: number, address: string) =>
      passes['network-acl']?.(after, { direction: 'ingress', protocol: 'tcp', port, address });

    for (const port of [22, 23, 3389, 3306, 5432, 1433, 27017]) {
      expect(admits(port, '8.8.8.8')).toBe(false);
      expect(admits(port, '10.0.0.9')).toBe(true);
    }
    expect(admits(443, '8.8.8.8')).toBe(true);
    expect(publicNetworkAcl.check(after, given())).toBeNull();
  });

  test.each([
    [
      'numbers that are taken are left out',
      ['99 allow tcp/443 ::/0', '100 allow tcp/22 2a00::/16'],
      [98, 97],
    ],
    [
      'a number behind an earlier deny of the same packets is used',
      ['97 deny all 2a00:1::/32', '100 allow tcp/22 2a00::/16'],
      [99],
    ],
  ])('%s', (_sentence, entries, numbers) => {
    const added = changesOf(acl(...entries), ssh).map((one) => (one.op === 'add' ? one.value.number : 0));
    expect(numbers).toEqual(expect.arrayContaining(added));
    expect(added.length).toBeGreaterThan(0);
  });

  test.each([
    ['the entry is the first that can be', ['1 allow all ::/0']],
    [
      'an earlier entry that speaks of the same packets leaves no number',
      ['99 allow tcp/22 2a00:1::/48', '100 allow all ::/0'],
    ],
  ])('where no number is free it says so: %s', (_sentence, entries) => {
    const exposures = found(acl(...entries), ssh);
    expect(exposures.map((one) => one.tell)).toEqual([expect.stringContaining('no number is free')]);
    expect(publicNetworkAcl.fix(acl(...entries), exposures, given(ssh))).toEqual([]);
  });

  test('where the ACL has no room for all, remote access goes first and the rest is told', () => {
    const state = acl('100 allow all 0.0.0.0/0', '101 allow all ::/0');
    const after = afterChanges(state, changesOf(state));

    expect(after.entries.length).toBeLessThanOrEqual(20);
    const left = found(after);
    expect(left.length).toBeGreaterThan(0);
    expect(left.every((one) => one.tell !== undefined)).toBe(true);
    expect(found(state).some((one) => one.tell?.includes('no room'))).toBe(true);
    expect(left.map((one) => one.what)).not.toContain('tcp/22 (ssh)');
    expect(changesOf(after)).toEqual([]);
  });

  test.each([
    ['everything open', ['100 allow all 0.0.0.0/0', '110 allow all ::/0']],
    [
      'denies and allows mixed',
      ['50 deny tcp/22 8.0.0.0/8', '60 allow tcp/22 52.94.0.0/24', '100 allow tcp/20-6000 0.0.0.0/0'],
    ],
    ['a protocol entry', ['10 allow udp 0.0.0.0/0', '20 allow tcp 0.0.0.0/0']],
  ])('admits nobody new, cuts off no private network, and undo takes it away: %s', (_sentence, entries) => {
    const state = acl(...entries);
    const changes = changesOf(state);
    const after = afterChanges(state, changes);

    for (const packet of samplePackets) {
      const before = passes['network-acl']?.(state, packet);
      const now = passes['network-acl']?.(after, packet);
      expect(now && !before).toBeFalsy();
      if (/^(10|172\.16|192\.168)\./.test(packet.address)) expect(now).toBe(before);
    }
    expect(changes.length).toBeGreaterThan(0);
    expect(afterChanges(after, invert(changes))).toEqual(state);
  });
});
