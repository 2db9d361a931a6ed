import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectScan } from '../../lib/scan/connect-scan.ts';
import type { Host } from '../../lib/scan/hosts.ts';
import { type ScanPlan, scan } from '../../lib/scan/scan.ts';
import { lookAtTls } from '../../lib/scan/tls/look.ts';

/**
 * The scanner beside the tools that people know, in a network namespace of its own, so that nothing else of the machine
 * is contacted: `unshare -n node test/bench/scan.ts` as root. Needs nmap and iproute2; `SSLYZE=path/to/sslyze` adds
 * sslyze.
 */

const rounds = 3;
const port = 4433;

execFileSync('ip', ['link', 'set', 'lo', 'up']);
if (otherInterfaces().length > 0) {
  console.error('run it in a network namespace of its own: unshare -n node test/bench/scan.ts');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'snapshut-bench-'));
const server = startServer();
try {
  await untilItAnswers();
  const ports = Array.from({ length: 65_535 }, (_, at) => at + 1);
  await tell('65,535 ports, connect scan', async () => {
    const scan = { address: '127.0.0.1', ports, timeoutMs: 1500, tries: 2, width: 512 };
    const open = await connectScan({ ...scan, perSecond: Number.POSITIVE_INFINITY });
    if (!open.includes(port)) throw new Error('the open port was missed');
  });
  await tell('65,535 ports, nmap -sT -p-', () => run('nmap', ['-n', '-Pn', '-sT', '-p-', '127.0.0.1']));
  const addresses = Array.from({ length: 200 }, (_, at) => `127.0.1.${at + 1}`);
  await tell('200 addresses, 1,000 ports each, as `snapshut scan` looks where nmap is installed', () =>
    scanAll('auto', addresses, ports.slice(0, 1000)),
  );
  await tell('200 addresses, 1,000 ports each, by connecting alone', () =>
    scanAll('connect', addresses, ports.slice(0, 1000)),
  );
  await tell('200 addresses, 1,000 ports each, nmap -sT', () =>
    run('nmap', ['-n', '-Pn', '-sT', '-p1-1000', '127.0.1.1-200']),
  );
  await tell('TLS report', async () => {
    const about = { address: '127.0.0.1', port, serverName: null, startTls: null };
    const looked = await lookAtTls({ ...about, timeoutMs: 3000, totalMs: 30_000, width: 4 });
    if (looked?.tls.incomplete !== null) throw new Error('the report is not whole');
  });
  await tell('TLS report, nmap ssl-enum-ciphers', () =>
    run('nmap', ['-n', '-Pn', '-p', String(port), '--script', 'ssl-enum-ciphers', '127.0.0.1']),
  );
  const sslyze = process.env.SSLYZE;
  if (sslyze && existsSync(sslyze)) {
    await tell('TLS report, sslyze', () => run(sslyze, [`127.0.0.1:${port}`]));
  } else console.log('TLS report, sslyze: not there (SSLYZE=path/to/sslyze)');
} finally {
  server.kill();
  rmSync(folder, { recursive: true });
}

async function scanAll(
  engine: ScanPlan['engine'],
  addresses: readonly string[],
  ports: readonly number[],
): Promise<void> {
  const hosts = addresses.map(
    (address): Host => ({ address, family: 4, name: null, ports: null, isGlobal: false }),
  );
  const plan: ScanPlan = {
    hosts,
    ports,
    engine,
    perSecond: 2000,
    connectMs: 1500,
    timeoutMs: 3000,
    rulesOf: async () => [],
  };
  let seen = 0;
  for await (const _ of scan(plan)) seen += 1;
  if (seen !== hosts.length) throw new Error(`${seen} of ${hosts.length} addresses were looked at`);
}

function otherInterfaces(): string[] {
  const links: { ifname: string }[] = JSON.parse(execFileSync('ip', ['-j', 'link'], { encoding: 'utf8' }));
  return links.map((one) => one.ifname).filter((name) => name !== 'lo');
}

function startServer() {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const identity = ['-newkey', 'rsa:2048', '-keyout', key, '-out', certificate, '-subj', '/CN=localhost'];
  execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '30', ...identity], { stdio: 'ignore' });
  const suites = ['-cipher', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'];
  const args = [
    's_server',
    '-accept',
    `127.0.0.1:${port}`,
    '-key',
    key,
    '-cert',
    certificate,
    '-www',
    '-quiet',
  ];
  return spawn('openssl', [...args, ...suites], { stdio: 'ignore' });
}

async function untilItAnswers(): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const scan = { address: '127.0.0.1', ports: [port], timeoutMs: 200, tries: 1, width: 1, perSecond: 1000 };
    if ((await connectScan(scan)).length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('openssl s_server does not answer');
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { status, error } = spawnSync(program, args, { stdio: 'ignore' });
  if (error) throw error;
  // sslyze ends with 1 where a server is below Mozilla's guideline.
  if (status === null || status > 1) throw new Error(`${program} ended with ${status}`);
}

async function tell(what: string, work: () => Promise<unknown>): Promise<void> {
  const tookMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedMs = performance.now();
    await work();
    tookMs.push(performance.now() - startedMs);
  }
  tookMs.sort((a, b) => a - b);
  const of = (share: number) => Math.round(tookMs[Math.floor(share * (tookMs.length - 1))] ?? 0);
  console.log(`${what}: median ${of(0.5)} ms, best ${of(0)} ms, worst ${of(1)} ms`);
}
