/** What each recorded sample of an exposure names, and how its actor came. */
export const exposureSamples: { [sample: string]: [kind: string, id: string, via: string | null] } = {
  'bucket-policy-opened': ['bucket', 'shop-data', 'cli'],
  'bucket-acl-opened': ['bucket', 'shop-data', 'console'],
  'bucket-block-removed': ['bucket', 'shop-data', 'console'],
  'account-block-removed': ['account-worldwide', 'account', 'cli'],
  'queue-policy-opened': ['queue', 'https://sqs.eu-central-1.amazonaws.com/123456789012/orders', 'terraform'],
  'function-url-opened': ['function', 'resize', 'sdk'],
  'snapshot-shared': ['sharing', 'snap-06d7e8f901234567a', 'cli'],
  'database-opened': ['database-instance', 'orders', 'console'],
  'instance-metadata-opened': ['machine', 'i-05c6d7e8f90123456', 'cli'],
  'role-trust-opened': ['role-name', 'deployer', 'terraform'],
  'admin-attached': ['user-name', 'maria', 'cli'],
  'trail-stopped': ['trail', 'arn:aws:cloudtrail:eu-central-1:123456789012:trail/main', 'sdk'],
  'volume-encryption-turned-off': ['account-settings', 'account', 'console'],
  'listener-created': [
    'listener',
    'arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/shop/07e8f9012345678b/18f9012345678bc0',
    'terraform',
  ],
  'cluster-endpoint-opened': ['cluster', 'platform', 'cli'],
  'root-signed-in': ['account-worldwide', 'account', 'console'],
};
