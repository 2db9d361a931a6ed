/**
 * Security Hub's own checks of what our controls find.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html
 */
const checks: { [control: string]: readonly string[] } = {
  'public-port': ['EC2.13', 'EC2.14', 'EC2.18', 'EC2.19', 'EC2.53', 'EC2.54'],
  'public-network-acl': ['EC2.21'],
  'default-firewall-in-use': ['EC2.2'],
  'public-bucket': ['S3.2', 'S3.3'],
  'bucket-block-public-access': ['S3.8'],
  'account-block-public-access': ['S3.1'],
  'public-sharing': ['EC2.1', 'RDS.1', 'SSM.4'],
  'public-database': ['RDS.2', 'Redshift.1', 'DMS.1'],
  'public-policy': ['Lambda.1', 'SNS.4', 'SQS.3', 'KMS.5'],
  'unprotected-metadata': ['EC2.8', 'EC2.170'],
  'public-cluster-endpoint': ['EKS.1'],
};

export function securityControlsOf(control: string): readonly string[] {
  return Object.hasOwn(checks, control) ? (checks[control] ?? []) : [];
}
