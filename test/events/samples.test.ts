import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fill, sampleIds } from '../../lib/events/samples.ts';
import type { Json } from '../../lib/model.ts';
import { normaliseAll } from '../../lib/normalise.ts';
import { exposureSamples } from './exposure-samples.ts';

const folder = new URL('../../events/aws/', import.meta.url);
const read = (name: string): Json => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));

type Name = keyof typeof sampleIds;
/** What no sandbox has. */
type Other = { kind: string; id: string };
/** What each sample touches, or why it touches nothing; and how the actor came. */
const expected: { [sample: string]: [touched: (Name | Other)[] | string, via: string | null] } = {
  'security-group-opened': [['ssh-world'], 'cli'],
  'security-group-opened-by-console': [['rdp-world'], 'console'],
  'security-group-opened-by-terraform': [['wide-open'], 'terraform'],
  'security-group-opened-ipv6': [['postgres-v6-world'], 'sdk'],
  'security-group-opened-all-traffic': [['all-traffic-world'], 'console'],
  'security-group-opened-to-prefix-list': [['public-prefix-list'], 'cli'],
  'security-group-opened-by-name': [['default'], 'cli'],
  'security-group-opened-versioned': [['ssh-world'], 'cli'],
  'security-group-opened-for-https': [['https-only'], 'terraform'],
  'security-group-opened-for-office': [['office-only'], 'cli'],
  'security-group-opened-for-group': [['group-reference'], 'cli'],
  'security-group-egress-opened': [['office-only'], 'cli'],
  'security-group-rule-modified': [['rdp-world'], 'console'],
  'security-group-rule-described': [['ssh-world'], 'cli'],
  'security-group-created': [['https-only'], 'terraform'],
  'security-group-closed-by-us': [['ssh-world'], 'snapshut'],
  'security-group-open-denied': [
    'failed API call AuthorizeSecurityGroupIngress: Client.UnauthorizedOperation',
    'cli',
  ],
  'security-group-open-duplicate': [
    'failed API call AuthorizeSecurityGroupIngress: Client.InvalidPermission.Duplicate',
    'cli',
  ],
  'instance-launched': [['wide-open'], 'terraform'],
  'instance-launched-by-autoscaling': [['https-only', 'office-only'], 'autoscaling'],
  'instance-groups-changed': [['rdp-world', 'office-only'], 'cli'],
  'interface-groups-changed': [['default'], 'console'],
  'network-acl-opened': [['nacl-open'], 'cli'],
  'network-acl-entry-replaced': [['nacl-open'], 'cli'],
  'network-acl-created': [['nacl-open'], 'cli'],
  'prefix-list-changed': [['world-list'], 'cli'],
  'instances-listed': ['DescribeInstances only reads', 'sdk'],
  'trail-file': [['ssh-world'], 'cli'],
  'config-item-changed': [['wide-open'], null],
  'config-compliance-changed': [['rdp-world'], null],
  'config-item-oversized': [[{ kind: 'bucket', id: 'shop-data' }], null],
  'config-rule-invoked': [[{ kind: 'role-name', id: 'deployer' }], null],
  'finding-health-exposed-key-abuse': [[{ kind: 'credential', id: 'AKIAIOSFODNN7EXAMPLE' }], null],
  'finding-health-operational': ['no resource of a guarded kind in AWS Health Event', null],
  'finding-macie-shared': [[{ kind: 'bucket', id: 'shop-data' }], null],
  'finding-macie-block-off': [[{ kind: 'bucket', id: 'shop-data' }], null],
  'finding-macie-encryption-off': [[{ kind: 'bucket', id: 'shop-data' }], null],
  'finding-macie-sensitive-data': [[{ kind: 'bucket', id: 'shop-data' }], null],
  'config-trail-deleted': [
    [{ kind: 'trail', id: 'arn:aws:cloudtrail:eu-central-1:123456789012:trail/main' }],
    null,
  ],
  'config-flow-log-deleted': [[{ kind: 'flow-log', id: 'fl-0d1e2f3a4b5c6d7e8' }], null],
  'config-detector-deleted': [[{ kind: 'detector', id: '12abc34d567e8fa901bc2d34e56789f0' }], null],
  'config-recorder-deleted': [[{ kind: 'config-recorder', id: 'default' }], null],
  'finding-securityhub-imported': [['ssh-world'], null],
  'finding-securityhub-custom-action': [
    [
      { kind: 'bucket', id: 'shop-data' },
      { kind: 'account-worldwide', id: 'account' },
      { kind: 'account-settings', id: 'account' },
    ],
    null,
  ],
  'finding-securityhub-alone': [[{ kind: 'database-instance', id: 'orders' }], null],
  'finding-guardduty-instance': [['instance', 'ssh-world'], null],
  'finding-access-analyzer': [[{ kind: 'policy', id: 'arn:aws:sqs:eu-central-1:123456789012:orders' }], null],
  'finding-access-analyzer-error': [[{ kind: 'bucket', id: 'shop-data' }], null],
  'finding-health-exposed-key': [[{ kind: 'credential', id: 'AKIAIOSFODNN7EXAMPLE' }], null],
  'finding-macie': [[{ kind: 'bucket', id: 'shop-data' }], null],
  'notice-ebs-snapshot-shared': [[{ kind: 'sharing', id: 'snap-0a1b2c3d4e5f60718' }], null],
  'notice-rds-snapshot': [
    [{ kind: 'sharing', id: 'arn:aws:rds:eu-central-1:123456789012:snapshot:before-migration' }],
    null,
  ],
  'notice-instance-running': [['instance'], null],
  'notice-object-acl-updated': [[{ kind: 'bucket', id: 'shop-data' }], null],
  'notice-trusted-advisor': [['ssh-world'], null],
  'notice-rds-cluster-snapshot': [[{ kind: 'cluster-snapshot', id: 'orders-final' }], null],
  'finding-guardduty-bucket': [[{ kind: 'bucket', id: 'shop-data' }], null],
  'finding-guardduty-key': [
    [
      { kind: 'credential', id: 'AKIAEXAMPLEKEY' },
      { kind: 'user-name', id: 'maria' },
    ],
    null,
  ],
  'finding-securityhub-other-product': [[{ kind: 'bucket', id: 'shop-data' }], null],
  'finding-securityhub-inspector': [['instance'], null],
};
const kindOf = (id: string) =>
  ({ sg: 'firewall', acl: 'network-acl', pl: 'prefix-list', i: 'instance' })[id.split('-')[0] ?? ''];

test('every sample has its answer here', () => {
  const files = readdirSync(folder).map((name) => name.replace(/\.json$/, ''));

  const known = [...Object.keys(expected), ...Object.keys(exposureSamples)];
  expect(files.sort()).toEqual(known.sort());
});

describe('the recorded event', () => {
  test.each(Object.entries(expected))('%s', (name, [touched, via]) => {
    const [event, ...more] = normaliseAll(read(name));

    expect(more).toEqual([]);
    expect(event).toMatchObject({
      account: sampleIds.account,
      region: sampleIds.region,
      malformed: false,
      dropped: 0,
    });
    expect(event?.actor?.via ?? null).toBe(via);
    if (typeof touched === 'string') {
      expect(event?.ignored).toBe(touched);
      return;
    }
    const hints = touched.map((one) =>
      typeof one === 'string' ? { kind: kindOf(sampleIds[one]), id: sampleIds[one] } : one,
    );
    // The one event that knows the group by its name only.
    const wanted =
      name === 'security-group-opened-by-name' ? [{ kind: 'firewall-name', id: 'default' }] : hints;
    expect(event?.hints.filter((hint) => hint.kind !== 'machine')).toMatchObject(wanted);
    expect(event?.ignored).toBeNull();
  });

  test.each(Object.keys(expected))('%s holds no secret', (name) => {
    // The one key that AWS's own documentation writes as an example.
    expect(JSON.stringify(read(name)).replaceAll('AKIAIOSFODNN7EXAMPLE', '')).not.toMatch(
      /\b(AKIA|ASIA)[A-Z0-9]{16}|sessionToken|secretAccessKey/,
    );
  });
});

describe('a sample', () => {
  test("takes a sandbox's ids", () => {
    const filled = fill(read('prefix-list-changed'), {
      'world-list': 'pl-aaaa',
      'ssh-world': 'sg-bbbb',
      account: '999988887777',
    });

    expect(normaliseAll(filled)[0]?.hints).toMatchObject([{ id: 'pl-aaaa', account: '999988887777' }]);
    expect(JSON.stringify(filled)).not.toContain(sampleIds['world-list']);
  });

  test('with a name in braces needs its id', () => {
    expect(fill({ a: ['{{ssh-world}} and {{x}}'] }, { 'ssh-world': 'sg-1', x: 'y' })).toEqual({
      a: ['sg-1 and y'],
    });
    expect(() => fill('{{nobody}}', {})).toThrow('the sample needs an id for {{nobody}}');
  });
});
