import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMoto } from '../../lib/sandbox/moto.ts';
import { ensureVenv } from '../../lib/sandbox/venv.ts';
import { filledAccount, type Planted } from './account.ts';
import { region } from './groups.ts';
import { countingProxy, percentile, type Run, timed } from './measure.ts';

/**
 * The same account on the same engine, swept by Snapshut and by `custodian run` in pull mode: neither changes anything, and
 * each must find what was planted. Snapshut looks at all of its kinds, Custodian at three. Ratios of one run; the absolute
 * figures are this machine's. The engine answers on one core, whoever asks and however many at once: what it worked for a
 * run is the time that no client of it can do without. `node test/bench/sweep.ts ROUNDS`, 3 unless given.
 */

const size = { groups: 200, buckets: 100, users: 50 };
const rounds = Number(process.argv[2] ?? 3);
const here = new URL('.', import.meta.url).pathname;
const say = (text: string) => process.stdout.write(`${text}\n`);

const moto = await startMoto({ progress: say });
const folder = await mkdtemp(join(tmpdir(), 'snapshut-bench-'));
const python = await ensureVenv({ name: 'venv-c7n', packages: ['c7n==0.9.53'] }, say);
const policy = join(folder, 'snapshut.yml');
await writeFile(policy, '{}\n');
const custodian = (out: string) => [
  python,
  '-c',
  'from c7n.cli import main; main()',
  'run',
  ...['--dryrun', '--cache', 'memory', '--region', region, '-s', out],
  join(here, 'custodian-sweep.yml'),
];
const snapshut = ['sweep', '--dry-run', '--json', '--policy', policy];
type Name = 'snapshut' | 'custodian';

/** A run with what the engine worked meanwhile. */
interface Served extends Run {
  engineMs: number;
}

async function run(name: Name, endpoint: string, planted: Planted): Promise<Served> {
  const out = join(folder, `out-${name}`);
  await rm(out, { recursive: true, force: true });
  const command =
    name === 'custodian' ? custodian(out) : [process.execPath, join(here, '../../lib/cli.ts'), ...snapshut];
  const before = await workedMs(moto.pid);
  const measured = await timed(
    command,
    {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      HOME: folder,
      SNAPSHUT_HOME: join(folder, 'home'),
    },
    { isSilent: name === 'custodian' },
  );
  const engineMs = (await workedMs(moto.pid)) - before;
  const found = name === 'custodian' ? await foundByCustodian(out) : foundBySnapshut(measured.lines);
  if (JSON.stringify(found) !== JSON.stringify(planted))
    throw new Error(`${name} found ${JSON.stringify(found)} of ${JSON.stringify(planted)}`);
  return { ...measured, engineMs };
}

/** Processor time of a process so far, in the hundredths of a second that Linux counts in. */
async function workedMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, which may hold spaces: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function foundByCustodian(out: string): Promise<Planted> {
  const count = async (name: string) =>
    JSON.parse(await readFile(join(out, name, 'resources.json'), 'utf8')).length;
  return {
    groups: await count('public-port'),
    buckets: await count('public-bucket'),
    users: await count('admin-user'),
  };
}

function foundBySnapshut(lines: readonly string[]): Planted {
  const outcomes = lines.map((line) => JSON.parse(line));
  const of = (control: string) =>
    new Set(outcomes.filter((one) => one.control === control).map((one) => one.resource.id)).size;
  const failed = outcomes.filter((one) => one.outcome === 'failed');
  if (failed.length > 0) throw new Error(`snapshut could not read: ${JSON.stringify(failed[0])}`);
  return { groups: of('public-port'), buckets: of('public-bucket'), users: of('admin-grant') };
}

try {
  const planted = await filledAccount(moto.endpoint, size);
  const names: Name[] = ['snapshut', 'custodian'];
  const runs = new Map<Name, Served[]>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of names) {
      runs.set(name, [...(runs.get(name) ?? []), await run(name, moto.endpoint, planted)]);
      say(`round ${round} of ${rounds}: ${name} done`);
    }
  }
  const calls = new Map<Name, number>();
  const proxy = await countingProxy(moto.endpoint);
  for (const name of names) {
    proxy.calls.clear();
    await run(name, proxy.endpoint, planted);
    calls.set(
      name,
      [...proxy.calls.values()].reduce((sum, count) => sum + count, 0),
    );
    const most = [...proxy.calls].toSorted(([, a], [, b]) => b - a).slice(0, 12);
    say(
      `${name}: ${calls.get(name)} calls (${most.map(([call, count]) => `${call} ${count}`).join(', ')} …)`,
    );
  }
  proxy.stop();
  const mid = (name: Name, of: (run: Served) => number) => percentile((runs.get(name) ?? []).map(of), 0.5);
  for (const name of names) {
    const seconds = (of: (run: Served) => number) => (mid(name, of) / 1000).toFixed(2);
    const own = `${seconds((one) => one.wallMs)} s, CPU ${seconds((one) => one.cpuMs)} s`;
    say(`${name.padEnd(10)} ${own}, and the engine worked ${seconds((one) => one.engineMs)} s for it`);
  }
  const faster = mid('custodian', (one) => one.wallMs) / mid('snapshut', (one) => one.wallMs);
  const share = (calls.get('snapshut') ?? 0) / (calls.get('custodian') ?? 1);
  say(`\n${faster.toFixed(2)} times as fast as Custodian (goal: 3)`);
  say(`${share.toFixed(2)} of its API calls (goal: 0.50)`);
  const limit = mid('custodian', (one) => one.wallMs) / mid('snapshut', (one) => one.engineMs);
  say(`${limit.toFixed(2)} times as fast if our own work took no time: the engine's limit`);
} finally {
  await moto.stop();
  await rm(folder, { recursive: true, force: true });
}
