import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** `npm test [-- --quick] [vitest's own arguments]`: `--quick` leaves the real engines out, and says so. */

const given = process.argv.slice(2);
const isQuick = given.includes('--quick');
const vitest = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs');
const args = [vitest, 'run', ...given.filter((one) => one !== '--quick')];
const env = { ...process.env, ...(isQuick ? { SNAPSHUT_QUICK: '1' } : {}) };
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env });
if (isQuick) {
  console.log(
    '--quick: the real OpenStack services and the official Exoscale client were left out; those tests are skipped.',
  );
}
process.exitCode = status ?? 1;
