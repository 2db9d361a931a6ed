import { rows } from '../events/cloudtrail-table.ts';
import { noticeNames } from '../events/notices.ts';

/** Kinds and hints in words for readers. */
const words: { [kind: string]: string } = {
  'account-worldwide': 'the account',
  'account-settings': "the region's defaults",
  'distribution-worldwide': 'listener',
  'firewall-name': 'firewall',
  machine: 'instance',
  'network-interface': 'firewall',
  'prefix-list': 'firewall',
  'access-point': 'bucket',
  ...Object.fromEntries(
    [
      'queue',
      'topic',
      'key',
      'repository',
      'secret',
      'function',
      'layer-version',
      'file-system',
      'domain',
      'event-bus',
      'backup-vault',
      'archive',
    ].map((one) => [one, 'policy']),
  ),
  ...Object.fromEntries(
    ['database-snapshot', 'cluster-snapshot', 'warehouse-snapshot', 'document'].map((one) => [
      one,
      'sharing',
    ]),
  ),
  'database-instance': 'database',
  warehouse: 'database',
  'user-name': 'user',
  'role-name': 'user',
  'group-name': 'user',
  'database-cluster': 'database',
  'managed-policy': 'user',
  'keys-of-user': 'credential',
  'config-recorder': 'trail',
  detector: 'trail',
  'flow-log': 'trail',
  'event-rule': 'trail',
  'event-source': 'trail',
  'own-function': 'trail',
};

/** The messages that name resources whatever they are about, by their ARNs or ids. */
const findings = [
  'Security Hub Findings - Imported',
  'Security Hub Findings - Custom Action',
  'GuardDuty Finding',
];
const configNames = ['Config Configuration Item Change', 'Config Rules Compliance Change'];

export interface EventsTable {
  /** How many different events name resources. */
  count: number;
  markdown: string;
}

/** `event name → resources`, generated from the tables that the service itself reads by. */
export function eventsTable(): EventsTable {
  const bySource = Map.groupBy(
    rows.flatMap(({ source, names, hints }) =>
      names.map((name) => ({ source, name, kinds: hints.kinds ?? [] })),
    ),
    ({ source }) => source,
  );
  const calls = [...bySource].map(([source, all]) => {
    const names = [...new Set(all.map(({ name }) => name))].sort();
    const kinds = [...new Set(all.flatMap((one) => one.kinds.map((kind) => words[kind] ?? kind)))].sort();
    return {
      count: names.length,
      line: `| ${source} | ${names.map(code).join(', ')} | ${kinds.join(', ')} |`,
    };
  });
  const messages = [...findings, ...noticeNames, ...configNames];
  const lines = [
    '| source | events | resources looked at |',
    '|---|---|---|',
    ...calls.map(({ line }) => line).sort(),
    `| EventBridge | ${messages.map(code).join(', ')} | whatever they name |`,
  ];
  const count = calls.reduce((sum, one) => sum + one.count, 0) + messages.length;
  return { count, markdown: `${lines.join('\n')}\n` };
}

function code(name: string): string {
  return `\`${name}\``;
}
