/**
 * How fast logs are analysed, against what else reads the same bytes. `node test/bench/logs.ts [LINES]`.
 * Prints megabytes (unpacked) and lines a second, and ratios; every competitor that is not here is named as not
 * measured.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { createGunzip, createGzip } from 'node:zlib';
import { LineCutter } from '../../lib/logs/lines.ts';
import { openFile, readLines } from '../../lib/logs/source.ts';
import { enginesFolder, ensureVenv } from '../../lib/sandbox/venv.ts';
import { logLines } from '../../lib/ssh/command.ts';
import { SshLoop } from '../../lib/ssh/policy.ts';
import { requestLines } from '../../lib/waf/command.ts';
import { WafLoop } from '../../lib/waf/policy.ts';
import { generateSshdLines } from './sshd-lines.ts';
import { generateWafLines } from './waf-lines.ts';

const count = Number(process.argv[2] ?? 1_000_000);
const folder = join(enginesFolder(), 'bench');
mkdirSync(folder, { recursive: true });

interface Measured {
  name: string;
  ms: number;
}

interface Ours extends Measured {
  bytes: number;
  /** Resident memory at most. */
  mostMb: number;
}

function tell(what: string, lines: number, ours: Ours, others: readonly (Measured | string)[]): void {
  const { bytes } = ours;
  console.log(`\n${what}: ${lines} lines, ${Math.round(bytes / 1e6)} MB`);
  const rate = ({ ms }: Measured) =>
    `${Math.round(bytes / ms / 1000)} MB/s, ${Math.round((lines / ms) * 1000)} lines/s`;
  console.log(`  ${ours.name}: ${rate(ours)}, ${ours.mostMb} MB of memory at most`);
  for (const other of others) {
    if (typeof other === 'string') console.log(`  ${other}: not measured`);
    else
      console.log(
        `  ${other.name}: ${rate(other)}; ours is ${(other.ms / ours.ms).toFixed(2)} times as fast`,
      );
  }
}

async function made(name: string, generate: (write: (line: string) => void) => void): Promise<string> {
  const path = join(folder, `${name}-${count}.gz`);
  if (existsSync(path)) return path;
  // Made beside it: a run that was stopped must leave no half log for the next.
  const draft = `${path}.${process.pid}`;
  const zip = createGzip({ level: 6 });
  const file = zip.pipe(createWriteStream(draft));
  generate((line) => zip.write(`${line}\n`, 'latin1'));
  zip.end();
  await once(file, 'finish');
  renameSync(draft, path);
  return path;
}

/** The same lines, not packed: there the parser counts, and not gzip. */
async function unpacked(path: string): Promise<string> {
  const plain = path.replace(/\.gz$/, '.log');
  if (!existsSync(plain)) {
    const draft = `${plain}.${process.pid}`;
    await once(createReadStream(path).pipe(createGunzip()).pipe(createWriteStream(draft)), 'finish');
    renameSync(draft, plain);
  }
  return plain;
}

/** Says whether a goal is met: as often as the other takes, or less memory than that. */
function tellGoals(
  ours: Ours,
  goals: readonly { name: string; times: number; other: Measured | string }[],
): void {
  for (const { name, times, other } of goals) {
    if (typeof other === 'string') console.log(`  goal: ${name}: not measured`);
    else {
      const reached = other.ms / ours.ms;
      console.log(`  goal: ${name}: ${reached >= times ? 'met' : 'MISSED'} (${reached.toFixed(2)} times)`);
    }
  }
  console.log(
    `  goal: less than 250 MB of memory: ${ours.mostMb < 250 ? 'met' : 'MISSED'} (${ours.mostMb} MB)`,
  );
}

/** In a process of its own, so that its memory is its own. */
async function analysed(loop: 'waf' | 'ssh', path: string, workers = 1): Promise<Ours> {
  const child = spawn(process.execPath, [import.meta.filename, '--analyse', loop, path, String(workers)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (text) => {
    printed += text;
  });
  await once(child, 'close');
  return JSON.parse(printed);
}

async function analyse(loop: string, path: string, workers: number): Promise<Ours> {
  const analysis =
    loop === 'waf'
      ? requestLines(WafLoop.parse({}), [], { workers })
      : logLines(SshLoop.parse({}), Date.parse('2026-11-25T00:00:00Z'));
  // As the command does; the peak is sampled, because the kernel's own figure is inherited from the parent.
  setFlagsFromString('--semi-space-growth-factor=1');
  let mostMb = 0;
  const sample = setInterval(() => {
    mostMb = Math.max(mostMb, Math.round(process.memoryUsage.rss() / 1e6));
  }, 20);
  const from = performance.now();
  const sink = { line: (line: string) => void analysis.see(line), tooLong() {} };
  const { bytes } = await (analysis.threads?.read(openFile(path), sink) ?? readLines(openFile(path), sink));
  analysis.end();
  const found = analysis.offenders().length;
  const ms = performance.now() - from;
  clearInterval(sample);
  await analysis.threads?.close();
  const how = workers === 1 ? 'one thread' : `${workers} workers`;
  const name = `${loop}, all detectors, ${how} (${found} offenders)`;
  return { name, ms, bytes, mostMb };
}

async function parsed(path: string): Promise<Measured> {
  const from = performance.now();
  const cutter = new LineCutter({ line: (line) => void JSON.parse(line), tooLong() {} });
  const file = createReadStream(path);
  for await (const chunk of path.endsWith('.gz') ? file.pipe(createGunzip()) : file) cutter.push(chunk);
  cutter.end();
  return { name: 'Node, JSON.parse of every line', ms: performance.now() - from };
}

/** The least that any reader does: looks for the ends of lines. */
function scanned(path: string): Measured {
  const from = performance.now();
  const file = openSync(path, 'r');
  const bytes = Buffer.allocUnsafe(1 << 18);
  for (let read = readSync(file, bytes); read > 0; read = readSync(file, bytes)) {
    const piece = bytes.subarray(0, read);
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1));
  }
  closeSync(file);
  return { name: 'Node, a bare scan for line ends', ms: performance.now() - from };
}

async function ran(name: string, command: string, args: readonly string[]): Promise<Measured | string> {
  const from = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let error = '';
  child.stderr.on('data', (text) => {
    error += text;
  });
  const ended = await once(child, 'close').then(
    ([code]) => (code === 0 ? '' : error.trim().split('\n').at(-1)),
    String,
  );
  return ended === '' ? { name, ms: performance.now() - from } : `${name} (${ended})`;
}

const query = `
import duckdb, sys
duckdb.sql("set threads to " + sys.argv[2])
duckdb.sql("""select httpRequest.clientIp, count(*) c from read_json(?, format='newline_delimited',
  columns={timestamp: 'BIGINT', action: 'VARCHAR', httpRequest: 'STRUCT(clientIp VARCHAR, uri VARCHAR)'})
  group by 1 having c > 100""", params=[sys.argv[1]]).fetchall()
`;

async function duckdb(path: string, threads: number): Promise<Measured | string> {
  const name = `DuckDB, read_json and group by, ${threads} threads`;
  try {
    const python = await ensureVenv({ name: 'venv-bench', packages: ['duckdb==1.1.3'] });
    return await ran(name, python, ['-c', query, path, String(threads)]);
  } catch (thrown) {
    return `${name} (${String(thrown)})`;
  }
}

const peerName = 'AWS WAF Security Automations, its own parser (one thread)';

/** In the checkout that WAF_AUTOMATIONS_SRC names: the repository, or its folder `source`. */
async function wafAutomations(path: string): Promise<Measured | string> {
  const checkout = process.env.WAF_AUTOMATIONS_SRC;
  if (!checkout) return `${peerName} (WAF_AUTOMATIONS_SRC names no checkout)`;
  const source = existsSync(join(checkout, 'source')) ? join(checkout, 'source') : checkout;
  try {
    const packages = ['boto3==1.40.1', 'backoff==2.2.1', 'requests==2.32.3'];
    const python = await ensureVenv({ name: 'venv-waf-automations', packages });
    const script = join(import.meta.dirname, 'waf-automations.py');
    return await ran(peerName, python, [script, source, path]);
  } catch (thrown) {
    return `${peerName} (${String(thrown)})`;
  }
}

if (process.argv[2] === '--analyse') {
  console.log(
    JSON.stringify(await analyse(process.argv[3] ?? '', process.argv[4] ?? '', Number(process.argv[5] ?? 1))),
  );
} else {
  console.log(`load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`);
  const waf = await made('waf', (write) => void generateWafLines(count, 7, write));
  const peer = await wafAutomations(waf);
  for (const [what, path] of [
    [`WAF logs, ${Math.round(statSync(waf).size / 1e6)} MB of gzip`, waf],
    ['WAF logs, not packed', await unpacked(waf)],
  ] as const) {
    const ours = await analysed('waf', path);
    const two = await analysed('waf', path, 2);
    const duck = [await duckdb(path, 1), await duckdb(path, 2)] as const;
    const least = path === waf ? await ran('gzip -dc', 'gzip', ['-dc', waf]) : scanned(path);
    tell(what, count, ours, [two, peer, await parsed(path), least, ...duck]);
    tellGoals(ours, [
      { name: 'five times the parser of AWS WAF Security Automations', times: 5, other: peer },
    ]);
    console.log(`  with two workers, ${two.mostMb} MB of memory at most:`);
    tellGoals(two, [{ name: "DuckDB's two threads beaten", times: 1, other: duck[1] }]);
  }
  console.log(`load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`);
  const sshd = await made('sshd', (write) => void generateSshdLines(count, 7, write));
  const ours = await analysed('ssh', sshd);
  const ban = await fail2ban();
  tell('sshd logs', count, ours, [await ran('gzip -dc', 'gzip', ['-dc', sshd]), ban]);
  tellGoals(ours, [{ name: 'twenty times fail2ban-regex', times: 20, other: ban }]);
}

/** A tenth of the lines, because it takes as long. */
async function fail2ban(): Promise<Measured | string> {
  const plain = join(folder, `sshd-${count}.log`);
  const lines: string[] = [];
  generateSshdLines(Math.ceil(count / 10), 7, (line) => lines.push(line));
  const out = createWriteStream(plain);
  out.end(lines.join('\n'));
  await once(out, 'finish');
  const result = await ran('fail2ban-regex', 'fail2ban-regex', [plain, 'sshd']);
  return typeof result === 'string' ? result : { name: result.name, ms: result.ms * 10 };
}
