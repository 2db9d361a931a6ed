import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate authority as companies have them, made by OpenSSL. */
export interface Authority {
  folder: string;
  pem: string;
  key: string;
  files: { pem: string; key: string };
}

const keyArgs = (sort: string) => {
  const [type, of = ''] = sort.split(':');
  return type === 'ec' ? ['-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${of}`] : ['-newkey', `rsa:${of}`];
};

const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });

/** `key`: `rsa:2048`, `ec:prime256v1`. */
export function authority(folder: string, name: string, key: string): Authority {
  const at = join(folder, randomUUID());
  const files = { pem: `${at}.crt`, key: `${at}.key` };
  const usage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  const subject = ['-utf8', '-subj', `/O=Example/CN=${name}`, ...usage];
  openssl(
    'req',
    '-x509',
    '-nodes',
    ...keyArgs(key),
    '-days',
    '3650',
    ...subject,
    '-keyout',
    files.key,
    '-out',
    files.pem,
  );
  return { folder, pem: readFileSync(files.pem, 'utf8'), key: readFileSync(files.key, 'utf8'), files };
}

/** A server's certificate by it, for `NAME.internal.example` and an address. */
export function issued(ca: Authority, name: string, key: string, days = '5') {
  const at = join(ca.folder, randomUUID());
  const subject = ['-utf8', '-subj', `/O=Example/OU=Betrieb/CN=${name}.internal.example`];
  openssl('req', '-new', '-nodes', ...keyArgs(key), ...subject, '-keyout', `${at}.key`, '-out', `${at}.csr`);
  writeFileSync(
    `${at}.ext`,
    [
      'basicConstraints=critical,CA:FALSE',
      'keyUsage=critical,digitalSignature,keyEncipherment',
      'extendedKeyUsage=serverAuth,clientAuth',
      `subjectAltName=DNS:${name}.internal.example,DNS:*.${name}.internal.example,IP:10.0.0.7`,
      'subjectKeyIdentifier=hash',
      'authorityKeyIdentifier=keyid',
    ].join('\n'),
  );
  const by = ['-CA', ca.files.pem, '-CAkey', ca.files.key, '-set_serial', '4711', '-days', days];
  openssl('x509', '-req', '-in', `${at}.csr`, ...by, '-extfile', `${at}.ext`, '-out', `${at}.crt`);
  return {
    file: `${at}.crt`,
    pem: readFileSync(`${at}.crt`, 'utf8'),
    key: readFileSync(`${at}.key`, 'utf8'),
  };
}
