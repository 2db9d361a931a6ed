import { profile } from './profile.ts';

export const exoscaleHandbook = profile(
  {
    name: 'exoscale-handbook',
    title: 'The Cloud Security Handbook of Exoscale',
    url: 'https://community.exoscale.com/documentation/handbooks/cloud-security/',
  },
  `
## EXOSCALE_API_KEY and EXOSCALE_API_SECRET are read from the environment. Give the key a role of its own that may do
## no more than list, read and change security groups, and read events.
accounts:
  - {provider: exoscale, zones: [ch-gva-2], poll: {everySeconds: 60, jitterSeconds: 10}}

## "SSH and RDP must not be reachable from everywhere": from these networks they are. Put your own here.
# networks:
#   trusted: [198.51.100.0/24, "2001:db8::/32"]

controls:
  ## Public services are the web and nothing else: no SSH, no RDP, no database, no dashboard. ICMP stays allowed,
  ## because path MTU discovery needs it.
  public-port: {mode: fix, allow: [tcp/80, tcp/443, udp/443, icmp]}
  ## "Filter egress by role": a server that was broken into should not reach everything. DNS and time stay allowed.
  ## A person decides, because only you know what a role needs.
  open-egress: {mode: ask, allow: [tcp/80, tcp/443, udp/443, tcp/53, udp/53, udp/123, icmp]}
  ## Nobody sends mail from here but through a relay.
  mail-egress: {mode: ask}
  ## Databases have filters, and the filters are not the world.
  open-database-filter: {mode: fix}
  ## Object storage is for those who are named.
  public-bucket: {mode: fix}
  ## "API keys may do no more than their task": one that may do everything is told.
  broad-key: {mode: tell}
  ## Kubernetes clusters install the patches of their control plane. A person decides when to begin.
  cluster-updates: {mode: ask}
  ## New instances get a group of their own role, not the default one.
  default-firewall-in-use: {mode: tell}

## What a role needs beyond that is said by the name of its group.
# scopes:
#   - {match: {name: "mail-*"}, control: mail-egress, mode: off}
#   - {match: {name: "dns-*"}, control: public-port, options: {allow: [tcp/53, udp/53, icmp]}}

## A web application firewall learns from the request logs, SSH from its own: who floods, probes or guesses is told,
## and blocked with --apply.
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
