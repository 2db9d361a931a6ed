import * as z from 'zod';
import type { CredentialState } from '../kinds/credential.ts';
import { control } from './control.ts';

const good: CredentialState = {
  kind: 'credential',
  name: 'ann',
  tags: {},
  service: 'keypair',
  createdAt: null,
  lastUsedAt: null,
  otherActiveKeys: 0,
  isQuarantined: false,
  publicKey: { algorithm: 'ssh-ed25519', bits: null },
  lacks: ['deactivation'],
  settings: { status: 'Active' },
};

/** What is wrong with the key, or null. DSA was taken out of OpenSSH; RSA is as strong as it is long. */
function weakness({ publicKey }: CredentialState, rsaBits: number): string | null {
  if (!publicKey) return null;
  if (publicKey.algorithm === 'ssh-dss') return 'a DSA key';
  if (publicKey.algorithm !== 'ssh-rsa' || publicKey.bits === null || publicKey.bits >= rsaBits) return null;
  return `an RSA key of ${publicKey.bits} bits`;
}

export const weakSshKey = control({
  name: 'weak-ssh-key',
  kind: 'credential',
  title: 'New machines are given an SSH key that is too short',
  remedy: 'tells which; machines that have it keep it, so only their owner can change it',
  defaultMode: 'tell',
  options: z.strictObject({
    /** RSA keys of fewer bits are told. */
    rsaBits: z.int().min(2048).max(16_384).default(4096),
  }),
  check(state, { options }) {
    const what = weakness(state, options.rsaBits);
    if (what === null) return null;
    const who = state.name ?? 'somebody';
    const why = `New machines of ${who} are given ${what}; ${options.rsaBits} bits or Ed25519 are wanted.`;
    const tell = 'a machine keeps the key that it was made with';
    const exposure = { part: 'settings', id: 'status', what, to: 'whoever can break it', tell };
    return { severity: 'low', why, exposures: [{ ...exposure, severity: 'low' }] };
  },
  fix: () => [],
  examples: { bad: { ...good, publicKey: { algorithm: 'ssh-rsa', bits: 2048 } }, good },
});
