import * as z from 'zod';
import type { EndpointState, SshFacts } from '../kinds/endpoint.ts';
import type { Exposure, Finding } from '../model.ts';
import { weakOffers } from '../scan/ssh/weak.ts';
import { control } from './control.ts';
import { wellKept } from './endpoint-example.ts';
import { findingOf, noChanges, reachOf, toldOnly } from './endpoint-exposures.ts';

/** Ways to log in that somebody can guess at. */
const guessable = ['password', 'keyboard-interactive'];

function check(state: EndpointState): Finding | null {
  return findingOf(
    state.ssh.flatMap((facts) => exposuresOf(facts, state)),
    state,
  );
}

function exposuresOf(facts: SshFacts, state: EndpointState): Exposure[] {
  const about = { part: 'ssh', id: facts.id, to: reachOf(state), tell: toldOnly };
  const weak = weakOffers(facts).map((one) => `weak ${one.what} ${one.names.join(', ')}`);
  if (facts.methods?.includes('none')) {
    return [{ ...about, what: `${facts.id} (ssh) lets in without any login`, severity: 'critical' }];
  }
  const offered = facts.methods?.filter((method) => guessable.includes(method)) ?? [];
  const faults = [...(offered.length > 0 ? [`login by ${offered.join(', ')}`] : []), ...weak];
  if (faults.length === 0) return [];
  const what = `${facts.id} (ssh) offers ${faults.join('; ')}`;
  return [{ ...about, what, severity: offered.length > 0 ? 'high' : 'medium' }];
}

const keysOnly: SshFacts = {
  id: 'tcp/22',
  port: 22,
  banner: 'SSH-2.0-OpenSSH_9.9',
  methods: ['publickey'],
  kex: ['curve25519-sha256'],
  hostKeys: ['ssh-ed25519'],
  ciphers: ['chacha20-poly1305@openssh.com'],
  macs: ['hmac-sha2-256-etm@openssh.com'],
};

export const passwordSsh = control({
  name: 'password-ssh',
  kind: 'endpoint',
  title: 'SSH that takes passwords, or offers weak algorithms',
  remedy: 'tells what is offered; only who runs the server can change it',
  defaultMode: 'tell',
  options: z.strictObject({}),
  check,
  fix: noChanges,
  examples: {
    bad: { ...wellKept, ssh: [{ ...keysOnly, methods: ['publickey', 'password'] }] },
    good: { ...wellKept, ssh: [keysOnly] },
  },
});
