/** Every recommendation of the four handbooks, and what carries it out. The table of the README is made from this. */

/** What carries a recommendation out, or why no machine can. */
export interface Carried {
  /** Names in the registry of controls. */
  controls?: readonly string[];
  /** What `snapshut scan` looks at. */
  scan?: string;
  /** The feedback loop that does it. */
  loop?: 'waf' | 'ssh';
  /** A setting of the policy file or of this service. */
  setting?: string;
  /** Why no machine can, or not yet. */
  why?: string;
}

export interface Recommendation extends Carried {
  handbook: 'exoscale-handbook' | 'cpouta-guidelines' | 'dair' | 'aws-baseline';
  topic: string;
  recommendation: string;
}

type Row = [topic: string, recommendation: string, carried: Carried];
const rows = (handbook: Recommendation['handbook'], list: Row[]): Recommendation[] =>
  list.map(([topic, recommendation, carried]) => ({ handbook, topic, recommendation, ...carried }));

const inside =
  "it is inside the machine, which the cloud's API does not show; check it with your configuration management";
const people = 'it is about people and contracts';
const noApi = 'the cloud has no API that tells it';

const webPort = { controls: ['public-port'] };
const tls = { scan: 'protocol versions, suites, certificate' };

export const recommendations: readonly Recommendation[] = [
  ...rows('exoscale-handbook', [
    ['access', 'API keys are guarded like production servers', { why: people }],
    [
      'access',
      'API keys may do no more than their task',
      { controls: ['broad-key'], setting: 'give each key an IAM role; events show which key did what' },
    ],
    ['access', 'Keys are kept in a vault', { why: people }],
    [
      'access',
      'Every user signs in with a second factor',
      { why: `${people}; sign-ins from the audit trail are told` },
    ],
    ['access', 'Passwords are long, unique and in a manager', { why: people }],
    ['public services', 'SSH is not open to the internet', webPort],
    ['public services', 'RDP is not open to the internet', webPort],
    [
      'public services',
      'Databases are not open to the internet',
      { controls: ['public-port', 'open-database-filter'], scan: 'open database ports' },
    ],
    [
      'public services',
      'Dashboards and admin pages are not open to the internet',
      { ...webPort, scan: 'open ports' },
    ],
    [
      'firewall',
      'Ingress is filtered by role',
      { controls: ['public-port', 'default-firewall-in-use'], setting: 'scopes by group name' },
    ],
    [
      'firewall',
      'Egress is filtered by role',
      { controls: ['open-egress'], setting: 'scopes by group name' },
    ],
    ['firewall', 'ICMP stays open, or path MTU discovery breaks', { setting: 'public-port allows icmp' }],
    ['firewall', 'DNS goes out to the resolvers only', { controls: ['open-egress'] }],
    [
      'SSH',
      'Keys are RSA of 4096 bits or Ed25519',
      { scan: 'host keys', why: `Exoscale shows no users' keys, and on the machine: ${inside}` },
    ],
    ['SSH', 'Nobody signs in with a password', { scan: 'whether the server offers passwords' }],
    ['SSH', 'Nobody signs in from everywhere', webPort],
    ['SSH', 'Guessing is slowed down', { loop: 'ssh' }],
    ['HTTP', 'Everything is served over TLS', { scan: 'plain HTTP' }],
    ['HTTP', 'Plain HTTP only redirects', { scan: 'redirect to HTTPS' }],
    ['HTTP', 'HSTS of a year', { scan: 'Strict-Transport-Security' }],
    ['HTTP', 'Security headers are set', { scan: 'headers' }],
    ['HTTP', 'A web application firewall stands in front', { loop: 'waf' }],
    [
      'HTTP',
      'Server-side requests cannot reach the metadata service',
      { why: `${inside}; Exoscale has no switch for it` },
    ],
    ['TLS', 'Only modern protocol versions and suites', tls],
    ['TLS', 'Certificates are valid and renewed in time', tls],
    ['operations', 'Updates are installed', { controls: ['cluster-updates'], why: `on machines: ${inside}` }],
    [
      'operations',
      'Logs go to a central place in another account',
      {
        setting: 'the audit trail is polled into a hash-chained history',
        why: `logs of machines: ${inside}`,
      },
    ],
    [
      'operations',
      'Logs cannot be tampered with',
      { setting: 'the history is append-only and hash-chained' },
    ],
    ['operations', 'Backups lie in a second account', { why: noApi }],
    ['data', 'Object storage is not public', { controls: ['public-bucket'] }],
  ]),
  ...rows('cpouta-guidelines', [
    ['operations', 'Automatic updates are on', { why: inside }],
    ['network', 'No mail servers', { controls: ['mail-egress', 'public-port'] }],
    ['operations', 'The kernel is upgraded, with the reboot it needs', { why: inside }],
    ['operations', 'Somebody reads the announcements of the operating system', { why: people }],
    [
      'network',
      'A restrictive firewall: least ports, least addresses',
      { controls: ['public-port', 'open-egress'] },
    ],
    ['network', 'The default group is left as it is', { controls: ['default-firewall-in-use'] }],
    ['access', 'Unneeded accounts are removed', { why: inside }],
    [
      'SSH',
      'Password login is off, keys are used',
      { controls: ['weak-ssh-key'], scan: 'whether the server offers passwords' },
    ],
    ['SSH', 'Access to SSH is for known networks', webPort],
    ['images', 'No keys are stored on images', { why: inside }],
    ['SSH', 'Tools like denyhosts', { loop: 'ssh' }],
    ['network', 'Unneeded services are off', { ...webPort, scan: 'open ports' }],
    ['data', 'Communication is encrypted', tls],
    [
      'operations',
      'Logs are kept elsewhere',
      { setting: 'the history is append-only and hash-chained', why: `logs of machines: ${inside}` },
    ],
    [
      'data',
      'Containers are not public unless they are meant to be',
      { controls: ['public-bucket', 'public-sharing'] },
    ],
    ['operations', 'Backups are made', { why: noApi }],
    ['access', 'Two-factor authentication of the account', { why: people }],
  ]),
  ...rows('dair', [
    ['planning', 'Risks are analysed first', { why: people }],
    ['access', 'Multi-factor authentication', { controls: ['risky-sign-in'], why: `on OpenStack ${people}` }],
    [
      'access',
      'Least privilege',
      {
        controls: [
          'public-policy',
          'public-role-trust',
          'admin-grant',
          'public-function-url',
          'public-sharing',
        ],
      },
    ],
    [
      'access',
      'Keys are not in code, and are changed',
      { controls: ['exposed-key'], why: `what stands in code: ${people}` },
    ],
    ['network', 'Default deny', { controls: ['public-port', 'public-network-acl'] }],
    ['network', 'Networks are isolated by role', { controls: ['default-firewall-in-use'] }],
    ['network', 'Outbound traffic is restricted', { controls: ['open-egress', 'mail-egress'] }],
    ['network', 'Administration goes through a bastion or VPN', { ...webPort, setting: 'networks.trusted' }],
    ['data', 'Encryption at rest', { controls: ['unencrypted-default'] }],
    ['data', 'Encryption in transit', tls],
    [
      'data',
      'Nothing stored is public',
      { controls: ['public-bucket', 'bucket-block-public-access', 'account-block-public-access'] },
    ],
    ['application', 'Floods are absorbed', { loop: 'waf' }],
    ['application', 'Injections are stopped', { loop: 'waf' }],
    ['operations', 'Software is patched', { why: inside }],
    [
      'operations',
      'Everything is logged and watched',
      { controls: ['audit-trail-stopped'], setting: 'alerts, history, Security Hub' },
    ],
    [
      'operations',
      'Configuration is code, and drift is seen',
      { setting: 'events and sweeps compare the live state' },
    ],
    ['operations', 'Backups are made and tried', { why: noApi }],
  ]),
  ...rows('aws-baseline', [
    ['access', 'The root user has no keys and a second factor', { controls: ['risky-sign-in'] }],
    [
      'access',
      'Access keys are changed and unused ones go',
      { why: 'credentials are the subject of their own commands' },
    ],
    [
      'access',
      'No policy grants everything to everybody',
      { controls: ['public-policy', 'public-role-trust', 'admin-grant'] },
    ],
    ['network', 'No SSH, RDP or high-risk port from everywhere', webPort],
    ['network', 'Network ACLs do not let everybody administer', { controls: ['public-network-acl'] }],
    ['network', 'The default security group is not used', { controls: ['default-firewall-in-use'] }],
    [
      'data',
      'Buckets are not public, and cannot become so',
      { controls: ['public-bucket', 'bucket-block-public-access', 'account-block-public-access'] },
    ],
    [
      'data',
      'Snapshots, images and documents are not shared with everybody',
      { controls: ['public-sharing'] },
    ],
    ['data', 'What is stored is encrypted', { controls: ['unencrypted-default'] }],
    [
      'compute',
      'Functions are not called by everybody',
      { controls: ['public-policy', 'public-function-url'] },
    ],
    ['application', 'A web application firewall with rules that are kept up', { loop: 'waf' }],
    ['application', 'TLS and its certificates', tls],
    ['operations', 'Findings are in Security Hub', { setting: 'alerts.securityHub' }],
    ['operations', 'Machines are patched', { why: inside }],
    ['operations', 'Backups lie in another account', { why: noApi }],
  ]),
];

/** The table of the README, in Markdown. */
export function handbookTable(): string {
  const lines = recommendations.map((one) => {
    const cells = [one.handbook, one.topic, one.recommendation, describe(one)];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| handbook | topic | recommendation | carried out by |', '|---|---|---|---|', ...lines].join('\n');
}

function describe({ controls = [], scan, loop, setting, why }: Carried): string {
  const parts = [
    ...controls.map((name) => `\`${name}\``),
    ...(scan ? [`scan: ${scan}`] : []),
    ...(loop ? [`\`snapshut ${loop}\``] : []),
    ...(setting ? [setting] : []),
    ...(why ? [`not by a machine: ${why}`] : []),
  ];
  return parts.join('; ');
}
