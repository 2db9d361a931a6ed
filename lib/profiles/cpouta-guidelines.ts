import { profile } from './profile.ts';

export const cpoutaGuidelines = profile(
  {
    name: 'cpouta-guidelines',
    title: 'The Security Guidelines for Pouta of CSC',
    url: 'https://docs.csc.fi/cloud/pouta/security/',
  },
  `
## The project of the OS_* variables, or name a cloud of your clouds.yaml: {provider: openstack, cloud: cpouta}.
## An application credential with the roles reader and member is enough.
accounts:
  - {provider: openstack, poll: {everySeconds: 60, jitterSeconds: 10}}

## "Open ports for the least amount of addresses possible": these may reach anything. Put your own networks here.
# networks:
#   trusted: [198.51.100.0/24, "2001:db8::/32"]

controls:
  ## "Run a restrictive firewall", "Disable unneeded services": the web is public, everything else is shut. SSH is for
  ## the trusted networks.
  public-port: {mode: fix, allow: [tcp/80, tcp/443, udp/443, icmp]}
  ## "No mail servers": nothing here sends mail but through an existing SMTP server outside the cloud.
  mail-egress: {mode: fix}
  ## "The minimum access required", outwards too. A person decides.
  open-egress: {mode: ask, allow: [tcp/80, tcp/443, udp/443, tcp/53, udp/53, udp/123, icmp]}
  ## What carries the default group admits whatever else carries it.
  default-firewall-in-use: {mode: tell}
  ## "Use keys", and such as last: what new machines are given is RSA of 4096 bits or Ed25519.
  weak-ssh-key: {mode: tell}
  ## Containers of Allas and of Swift that everybody can read or write.
  public-bucket: {mode: fix}
  ## Images that everybody can start; members that you named are asked about.
  public-sharing: {mode: fix}

## "Use tools like denyhosts": failed logins are counted, and who guesses is told, and blocked with --apply.
loops:
  ssh:
    detectors:
      guess: {failures: 10, windowSeconds: 600}
`,
);
