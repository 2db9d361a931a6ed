import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMoto } from '../../lib/sandbox/moto.ts';
import { ensureVenv } from '../../lib/sandbox/venv.ts';
import { eventsFile, exposedGroups, looked, region } from './groups.ts';
import { countingProxy, percentile, type Run, timed } from './measure.ts';

/**
 * The same exposed groups and their events on the same engine: Snapshut, Cloud Custodian's event handler, and the
 * least that the SDK could do. Ratios of one run; the absolute figures are this machine's.
 */

const groups = 200;
const here = new URL('.', import.meta.url).pathname;
const node = process.execPath;

const say = (text: string) => process.stdout.write(`${text}\n`);
const moto = await startMoto({ progress: say });
const folder = await mkdtemp(join(tmpdir(), 'snapshut-bench-'));
const custodian = await ensureVenv({ name: 'venv-c7n', packages: ['c7n==0.9.53'] }, say);
const policy = join(folder, 'snapshut.yml');
await writeFile(policy, 'limits: {fixesPerHour: 100000, percentPerHour: 100}\n');

const contenders = {
  snapshut: (events: string) => [node, join(here, '../../lib/cli.ts'), 'respond', '--policy', policy, events],
  custodian: (events: string) => [custodian, join(here, 'custodian.py'), events],
  floor: (events: string) => [node, join(here, 'floor.ts'), events],
};
type Name = keyof typeof contenders;

async function run(name: Name, count: number, endpoint = moto.endpoint): Promise<Run> {
  const ids = await exposedGroups(moto.endpoint, count);
  const events = join(folder, `${name}-${count}.jsonl`);
  await eventsFile(events, ids);
  const env = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    SNAPSHUT_HOME: join(folder, `${name}-home`),
  };
  const measured = await timed(contenders[name](events), env);
  const left = await looked(moto.endpoint, ids.slice(0, 200));
  if (left.open > 0) throw new Error(`${name} left ${left.open} groups open`);
  if (left.innocent !== 2 * Math.min(count, 200))
    throw new Error(`${name} touched innocent rules: ${left.innocent}`);
  return measured;
}

try {
  const names: Name[] = ['snapshut', 'custodian', 'floor'];
  const many = new Map<Name, Run[]>();
  const cold = new Map<Name, Run[]>();
  for (let round = 1; round <= 3; round += 1) {
    for (const name of names) {
      many.set(name, [...(many.get(name) ?? []), await run(name, groups)]);
      cold.set(name, [...(cold.get(name) ?? []), await run(name, 1)]);
      say(`round ${round} of 3: ${name} done`);
    }
  }
  const mid = (runs: Run[] | undefined, of: (run: Run) => number) => percentile((runs ?? []).map(of), 0.5);
  say(
    `\n${groups} events, median of 3 runs        events/s   CPU ms/event   p50 ms   p95 ms   cold process ms`,
  );
  for (const name of names) {
    const runs = many.get(name);
    const figures = [
      groups / (mid(runs, (one) => one.wallMs) / 1000),
      mid(runs, (one) => one.cpuMs) / groups,
      mid(runs, (one) => percentile(one.tookMs, 0.5)),
      mid(runs, (one) => percentile(one.tookMs, 0.95)),
      mid(cold.get(name), (one) => one.wallMs),
    ];
    say(`${name.padEnd(34)} ${figures.map((one) => one.toFixed(1).padStart(10)).join('   ')}`);
  }
  const ours = many.get('snapshut');
  const theirs = many.get('custodian');
  const ratio = (of: (run: Run) => number) => (mid(theirs, of) / mid(ours, of)).toFixed(2);
  say(`\nevents per second: ${ratio((one) => one.wallMs)} times Custodian's (goal: 5)`);
  say(`CPU per event: 1/${ratio((one) => one.cpuMs)} of Custodian's (goal: 1/5)`);
  const coldRatio =
    mid(cold.get('snapshut'), (one) => one.wallMs) / mid(cold.get('custodian'), (one) => one.wallMs);
  say(`cold process: ${coldRatio.toFixed(2)} of Custodian's (goal: 0.50)`);
  const spread = mid(ours, (one) => percentile(one.tookMs, 0.95) / percentile(one.tookMs, 0.5));
  say(`p95: ${spread.toFixed(2)} times p50 (goal: 3)`);
  say(
    `against the floor of bare SDK calls: ${(mid(ours, (one) => one.wallMs) / mid(many.get('floor'), (one) => one.wallMs)).toFixed(2)} times its time`,
  );

  const proxy = await countingProxy(moto.endpoint);
  for (const label of ['per fix (goal: 3)', 'per clean event (goal: 2)']) {
    proxy.calls.clear();
    if (label.startsWith('per fix')) await run('snapshut', groups, proxy.endpoint);
    else await again(proxy.endpoint);
    const ec2 = [...proxy.calls].filter(([action]) => action !== 'GetCallerIdentity');
    const total = ec2.reduce((sum, [, count]) => sum + count, 0);
    say(
      `EC2 calls ${label}: ${(total / groups).toFixed(2)}  (${ec2.map(([action, count]) => `${action} ${count}`).join(', ')})`,
    );
  }
  proxy.stop();
} finally {
  await moto.stop();
  await rm(folder, { recursive: true, force: true });
}

/** The same events once more: everything is clean by now. */
async function again(endpoint: string): Promise<void> {
  const env = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    SNAPSHUT_HOME: join(folder, 'snapshut-home'),
  };
  await timed(contenders.snapshut(join(folder, `snapshut-${groups}.jsonl`)), env);
}
