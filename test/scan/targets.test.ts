import { describe, expect, test } from 'vitest';
import { parsePortList, resolveTargets } from '../../lib/scan/hosts.ts';
import { addressesOf, parseTarget } from '../../lib/scan/target.ts';

/** A name server that nobody has to trust. */
const zone: { [name: string]: string[] } = {
  'www.example.org': ['93.184.216.34', '2606:2800:220:1::1'],
  'rebound.example.org': ['169.254.169.254'],
  'inside.example.org': ['10.1.2.3'],
  'mapped.example.org': ['::ffff:127.0.0.1'],
  'half.example.org': ['93.184.216.34', '127.0.0.1'],
  localhost: ['127.0.0.1', '::1'],
};
const lookup = async (name: string) => {
  const found = zone[name];
  if (found === undefined) throw new Error(`getaddrinfo ENOTFOUND ${name}`);
  return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
};

describe('a target is read', () => {
  test.each([
    ['192.0.2.1', { type: 'address', address: '192.0.2.1', port: null }],
    ['192.0.2.1:443', { type: 'address', address: '192.0.2.1', port: 443 }],
    ['2001:db8::1', { type: 'address', address: '2001:db8::1', port: null }],
    ['2001:0DB8:0::0001', { type: 'address', address: '2001:db8::1', port: null }],
    ['[2001:db8::1]:8443', { type: 'address', address: '2001:db8::1', port: 8443 }],
    ['::ffff:192.0.2.1', { type: 'address', address: '192.0.2.1', port: null }],
    ['192.0.2.9/30', { type: 'block', cidr: '192.0.2.8/30', port: null }],
    ['WWW.Example.org.', { type: 'name', name: 'www.example.org', port: null }],
    ['www.example.org:8080', { type: 'name', name: 'www.example.org', port: 8080 }],
    ['https://user@www.example.org/path?x#y', { type: 'name', name: 'www.example.org', port: 443 }],
    ['http://192.0.2.1', { type: 'address', address: '192.0.2.1', port: 80 }],
    ['https://[2001:db8::1]:8443/', { type: 'address', address: '2001:db8::1', port: 8443 }],
  ])('%s', (text, expected) => {
    expect(parseTarget(text)).toMatchObject(expected);
  });
});

describe('what is no target is refused', () => {
  test.each([
    '',
    ' ',
    '10.1',
    '0x7f.1',
    '2130706433',
    '127.1',
    '192.0.2.1:0',
    '192.0.2.1:65536',
    '192.0.2.0/33',
    '10.0.0.0/8',
    '::/0',
    '192.0.2.0/24:80',
    'a b',
    'www..example.org',
    '-x.example.org',
    '--script=x',
    `${'a'.repeat(64)}.org`,
    '$(id).example.org',
    'fe80::1%eth0',
    '[::1',
    'ftp://example.org/',
  ])('%j', (text) => {
    expect(() => parseTarget(text)).toThrow();
  });
});

test('a block is every address of it', () => {
  expect(addressesOf('192.0.2.8/30')).toEqual(['192.0.2.8', '192.0.2.9', '192.0.2.10', '192.0.2.11']);
  expect(addressesOf('2001:db8::/127')).toEqual(['2001:db8::', '2001:db8::1']);
});

describe('only what is ours is contacted', () => {
  const cases: {
    [sentence: string]: [targets: string[], listed: string[], contacted: string[], refused: number];
  } = {
    'a name with its public addresses, both families': [
      ['www.example.org'],
      [],
      ['93.184.216.34', '2606:2800:220:1::1'],
      0,
    ],
    'an address named on the command line is listed, wherever it is': [
      ['127.0.0.1', '10.1.2.3'],
      [],
      ['127.0.0.1', '10.1.2.3'],
      0,
    ],
    'a name that leads to the metadata service is not': [['rebound.example.org'], [], [], 1],
    'a name that leads inside is not': [['inside.example.org'], [], [], 1],
    'a name that leads inside is, where the address is listed itself': [
      ['inside.example.org'],
      ['10.1.0.0/20'],
      ['10.1.2.3'],
      0,
    ],
    'loopback in its IPv6 spelling is loopback': [['mapped.example.org'], [], [], 1],
    'of several addresses only the public ones are': [['half.example.org'], [], ['93.184.216.34'], 1],
    'localhost is what everybody means by it': [['localhost'], [], ['127.0.0.1', '::1'], 0],
    'a name that nobody knows is told': [['nowhere.example.org'], [], [], 1],
  };
  test.each(Object.entries(cases))('%s', async (_, [targets, listed, contacted, refused]) => {
    const ours = await resolveTargets(targets, listed, lookup);

    expect(ours.hosts.map((host) => host.address)).toEqual(contacted);
    expect(ours.refused).toHaveLength(refused);
  });

  test('the same address with several ports is one host', async () => {
    const ours = await resolveTargets(['192.0.2.1:80', '192.0.2.1:443'], [], lookup);

    expect(ours.hosts).toEqual([
      { address: '192.0.2.1', family: 4, name: null, ports: [80, 443], isGlobal: false },
    ]);
  });
});

test('ports are written as a list of numbers and ranges', () => {
  expect(parsePortList('443, 22,8000-8002,443')).toEqual([22, 443, 8000, 8001, 8002]);
  for (const wrong of ['', '0', '65536', '9-8', 'http', '1-', '80;443'])
    expect(() => parsePortList(wrong)).toThrow();
});
