import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Control } from '../../lib/controls/control.ts';
import { controls } from '../../lib/controls/registry.ts';
import { withoutVersion } from '../../lib/events/cloudtrail.ts';
import { rowOf } from '../../lib/events/cloudtrail-table.ts';
import { invert, type Kind, type State } from '../../lib/kinds.ts';
import type { Change, Mode } from '../../lib/model.ts';
import { normaliseAll } from '../../lib/normalise.ts';
import { applyToState } from '../../lib/providers/memory.ts';

/**
 * What is guarded on AWS, row by row: each control finds, changes least or only tells, undoes exactly, hears of it by the
 * event of a recorded sample, and is tried on an engine.
 */
interface Row {
  control: string;
  kind: Kind;
  mode: Mode;
  /** What it is about → the recorded event that leads to it. */
  samples: { [about: string]: string };
  /** Test files below test/ that carry it out. */
  engine: string[];
}

const rows: Row[] = [
  {
    control: 'public-bucket',
    kind: 'bucket',
    mode: 'fix',
    samples: {
      'access list': 'bucket-acl-opened',
      policy: 'bucket-policy-opened',
      'access point': 'access-point-opened',
    },
    engine: ['providers/aws/bucket', 'providers/aws/refused', 'e2e/exposures'],
  },
  {
    control: 'bucket-block-public-access',
    kind: 'bucket',
    mode: 'fix',
    samples: { bucket: 'bucket-block-removed' },
    engine: ['providers/aws/bucket'],
  },
  {
    control: 'account-block-public-access',
    kind: 'account',
    mode: 'fix',
    samples: { changed: 'account-block-removed', deleted: 'account-block-deleted' },
    engine: ['providers/aws/account-block'],
  },
  {
    control: 'public-policy',
    kind: 'policy',
    mode: 'fix',
    samples: {
      SQS: 'queue-policy-opened',
      SNS: 'topic-policy-opened',
      KMS: 'key-policy-opened',
      ECR: 'repository-policy-opened',
      'Secrets Manager': 'secret-policy-opened',
      Lambda: 'function-opened',
      'Lambda layer': 'layer-shared',
      EFS: 'file-system-policy-opened',
      OpenSearch: 'domain-policy-opened',
      'EventBridge bus': 'event-bus-opened',
      'Backup vault': 'backup-vault-opened',
      Glacier: 'archive-opened',
    },
    engine: ['providers/aws/policy', 'providers/aws/function', 'providers/aws/vaults'],
  },
  {
    control: 'public-function-url',
    kind: 'policy',
    mode: 'ask',
    samples: { url: 'function-url-opened' },
    engine: ['providers/aws/function'],
  },
  {
    control: 'public-sharing',
    kind: 'sharing',
    mode: 'fix',
    samples: {
      EBS: 'snapshot-shared',
      RDS: 'database-snapshot-shared',
      cluster: 'cluster-snapshot-shared',
      Redshift: 'warehouse-snapshot-shared',
      AMI: 'image-shared',
      SSM: 'document-shared',
    },
    engine: ['providers/aws/sharing', 'e2e/exposures'],
  },
  {
    control: 'public-database',
    kind: 'database',
    mode: 'fix',
    samples: {
      RDS: 'database-opened',
      Redshift: 'warehouse-opened',
      DMS: 'replication-instance-created',
      MSK: 'brokers-opened',
    },
    engine: ['providers/aws/database', 'e2e/exposures'],
  },
  {
    control: 'public-cluster-endpoint',
    kind: 'cluster',
    mode: 'ask',
    samples: { EKS: 'cluster-endpoint-opened' },
    engine: ['providers/aws/front'],
  },
  {
    control: 'weak-listener',
    kind: 'listener',
    mode: 'ask',
    samples: { 'load balancer': 'listener-created', CloudFront: 'distribution-weakened' },
    engine: ['providers/aws/front'],
  },
  {
    control: 'unprotected-metadata',
    kind: 'instance',
    mode: 'ask',
    samples: { instance: 'instance-metadata-opened', 'launch template': 'launch-template-opened' },
    engine: ['providers/aws/instance', 'e2e/exposures'],
  },
  {
    control: 'audit-trail-stopped',
    kind: 'trail',
    mode: 'fix',
    samples: {
      'trail stopped': 'trail-stopped',
      'trail deleted': 'trail-deleted',
      'trail narrowed': 'trail-narrowed',
      'recorder stopped': 'config-recorder-stopped',
      'detector disabled': 'detector-disabled',
      'flow log deleted': 'flow-log-deleted',
      'own rule disabled': 'event-rule-disabled',
      'own targets removed': 'event-rule-targets-removed',
      'own queue changed': 'own-queue-changed',
      'own bus changed': 'event-bus-senders-removed',
      'own event source disabled': 'event-source-disabled',
      'own function throttled': 'function-throttled',
    },
    engine: [
      'providers/aws/trail',
      'providers/aws/restored',
      'providers/aws/lost-watchers',
      'providers/aws/own-parts',
    ],
  },
  {
    control: 'unencrypted-default',
    kind: 'account',
    mode: 'fix',
    samples: { EBS: 'volume-encryption-turned-off' },
    engine: ['e2e/exposures'],
  },
  {
    control: 'unencrypted-default',
    kind: 'bucket',
    mode: 'fix',
    samples: { bucket: 'bucket-encryption-removed' },
    engine: ['providers/aws/bucket'],
  },
  {
    control: 'unencrypted-default',
    kind: 'database',
    mode: 'tell',
    samples: { RDS: 'database-created', Aurora: 'database-cluster-created', EFS: 'file-system-created' },
    engine: ['providers/aws/database'],
  },
  {
    control: 'public-role-trust',
    kind: 'user',
    mode: 'ask',
    samples: { role: 'role-trust-opened' },
    engine: ['providers/aws/user', 'e2e/exposures'],
  },
  {
    control: 'risky-sign-in',
    kind: 'account',
    mode: 'tell',
    samples: { root: 'root-signed-in', key: 'root-key-created' },
    engine: ['providers/aws/user', 'e2e/exposures'],
  },
  {
    control: 'risky-sign-in',
    kind: 'user',
    mode: 'tell',
    samples: { 'without MFA': 'user-signed-in-without-mfa' },
    engine: ['providers/aws/user', 'e2e/exposures'],
  },
  {
    control: 'admin-grant',
    kind: 'user',
    mode: 'ask',
    samples: {
      user: 'admin-attached',
      role: 'admin-role-attached',
      group: 'group-made-admin',
      membership: 'user-added-to-group',
      'policy version': 'policy-version-widened',
    },
    engine: ['providers/aws/user', 'e2e/exposures'],
  },
];

const about = (control: Control) => ({
  now: new Date('2026-11-24T08:00:30.000Z'),
  trusted: ['198.51.100.0/24'],
  trustedAccounts: [],
  trustedOrganizations: [],
  options: control.options.parse({}),
});

function changed(state: State, changes: readonly Change[]): State {
  const copy = structuredClone(state);
  let next = 0;
  for (const change of changes) applyToState(copy, change, () => `new-${next++}`);
  return copy;
}

describe.each(rows.map((row) => [`${row.control} of a ${row.kind}`, row] as const))('%s', (_, row) => {
  const control = controls.find((one) => one.name === row.control && one.kind === row.kind) as Control;

  test('is there, in the mode that is promised', () => {
    expect(control?.defaultMode).toBe(row.mode);
  });

  test('finds its bad example and passes its good one', () => {
    expect(control.check(control.examples.bad, about(control))).not.toBeNull();
    expect(control.check(control.examples.good, about(control))).toBeNull();
  });

  test(row.mode === 'tell' ? 'changes nothing' : 'fixes it, and undo restores it exactly', () => {
    const { bad } = control.examples;
    const exposures = control.check(bad, about(control))?.exposures ?? [];
    const changes = control.fix(
      bad,
      exposures.filter((one) => one.tell === undefined),
      about(control),
    );

    if (row.mode === 'tell') {
      expect(changes).toEqual([]);
      return;
    }
    const shut = changed(bad, changes);
    expect(control.check(shut, about(control))?.exposures.filter((one) => !one.tell) ?? []).toEqual([]);
    expect(changed(shut, control.undo?.(changes) ?? invert(changes))).toEqual(bad);
  });

  test.each(Object.entries(row.samples))('hears of it by a recorded event: %s', (_about, sample) => {
    const file = new URL(`../../events/aws/${sample}.json`, import.meta.url);
    const recorded = JSON.parse(readFileSync(file, 'utf8'));
    const [event] = normaliseAll(recorded);

    expect(event?.hints.length).toBeGreaterThan(0);
    const { eventSource, eventName } = recorded.detail as { eventSource: string; eventName: string };
    const named = [eventName, withoutVersion(eventName)].some((name) => rowOf.has(`${eventSource}/${name}`));
    expect(named).toBe(true);
  });

  test.each(row.engine)('is tried in %s', (file) => {
    const path = new URL(`../${file}.test.ts`, import.meta.url);
    expect(existsSync(path)).toBe(true);
    const text = readFileSync(path, 'utf8');
    // Backup and Glacier vaults are the one thing here that no engine keeps: there the SDK's commands are answered.
    expect(text).toMatch(file.endsWith('/vaults') ? /mockClient/ : /useMoto|startMoto/);
    const camel = row.control.replace(/-(\w)/g, (_whole, letter: string) => letter.toUpperCase());
    expect(text.includes(row.control) || text.includes(camel)).toBe(true);
  });
});
