import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeTls } from '../../lib/scan/tls/probe.ts';
import { leftOut } from '../engines/folder.ts';
import { sslyze } from '../engines/sslyze.ts';
import { closeServers, folder, type KeyPair, keyPair, onPath, opensslServer } from './servers.ts';

/** What we hear a server speak is what nmap's ssl-enum-ciphers and sslyze hear: same protocols, same suites. */

const run = promisify(execFile);

const servers: { [sentence: string]: string[] } = {
  'everything that OpenSSL can': ['-cipher', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'],
  'the modern guideline': ['-tls1_3'],
  'the intermediate guideline': [
    '-no_tls1',
    '-no_tls1_1',
    '-cipher',
    'ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM',
  ],
  'old versions alone': ['-no_tls1_2', '-no_tls1_3', '-cipher', 'AES128-SHA:AES256-SHA:@SECLEVEL=0'],
  'no encryption at all': ['-tls1_2', '-cipher', 'NULL-SHA256:NULL-SHA:@SECLEVEL=0'],
  'nobody’s certificate': ['-tls1_2', '-cipher', 'ADH-AES128-SHA:ADH-AES256-GCM-SHA384:@SECLEVEL=0'],
};

/** sslyze begins with a handshake of suites that encrypt and prove somebody, and gives up where it fails. */
const beyondSslyze = ['no encryption at all', 'nobody’s certificate'];
/** sslyze 6.3 has no name for them. */
const unknownToSslyze = [
  'TLSv1.2 TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA256',
  'TLSv1.2 TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA256',
];

describe.each(Object.entries(servers))('a server that offers %s', (sentence, options) => {
  let pair: KeyPair;
  let port = 0;
  let ours: string[] = [];
  beforeAll(async () => {
    pair = keyPair();
    port = await opensslServer(pair, options);
    const about = { address: '127.0.0.1', port, serverName: null, startTls: null };
    const found = await probeTls({ ...about, timeoutMs: 3000, totalMs: 30_000, width: 4 });
    expect(found.incomplete).toBeNull();
    ours = found.suites.map((one) => `${one.version} ${one.name}`).sort();
  });
  afterAll(closeServers);

  test.skipIf(onPath('nmap') === null)('nmap hears the same', async () => {
    expect(ours).toEqual(await heardByNmap(port));
  });

  const noSslyze = beyondSslyze.includes(sentence) || leftOut() !== null;
  test.skipIf(noSslyze)('sslyze hears the same', async () => {
    expect(ours.filter((one) => !unknownToSslyze.includes(one))).toEqual(await heardBySslyze(port));
  });
});

async function heardByNmap(port: number): Promise<string[]> {
  const args = ['-n', '-Pn', '-oX', '-', '-p', `${port}`, '--script', '+ssl-enum-ciphers', '127.0.0.1'];
  const { stdout } = await run('nmap', args);
  const heard: string[] = [];
  let version = '';
  for (const [, table, name = ''] of stdout.matchAll(
    /key="(TLSv[0-9.]+|SSLv3)"|<elem key="name">([^<]+)</g,
  )) {
    // nmap's own word for the suites of TLS 1.3, which do not say how keys are agreed on.
    if (table === undefined) heard.push(`${version} ${name.replace('TLS_AKE_WITH_', 'TLS_')}`);
    else version = table;
  }
  return heard.sort();
}

interface SslyzeReport {
  server_scan_results: {
    scan_result: {
      [command: string]: { result?: { accepted_cipher_suites?: { cipher_suite: { name: string } }[] } };
    };
  }[];
}

async function heardBySslyze(port: number): Promise<string[]> {
  const file = join(folder(), 'report.json');
  // It ends with 1 where a server is below Mozilla's guideline.
  await run(await sslyze(), [`--json_out=${file}`, `127.0.0.1:${port}`]).catch((error) => {
    if (error.code !== 1) throw error;
  });
  const report: SslyzeReport = JSON.parse(readFileSync(file, 'utf8'));
  const results = Object.entries(report.server_scan_results[0]?.scan_result ?? {});
  return results
    .flatMap(([command, { result }]) => {
      const [, major, minor] = /^(?:tls|ssl)_(\d)_(\d)_cipher_suites$/.exec(command) ?? [];
      const version = command.startsWith('ssl') ? `SSLv${major}` : `TLSv${major}.${minor}`;
      return (result?.accepted_cipher_suites ?? []).map((one) => `${version} ${one.cipher_suite.name}`);
    })
    .sort();
}
