import { profile } from './profile.ts';

export const dair = profile(
  {
    name: 'dair',
    title: 'DAIR Cloud Security Best Practices of CANARIE',
    url: 'https://www.canarie.ca/document/dair-cloud-security-best-practices/',
  },
  `
## Take away what you do not have. Without \`role\`, the present AWS credentials act; OpenStack is the project of OS_*.
accounts:
  - {provider: aws, id: "123456789012", regions: [ca-central-1]}
  # - {provider: openstack}

# networks:
#   trusted: [198.51.100.0/24, "2001:db8::/32"]

## Accounts that may be given something; everybody else is a stranger.
# principals:
#   trustedAccounts: ["111122223333"]

controls:
  ## "Default deny": no port is public but the web.
  public-port: {mode: fix, allow: [tcp/80, tcp/443, udp/443, icmp]}
  ## Defence in depth: the second wall has no holes that the first one has not.
  public-network-acl: {mode: fix}
  ## "Restrict outbound traffic too": exfiltration needs a way out.
  open-egress: {mode: ask, allow: [tcp/80, tcp/443, udp/443, tcp/53, udp/53, udp/123, icmp]}
  mail-egress: {mode: ask}
  ## "Least privilege": nobody gets in by a policy or a share that is meant for nobody in particular.
  public-policy: {mode: fix}
  public-function-url: {mode: ask}
  public-role-trust: {mode: ask}
  admin-grant: {mode: ask}
  public-sharing: {mode: fix}
  ## "Keys are not in code": one that was found there is switched off, where the cloud can do that, and told elsewhere.
  exposed-key: {mode: fix}
  ## "Sensitivity of data": nothing stored is public.
  public-bucket: {mode: fix}
  bucket-block-public-access: {mode: fix}
  account-block-public-access: {mode: fix}
  ## "Encryption at rest".
  unencrypted-default: {mode: fix}
  ## Sign-ins without a second factor, and the root user's keys.
  risky-sign-in: {mode: tell}
  ## Trails, recorders and detectors that were stopped are started again.
  audit-trail-stopped: {mode: fix}
  ## Isolation: instances have groups of their own role.
  default-firewall-in-use: {mode: tell}

## "DDoS" and "injection": request logs are watched for floods, probes and guessing.
loops:
  waf:
    detectors:
      flood: {requests: 100, windowSeconds: 60}
      error-scan: {requests: 50, windowSeconds: 60}
      login-guess: {requests: 10, windowSeconds: 300, paths: [/login]}
  ssh:
    detectors:
      guess: {failures: 10, windowSeconds: 600}
`,
);
