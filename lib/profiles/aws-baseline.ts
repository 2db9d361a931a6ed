import { profile } from './profile.ts';

export const awsBaseline = profile(
  {
    name: 'aws-baseline',
    title: 'The Foundational Security Best Practices of AWS',
    url: 'https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html',
  },
  `
## Without \`role\`, the present credentials act.
accounts:
  - {provider: aws, id: "123456789012", regions: [eu-central-1]}

# networks:
#   trusted: [198.51.100.0/24, "2001:db8::/32"]
# principals:
#   trustedAccounts: ["111122223333"]
#   trustedOrganizations: [o-exampleorg]

controls:
  ## EC2.13, EC2.14, EC2.18, EC2.19: no SSH, no RDP, no high-risk port from everywhere.
  public-port: {mode: fix, allow: [tcp/80, tcp/443, udp/443, icmp]}
  ## EC2.21: network ACLs do not let remote administration in from everywhere.
  public-network-acl: {mode: fix}
  ## EC2.2: the default security group is not used.
  default-firewall-in-use: {mode: tell}
  ## S3.1, S3.2, S3.3, S3.8: buckets are not public, and stay so.
  public-bucket: {mode: fix}
  bucket-block-public-access: {mode: fix}
  account-block-public-access: {mode: fix}
  ## SNS.4, SQS.3, KMS.5, Lambda.1: no policy lets everybody in.
  public-policy: {mode: fix}
  public-function-url: {mode: ask}
  public-role-trust: {mode: ask}
  admin-grant: {mode: ask}
  ## EC2.1, RDS.1, SSM.4: no snapshot, image or document is shared with everybody.
  public-sharing: {mode: fix}
  ## EC2.7, S3.4, RDS.3: what is new is encrypted at rest.
  unencrypted-default: {mode: fix}
  ## Sign-ins without a second factor, and the root user's keys.
  risky-sign-in: {mode: tell}
  ## Trails, recorders and detectors that were stopped are started again.
  audit-trail-stopped: {mode: fix}
  ## RDS.2, Redshift.1, DMS.1: databases have no address on the internet.
  public-database: {mode: fix}
  ## EC2.8: the metadata service wants tokens.
  unprotected-metadata: {mode: fix}
  ## Outward traffic is filtered where a person says so.
  open-egress: {mode: tell}
  mail-egress: {mode: ask}

## WAF.1 and the rest of the request path.
loops:
  waf:
    detectors:
      flood: {requests: 100, windowSeconds: 60}
      error-scan: {requests: 50, windowSeconds: 60}
      login-guess: {requests: 10, windowSeconds: 300, paths: [/login]}

alerts: {securityHub: true}
`,
);
