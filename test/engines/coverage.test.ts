import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { controls } from '../../lib/controls/registry.ts';

/** Where each control is carried out on a real engine, and what of it no engine does. */

interface Proof {
  /** Tests that use a real server: moto, a real service, or a process of its own. */
  engine: string[];
  /** Its verdict changes nothing of what the engine holds: there what it judges by is read from it. */
  judges?: string[];
  /** Resource types that no engine gets right, with the reason; there the SDK's commands are answered instead. */
  mocked?: { in: string; why: string }[];
}

const proofs: { [control: string]: Proof } = {
  offender: { engine: ['waf/apply'] },
  'public-port': { engine: ['e2e/firewall', 'providers/openstack/end-to-end', 'serve/sandbox'] },
  'exposed-key': { engine: ['e2e/exposed-key'] },
  'public-network-acl': { engine: ['providers/aws/rounds'] },
  'default-firewall-in-use': { engine: ['providers/aws/rounds'] },
  'open-egress': { engine: ['providers/aws/rounds'] },
  'mail-egress': { engine: ['providers/aws/rounds'] },
  'unexpected-port': { engine: ['scan/loop', 'scan/command'] },
  'weak-tls': { engine: ['scan/command'] },
  'expiring-certificate': { engine: ['scan/command', 'e2e/certificate'] },
  'missing-headers': { engine: ['scan/command'] },
  'password-ssh': { engine: ['scan/command'] },
  'open-database': { engine: ['scan/command'] },
  'mail-server': { engine: ['scan/command'] },
  'public-bucket': { engine: ['providers/aws/bucket', 'e2e/exposures', 'providers/openstack/end-to-end'] },
  'bucket-block-public-access': { engine: ['providers/aws/bucket', 'e2e/exposures'] },
  'account-block-public-access': { engine: ['providers/aws/account-block', 'e2e/exposures'] },
  'public-policy': {
    engine: ['providers/aws/policy', 'providers/aws/function', 'e2e/exposures'],
    mocked: [
      { in: 'providers/aws/vaults', why: 'No engine keeps the policies of backup and Glacier vaults' },
    ],
  },
  'public-function-url': { engine: ['providers/aws/function'] },
  'public-sharing': { engine: ['providers/aws/sharing', 'e2e/exposures'] },
  'public-database': {
    engine: ['providers/aws/database', 'e2e/exposures'],
    mocked: [
      { in: 'providers/aws/database', why: 'moto does not keep the public access of Kafka clusters' },
      { in: 'providers/aws/database', why: 'moto writes the times of DMS in a form that no SDK reads' },
      { in: 'providers/aws/database', why: 'moto does not say whether a cluster is public' },
    ],
  },
  'open-database-filter': { engine: ['providers/exoscale/database'] },
  'unprotected-metadata': { engine: ['providers/aws/instance', 'e2e/exposures'] },
  'public-role-trust': { engine: ['providers/aws/user', 'e2e/exposures'] },
  'admin-grant': { engine: ['providers/aws/user', 'e2e/exposures'] },
  'risky-sign-in': { engine: ['providers/aws/user', 'e2e/exposures'] },
  'public-cluster-endpoint': { engine: ['providers/aws/front'] },
  'weak-listener': { engine: ['providers/aws/front'] },
  'audit-trail-stopped': {
    engine: [
      'providers/aws/restored',
      'providers/aws/lost-watchers',
      'providers/aws/own-parts',
      'providers/aws/trail',
      'e2e/exposures',
    ],
  },
  'broad-key': { engine: ['providers/exoscale/credential'] },
  'cluster-updates': { engine: ['providers/exoscale/cluster'] },
  'exposed-key-pair': { engine: ['e2e/leak'] },
  'signed-links': { engine: ['providers/openstack/bucket'] },
  'stale-key': { engine: ['e2e/rotation'] },
  'unfiltered-port': { engine: ['providers/openstack/network'] },
  'weak-certificate': { engine: ['providers/aws/certificate'] },
  'root-key': { engine: [], judges: ['providers/aws/user'] },
  'two-active-keys': { engine: [], judges: ['e2e/exposed-key'] },
  'unused-user': { engine: [], judges: ['providers/aws/user'] },
  'user-without-mfa': { engine: [], judges: ['providers/aws/user'] },
  'weak-ssh-key': { engine: [], judges: ['providers/openstack/credential'] },
  'unencrypted-default': { engine: ['providers/aws/bucket', 'providers/aws/database', 'e2e/exposures'] },
};

const textOf = (name: string) => readFileSync(new URL(`../${name}.test.ts`, import.meta.url), 'utf8');
const camel = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

test('every control is carried out on an engine, in a test that names it', () => {
  expect(Object.keys(proofs).sort()).toEqual([...new Set(controls.map((one) => one.name))].sort());
  for (const [name, { engine, judges = [] }] of Object.entries(proofs)) {
    expect(engine.length + judges.map(textOf).length).toBeGreaterThan(0);
    for (const file of engine) {
      const text = textOf(file);
      expect([file, text.includes(name) || text.includes(camel(name))]).toEqual([file, true]);
    }
  }
});

test('what no engine does says so beside its test', () => {
  for (const { mocked = [] } of Object.values(proofs))
    for (const one of mocked) expect(textOf(one.in)).toContain(one.why);
});
