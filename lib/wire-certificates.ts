import { readFileSync } from 'node:fs';
import { type InternalCa, whyNoAuthority } from './certificates/reissue.ts';
import { environment, type Policy } from './config.ts';
import { messageOf, TerminalError } from './errors.ts';
import { fetchSecret, Secrets } from './secret.ts';

/** The part of the composition root that knows the internal authority. */

/** The calls of this file. */
export { calls } from './secret.ts';

/** The key is asked for when a certificate is made, and not before. Throws TerminalError where its certificate cannot be read. */
export function internalCaOf({ certificates }: Policy, now: () => Date): InternalCa | null {
  const named = certificates.internalCa;
  if (named === undefined) return null;
  const secrets = new Secrets({ variable: environment().variable, fetch: fetchSecret, now });
  return { certificate: certificateIn(named.certificate), key: () => secrets.of(named.keyEnv) };
}

function certificateIn(pemOrFile: string): string {
  if (pemOrFile.includes('-----BEGIN')) return checked(pemOrFile, 'the certificate');
  try {
    return checked(readFileSync(pemOrFile, 'utf8'), pemOrFile);
  } catch (error) {
    if (error instanceof TerminalError) throw error;
    throw new TerminalError(`certificates.internalCa: ${messageOf(error)}`);
  }
}

function checked(pem: string, name: string): string {
  const wrong = whyNoAuthority(pem);
  if (wrong !== null) throw new TerminalError(`certificates.internalCa, ${name}: ${wrong}`);
  return pem;
}
