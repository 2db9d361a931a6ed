import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';

/**
 * `npm run least-privilege [-- --only iam: --json FILE]`: takes each action of the functions' roles away in turn and
 * runs a test that makes the call; it must fail. Ends with 1 where a role holds an action that no test needs, or that
 * is not missed when it is refused.
 */

const root = join(import.meta.dirname, '../..');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const config = join(import.meta.dirname, 'vitest.config.ts');
/** Where the service itself talks to AWS in the test's own process. */
const suites = [
  'providers/aws',
  'history',
  'waf',
  'rotation',
  'notify',
  'logs',
  'handler',
  'scan/inventory',
  'webhooks',
  'leaks',
];

/** What no code of ours calls: the reason why the role holds it. */
const byAws: { readonly [action: string]: string } = {
  'logs:CreateLogStream': 'Lambda writes what the function prints',
  'logs:PutLogEvents': 'Lambda writes what the function prints',
  'sqs:ReceiveMessage': 'Lambda polls the queue',
  'sqs:DeleteMessage': 'Lambda takes what is done off the queue',
};

interface Sent {
  action: string;
  file: string;
  test: string | null;
}

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' } } });
const work = mkdtempSync(join(tmpdir(), 'snapshut-privileges-'));
const results: { action: string; result: string; test: string | null }[] = [];
try {
  const neededBy = recorded();
  for (const action of roleActions().filter((one) => one.startsWith(values.only ?? ''))) {
    const [where] = neededBy.get(action) ?? [];
    const result = byAws[action] ?? (where ? withoutIt(action, where) : 'NO TEST MAKES THIS CALL');
    results.push({ action, result, test: where ? nameOf(where) : null });
    console.log(`${action}\t${result}${where ? `\t${nameOf(where)}` : ''}`);
  }
} finally {
  rmSync(work, { recursive: true });
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 1)}\n`);
const count = (result: string) => results.filter((one) => one.result === result).length;
const missed = count('missed');
const others = results.filter(({ action }) => byAws[action] !== undefined).length;
console.log(
  `${results.length} actions: ${missed} are missed when they are taken away, ${others} are Lambda's own`,
);
if (missed + others < results.length) process.exitCode = 1;

/** The tests that make each call, the shortest way first. */
function recorded(): Map<string, Sent[]> {
  const file = join(work, 'sent.jsonl');
  run(
    { SNAPSHUT_TEST_RECORD: file },
    suites.map((one) => `test/${one}`),
    'inherit',
  );
  const sent = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line): Sent => JSON.parse(line));
  const callsOf = Map.groupBy(sent, nameOf);
  // Few calls before it: the test is short.
  const cost = (one: Sent) => (callsOf.get(nameOf(one))?.length ?? 0) + (one.test === null ? 1000 : 0);
  const all = Map.groupBy(sent, (one) => one.action);
  for (const [action, list] of all)
    all.set(
      action,
      list.toSorted((a, b) => cost(a) - cost(b)),
    );
  return all;
}

function withoutIt(action: string, { file, test }: Sent): string {
  const named = test === null ? [] : ['-t', `^${literal(test)}$`];
  const { stdout } = run({ SNAPSHUT_TEST_DENY: action }, [file, '--bail=1', ...named], 'pipe');
  // As the reporter of the project counts: a run without any test proves nothing.
  const [, passed, failed] = /(\d+) passed, (\d+) failed/.exec(stdout) ?? [];
  if (Number(failed) > 0) return 'missed';
  return Number(passed) > 0 ? 'NOT MISSED' : `the test did not run: ${stdout.slice(-300)}`;
}

function run(env: { [name: string]: string }, args: string[], stdio: 'inherit' | 'pipe') {
  const all = [vitest, 'run', '-c', config, '--root', root, ...args];
  const { stdout } = spawnSync(process.execPath, all, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio,
    encoding: 'utf8',
  });
  return { stdout: stdout ?? '' };
}

function nameOf({ file, test }: Sent): string {
  return `${relative(root, file)}${test === null ? '' : ` > ${test}`}`;
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Every action of every role and policy that the templates hold. */
function roleActions(): string[] {
  const found = new Set<string>();
  for (const file of globSync('deploy/*.yml', { cwd: root })) {
    const { Resources = {} } = parse(readFileSync(join(root, file), 'utf8'), {
      version: '1.1',
      logLevel: 'silent',
    });
    for (const { Type, Properties } of Object.values(Resources) as { Type: string; Properties: unknown }[]) {
      if (Type === 'AWS::IAM::Role' || Type === 'AWS::IAM::ManagedPolicy') collect(Properties, found);
    }
  }
  return [...found].toSorted();
}

function collect(value: unknown, into: Set<string>): void {
  if (value === null || typeof value !== 'object') return;
  for (const [name, held] of Object.entries(value)) {
    if (name === 'AssumeRolePolicyDocument') continue;
    if (name === 'Action') for (const action of [held].flat()) into.add(String(action));
    else collect(held, into);
  }
}
