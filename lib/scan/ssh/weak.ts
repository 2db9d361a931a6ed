import type { SshFacts } from '../../kinds/endpoint.ts';

/**
 * Algorithms that should not be offered any more.
 * https://www.rfc-editor.org/rfc/rfc9142 (key exchange), https://infosec.mozilla.org/guidelines/openssh
 * What OpenSSH itself still offers unasked (hmac-sha1, umac-64) is not told: nobody would read the rest.
 */
const weakKex =
  /^(diffie-hellman-group1-sha1|diffie-hellman-group14-sha1|diffie-hellman-group-exchange-sha1|rsa1024-sha1|gss-.*-sha1-.*)$/;
const weakHostKeys = /^(ssh-dss|ssh-rsa|ssh-dss-cert.*|ssh-rsa-cert-v0[01]@openssh\.com)$/;
const weakCiphers = /^(none|arcfour.*|.*-cbc(@.*)?|des.*|rijndael.*)$/;
const weakMacs = /^(none|hmac-md5.*|hmac-sha1-96.*|hmac-ripemd160.*)$/;

/** A server may write what it likes; a name has at most 64 letters: https://www.rfc-editor.org/rfc/rfc4251#section-6 */
const among = (weak: RegExp) => (name: string) => name.length <= 64 && weak.test(name);

export interface WeakOffer {
  what: 'key exchange' | 'host key' | 'cipher' | 'MAC';
  names: string[];
}

export function weakOffers({ kex, hostKeys, ciphers, macs }: SshFacts): WeakOffer[] {
  const offers: WeakOffer[] = [
    { what: 'key exchange', names: kex.filter(among(weakKex)) },
    { what: 'host key', names: hostKeys.filter(among(weakHostKeys)) },
    { what: 'cipher', names: ciphers.filter(among(weakCiphers)) },
    { what: 'MAC', names: macs.filter(among(weakMacs)) },
  ];
  return offers.filter((one) => one.names.length > 0);
}
