import { describe, expect, test } from 'vitest';
import { clientKey, clientText } from '../../lib/logs/address.ts';

describe('who counts as one client', () => {
  test.each([
    ['203.0.113.9', '203.0.113.9'],
    ['255.255.255.255', '255.255.255.255'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8::/64'],
    ['[2001:db8:0:1::9]', '2001:db8:0:1::/64'],
    ['::1', '::/64'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::ffff:cb00:7109', '203.0.113.9'],
    ['0:0:0:0:0:ffff:203.0.113.9', '203.0.113.9'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['2001:DB8::A', '2001:db8::/64'],
  ])('%s is %s', (address, client) => {
    const key = clientKey(address);
    expect(key && clientText(key)).toBe(client);
  });

  test.each([
    '',
    '-',
    'example.com',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1..2.3',
    '1.2.3.',
    ':::',
    '1::2::3',
    '12345::',
    '1:2:3:4:5:6:7:8:9',
    'X.X.X.X',
    '1.2.3.4:80',
  ])('%j is nobody', (address) => {
    expect(clientKey(address)).toBeNull();
  });
});
