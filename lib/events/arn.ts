import type { Hint } from '../model.ts';
import { isAccountId, isRegion } from './ids.ts';

/** A kind or a hint that the provider resolves, with its id. */
export interface Named {
  kind: string;
  id: string;
}

/** Where a message was written: what it names may leave its place out. */
export interface Origin {
  account: string | null;
  region: string | null;
}

interface Row {
  services: readonly string[];
  /** What stands behind the account. */
  rest: RegExp;
  /** `$1` is the first group, `$&` the whole ARN. */
  named: readonly (readonly [kind: string, id: string])[];
}

const row = (services: string, rest: RegExp, ...named: (readonly [string, string])[]): Row => ({
  services: services.split(' '),
  rest,
  named,
});

/** ARNs and the guarded things that they name, one line each. */
const rows: readonly Row[] = [
  row('ec2', /^security-group\/(sg-\w+)$/, ['firewall', '$1']),
  row('ec2', /^network-acl\/(acl-\w+)$/, ['network-acl', '$1']),
  row('ec2', /^prefix-list\/(pl-\w+)$/, ['prefix-list', '$1']),
  row('ec2', /^instance\/(i-\w+)$/, ['instance', '$1']),
  row('ec2', /^network-interface\/(eni-\w+)$/, ['network-interface', '$1']),
  row('ec2', /^launch-template\/(lt-\w+)$/, ['instance', '$1']),
  row('ec2', /^(?:snapshot|image)\/((?:snap|ami)-\w+)$/, ['sharing', '$1']),
  row('ec2', /^vpc-flow-log\/(fl-\w+)$/, ['flow-log', '$1']),
  row('s3', /^([a-zA-Z0-9._-]+)(?:\/.*)?$/, ['bucket', '$1']),
  row('s3', /^accesspoint[/:]([a-z0-9-]+)(?:\/.*)?$/, ['access-point', '$1']),
  row('sqs', /^[\w-]+(?:\.fifo)?$/, ['policy', '$&']),
  row('sns', /^[\w-]+(?:\.fifo)?$/, ['policy', '$&']),
  row('kms', /^key\/[\w-]+$/, ['policy', '$&']),
  row('ecr', /^repository\/[^:]+$/, ['policy', '$&']),
  row('secretsmanager', /^secret:.+$/, ['policy', '$&']),
  row('lambda', /^function:([\w-]+)(?::.*)?$/, ['function', '$1']),
  row('lambda', /^layer:[\w-]+:\d+$/, ['policy', '$&']),
  row('elasticfilesystem', /^file-system\/.+$/, ['policy', '$&'], ['database', '$&']),
  row('es', /^domain\/([\w-]+)$/, ['policy', '$&']),
  row('events', /^event-bus\/.+$/, ['policy', '$&']),
  row('backup', /^backup-vault:.+$/, ['policy', '$&']),
  row('glacier', /^vaults\/.+$/, ['policy', '$&']),
  row('rds', /^db:([\w-]+)$/, ['database', '$&']),
  row('rds', /^cluster:([\w-]+)$/, ['database', '$&']),
  row('rds', /^snapshot:.+$/, ['sharing', '$&']),
  row('rds', /^(?:cluster-snapshot|dbclustersnapshot):(.+)$/, ['cluster-snapshot', '$1']),
  row('redshift', /^cluster:.+$/, ['database', '$&']),
  row('redshift', /^snapshot:[^/]+\/.+$/, ['sharing', '$&']),
  row('dms', /^rep:.+$/, ['database', '$&']),
  row('kafka', /^cluster\/.+$/, ['database', '$&']),
  row('ssm', /^document\/.+$/, ['sharing', '$&']),
  row('eks', /^cluster\/([\w-]+)$/, ['cluster', '$1']),
  row('elasticloadbalancing', /^listener\/(?:app|net)\/.+$/, ['listener', '$&']),
  row('cloudfront', /^distribution\/(\w+)$/, ['distribution-worldwide', '$1']),
  row('cloudtrail', /^trail\/.+$/, ['trail', '$&']),
  row('events', /^rule\/(.+)$/, ['event-rule', '$1']),
  row('guardduty', /^detector\/(\w+)$/, ['detector', '$1']),
  row('acm', /^certificate\/[\w-]+$/, ['certificate', '$&']),
  row('iam', /^root$/, ['account-worldwide', 'account']),
  row('iam', /^(?:user|role|group)\/.+$/, ['user', '$&']),
];

/** What an ARN names, in the place that it says; nothing for what is not guarded or is no ARN. */
export function hintsOfArn(arn: string, origin: Origin): Hint[] {
  const [prefix, partition, service = '', region = '', account = '', ...more] = arn.split(':');
  if (prefix !== 'arn' || !partition?.startsWith('aws') || arn.length > 512) return [];
  const rest = more.join(':');
  for (const { services, rest: shape, named } of rows) {
    const found = services.includes(service) ? shape.exec(rest) : null;
    if (found === null) continue;
    const place = {
      account: isAccountId(account) ? account : origin.account,
      region: isRegion(region) ? region : origin.region,
    };
    return named.flatMap(([kind, id]) =>
      placed({ kind, id: id.replace('$&', arn).replace('$1', found[1] ?? '') }, place),
    );
  }
  return [];
}

/** What is at home in no region, wherever it is spoken of. */
const worldwide = new Set([
  'user',
  'user-name',
  'role-name',
  'group-name',
  'credential',
  'session-key',
  'sessions',
  'keys-of-user',
]);

export function placed({ kind, id }: Named, { account, region }: Origin): Hint[] {
  const home = worldwide.has(kind) || kind.endsWith('-worldwide') ? 'global' : region;
  if (account === null || home === null) return [];
  return [{ provider: 'aws', account, region: home, kind, id }];
}
