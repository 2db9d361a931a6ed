/**
 * Which exposures peers can mend by themselves, and where their code says so. Read at these commits in November 2026;
 * a cell without a fix names what was looked at.
 */

const sources = {
  custodian:
    'https://github.com/cloud-custodian/cloud-custodian/blob/df800e9e94d0860e0d8fbfebd9bc5b9b2d50367d/c7n/resources/',
  asr: 'https://github.com/aws-solutions/automated-security-response-on-aws/blob/379596298f7e82d0af5b8f23dcb72046a135d24a/source/remediation_runbooks/',
  prowler:
    'https://github.com/prowler-cloud/prowler/blob/3e000faa3109230b748e4418a13c11c9e59f5cfb/prowler/providers/aws/services/',
} as const;

/** A fix, by the name that the peer gives it and its file; or none, and where it would stand. */
export type Cell = { fix: string; at: string } | { none: string; at: string };

export interface CoverageRow {
  exposure: string;
  /** Of ours. */
  control: string;
  custodian: Cell;
  asr: Cell;
  prowler: Cell;
}

const runbook = (name: string): Cell => ({ fix: name, at: `${sources.asr}${name}.yaml` });
const noRunbook: Cell = {
  none: 'all runbooks',
  at: sources.asr.replace('/blob/', '/tree/'),
};
const action = (name: string, file: string): Cell => ({ fix: name, at: `${sources.custodian}${file}` });
const noAction = (file: string, what = `actions of ${file}`): Cell => ({
  none: what,
  at: `${sources.custodian}${file}`,
});
const fixer = (check: string): Cell => {
  const service = check.split('_')[0] ?? '';
  return { fix: check, at: `${sources.prowler}${service}/${check}/${check}_fixer.py` };
};
const noFixer = (service: string): Cell => ({
  none: `fixers of ${service}`,
  at: `${sources.prowler.replace('/blob/', '/tree/')}${service}`,
});

type Line = readonly [exposure: string, control: string, custodian: Cell, asr: Cell, prowler: Cell];

const lines: readonly Line[] = [
  [
    'security group open to the world',
    'public-port',
    action('remove-permissions', 'vpc.py'),
    runbook('DisableUnrestrictedAccessToHighRiskPorts'),
    fixer('ec2_securitygroup_allow_ingress_from_internet_to_high_risk_tcp_ports'),
  ],
  ['network ACL open to the world', 'public-network-acl', noAction('vpc.py'), noRunbook, noFixer('ec2')],
  [
    'rules in the default group',
    'default-firewall-in-use',
    action('remove-permissions', 'vpc.py'),
    runbook('RemoveVPCDefaultSecurityGroupRules'),
    noFixer('ec2'),
  ],
  [
    'public bucket list',
    'public-bucket',
    action('delete-global-grants', 's3.py'),
    runbook('ConfigureS3BucketPublicAccessBlock'),
    fixer('s3_bucket_public_list_acl'),
  ],
  [
    'public bucket policy',
    'public-bucket',
    action('remove-statements', 's3.py'),
    runbook('ConfigureS3BucketPublicAccessBlock'),
    fixer('s3_bucket_policy_public_write_access'),
  ],
  ['public access point policy', 'public-bucket', noAction('s3control.py'), noRunbook, noFixer('s3')],
  [
    "bucket's block off",
    'bucket-block-public-access',
    action('set-public-block', 's3.py'),
    runbook('ConfigureS3BucketPublicAccessBlock'),
    fixer('s3_bucket_public_access'),
  ],
  [
    "account's block off",
    'account-block-public-access',
    action('set-s3-public-block', 'account.py'),
    runbook('ConfigureS3PublicAccessBlock'),
    fixer('s3_account_level_public_access_blocks'),
  ],
  [
    'public SQS policy',
    'public-policy',
    action('remove-statements', 'sqs.py'),
    noRunbook,
    fixer('sqs_queues_not_publicly_accessible'),
  ],
  ['public SNS policy', 'public-policy', action('remove-statements', 'sns.py'), noRunbook, noFixer('sns')],
  ['public KMS policy', 'public-policy', action('remove-statements', 'kms.py'), noRunbook, noFixer('kms')],
  [
    'public ECR policy',
    'public-policy',
    action('remove-statements', 'ecr.py'),
    noRunbook,
    fixer('ecr_repositories_not_publicly_accessible'),
  ],
  [
    'public secret policy',
    'public-policy',
    action('remove-statements', 'secretsmanager.py'),
    noRunbook,
    noFixer('secretsmanager'),
  ],
  [
    'public Lambda policy or layer',
    'public-policy',
    action('remove-statements', 'awslambda.py'),
    runbook('RemoveLambdaPublicAccess'),
    fixer('awslambda_function_not_publicly_accessible'),
  ],
  ['public EFS policy', 'public-policy', action('remove-statements', 'efs.py'), noRunbook, noFixer('efs')],
  [
    'public OpenSearch policy',
    'public-policy',
    action('remove-statements', 'elasticsearch.py'),
    noRunbook,
    fixer('opensearch_service_domains_not_publicly_accessible'),
  ],
  ['public event bus policy', 'public-policy', noAction('eventbridge.py'), noRunbook, noFixer('eventbridge')],
  ['public backup vault policy', 'public-policy', noAction('backup.py'), noRunbook, noFixer('backup')],
  [
    'public Glacier policy',
    'public-policy',
    action('remove-statements', 'glacier.py'),
    noRunbook,
    fixer('glacier_vaults_policy_public_access'),
  ],
  [
    'function URL without auth',
    'public-function-url',
    noAction('awslambda.py', 'a filter, no action, in awslambda.py'),
    noRunbook,
    noFixer('awslambda'),
  ],
  [
    'public EBS snapshot',
    'public-sharing',
    action('set-permissions', 'ebs.py'),
    runbook('MakeEBSSnapshotsPrivate'),
    fixer('ec2_ebs_public_snapshot'),
  ],
  ['public AMI', 'public-sharing', action('set-permissions', 'ami.py'), noRunbook, fixer('ec2_ami_public')],
  [
    'public RDS or cluster snapshot',
    'public-sharing',
    action('set-permissions', 'rds.py'),
    runbook('MakeRDSSnapshotPrivate'),
    fixer('rds_snapshots_public_access'),
  ],
  [
    'shared Redshift snapshot',
    'public-sharing',
    action('revoke-access', 'redshift.py'),
    noRunbook,
    noFixer('redshift'),
  ],
  [
    'public SSM document',
    'public-sharing',
    action('set-sharing', 'ssm.py'),
    runbook('BlockSSMDocumentPublicAccess'),
    noFixer('ssm'),
  ],
  [
    'public RDS instance',
    'public-database',
    action('set-public-access', 'rds.py'),
    runbook('DisablePublicAccessToRDSInstance'),
    fixer('rds_instance_no_public_access'),
  ],
  [
    'public Redshift cluster',
    'public-database',
    action('set-public-access', 'redshift.py'),
    runbook('DisablePublicAccessToRedshiftCluster'),
    noFixer('redshift'),
  ],
  ['public DMS instance', 'public-database', noAction('dms.py'), noRunbook, noFixer('dms')],
  ['public MSK cluster', 'public-database', noAction('kafka.py'), noRunbook, noFixer('kafka')],
  [
    'EKS endpoint open to the world',
    'public-cluster-endpoint',
    action('update-config', 'eks.py'),
    noRunbook,
    noFixer('eks'),
  ],
  [
    'old TLS policy of a load balancer',
    'weak-listener',
    action('modify-listener', 'appelb.py'),
    noRunbook,
    noFixer('elbv2'),
  ],
  [
    'HTTP listener without redirect',
    'weak-listener',
    noAction('appelb.py', 'modify-listener sets no redirect'),
    runbook('EnforceHTTPSForALB'),
    noFixer('elbv2'),
  ],
  [
    'old TLS of CloudFront',
    'weak-listener',
    action('set-protocols', 'cloudfront.py'),
    noRunbook,
    noFixer('cloudfront'),
  ],
  [
    'instance without IMDSv2',
    'unprotected-metadata',
    action('set-metadata-access', 'ec2.py'),
    runbook('EnableIMDSV2OnInstance'),
    fixer('ec2_instance_account_imdsv2_enabled'),
  ],
  [
    'trail stopped',
    'audit-trail-stopped',
    action('set-logging', 'cloudtrail.py'),
    runbook('CreateCloudTrailMultiRegionTrail'),
    fixer('cloudtrail_multi_region_enabled'),
  ],
  [
    'Config recorder stopped',
    'audit-trail-stopped',
    action('toggle-recording', 'config.py'),
    runbook('EnableAWSConfig'),
    noFixer('config'),
  ],
  [
    'GuardDuty detector off',
    'audit-trail-stopped',
    noAction('guardduty.py'),
    runbook('EnableGuardDuty'),
    fixer('guardduty_is_enabled'),
  ],
  [
    'VPC flow logs gone',
    'audit-trail-stopped',
    action('set-flow-log', 'vpc.py'),
    runbook('EnableVPCFlowLogs'),
    noFixer('vpc'),
  ],
  [
    'EBS encryption off by default',
    'unencrypted-default',
    action('set-ebs-encryption', 'account.py'),
    runbook('EnableEbsEncryptionByDefault'),
    fixer('ec2_ebs_default_encryption'),
  ],
  [
    'bucket encryption removed',
    'unencrypted-default',
    action('set-bucket-encryption', 's3.py'),
    runbook('EnableDefaultEncryptionS3'),
    noFixer('s3'),
  ],
  ['role that anybody may assume', 'public-role-trust', noAction('iam.py'), noRunbook, noFixer('iam')],
  [
    'administrator of a user or role',
    'admin-grant',
    action('set-policy', 'iam.py'),
    noRunbook,
    noFixer('iam'),
  ],
  [
    'exposed access key',
    'exposed-key',
    action('remove-keys', 'iam.py'),
    { none: 'RevokeUnrotatedKeys goes by age', at: `${sources.asr}RevokeUnrotatedKeys.yaml` },
    noFixer('iam'),
  ],
  [
    'old or unused access key',
    'stale-key',
    action('remove-keys', 'iam.py'),
    runbook('RevokeUnrotatedKeys'),
    noFixer('iam'),
  ],
  [
    'second active access key, never used',
    'two-active-keys',
    action('remove-keys', 'iam.py'),
    runbook('RevokeUnusedIAMUserCredentials'),
    noFixer('iam'),
  ],
  [
    "the root user's access key (told: only root can delete it)",
    'root-key',
    noAction('account.py'),
    noRunbook,
    noFixer('iam'),
  ],
  [
    'unused password of a user (told: it could not be put back)',
    'unused-user',
    action('delete', 'iam.py'),
    runbook('RevokeUnusedIAMUserCredentials'),
    noFixer('iam'),
  ],
  [
    'user without a second factor (told: only the user can register one)',
    'user-without-mfa',
    noAction('iam.py'),
    noRunbook,
    noFixer('iam'),
  ],
  [
    'key pair whose private half is out',
    'exposed-key-pair',
    noAction('vpc.py', 'delete takes unused key pairs only'),
    noRunbook,
    noFixer('ec2'),
  ],
  [
    'certificate that ends soon (told)',
    'expiring-certificate',
    noAction('acm.py', 'delete, in its example of ended ones'),
    noRunbook,
    noFixer('acm'),
  ],
  [
    'certificate with a weak key or hash (told)',
    'weak-certificate',
    noAction('acm.py', 'delete only'),
    noRunbook,
    noFixer('acm'),
  ],
];

export const coverage: readonly CoverageRow[] = lines.map(([exposure, control, custodian, asr, prowler]) => ({
  exposure,
  control,
  custodian,
  asr,
  prowler,
}));

function tell(cell: Cell): string {
  return 'fix' in cell ? `[\`${cell.fix}\`](${cell.at})` : `no ([${cell.none}](${cell.at}))`;
}

/** Rows for the README. */
export function coverageRows(): string[][] {
  return coverage.map((row) => [
    row.exposure,
    `\`${row.control}\``,
    ...[row.custodian, row.asr, row.prowler].map(tell),
  ]);
}
