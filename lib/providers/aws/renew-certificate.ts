import {
  beginOf,
  endOf,
  type InternalCa,
  reissuableUntil,
  reissue,
  startOf,
} from '../../certificates/reissue.ts';
import { messageOf, RetryableError, TerminalError } from '../../errors.ts';
import type { Clients, Place } from './clients.ts';
import { awsError } from './errors.ts';
import { acmOf } from './services.ts';

/** The calls of this file. */
export const calls = ['acm:ImportCertificate'];

/** Null where the internal authority did not make it, or there is none. */
export function renewableUntil(pem: string | undefined, ca: InternalCa | null): string | null {
  return pem === undefined || ca === null ? null : reissuableUntil(pem, ca.certificate);
}

/**
 * A new certificate with a new key over the same ARN, so that what serves it goes on; one that ends then already is left.
 * https://docs.aws.amazon.com/acm/latest/userguide/import-reimport.html
 */
export async function renew(
  clients: Clients,
  place: Place,
  CertificateArn: string,
  notAfter: string,
): Promise<void> {
  const { client, sdk } = await acmOf(clients, place);
  const ca = clients.internalCa();
  const held = await client.send(new sdk.GetCertificateCommand({ CertificateArn }));
  const old = held.Certificate;
  if (old === undefined || ca === null || renewableUntil(old, ca) === null)
    throw new TerminalError(`${CertificateArn} is not of the internal authority`);
  const [heldMs, wantedMs] = [endOf(old).getTime(), Date.parse(notAfter)];
  if (heldMs === wantedMs) return;
  if (wantedMs < heldMs)
    throw new TerminalError('the private key of the certificate before is nowhere to be read');
  const now = clients.now();
  if (now === null) throw new TerminalError('nobody says what time it is');
  const notBefore = beginOf({ begin: startOf(old).getTime(), end: heldMs }, wantedMs, now);
  const wanted = { old, ca: ca.certificate, notBefore, notAfter: new Date(notAfter) };
  const made = await reissue({ ...wanted, caKey: await ca.key() });
  const CertificateChain = held.CertificateChain;
  try {
    const { privateKey = '' } = made.key.reveal();
    await client.send(
      new sdk.ImportCertificateCommand({
        CertificateArn,
        Certificate: Buffer.from(made.certificate),
        PrivateKey: Buffer.from(privateKey),
        ...(CertificateChain && { CertificateChain: Buffer.from(CertificateChain) }),
      }),
    );
  } catch (error) {
    // The request carries the key: of an error only its text gets out, not the call that it stands for.
    const told = awsError(error);
    throw told instanceof RetryableError
      ? new RetryableError(messageOf(told))
      : new TerminalError(messageOf(told));
  }
  const said = await client.send(new sdk.GetCertificateCommand({ CertificateArn }));
  if (said.Certificate === undefined || endOf(said.Certificate).getTime() !== wantedMs)
    throw new RetryableError(`${CertificateArn} is not at its new certificate yet`);
}
