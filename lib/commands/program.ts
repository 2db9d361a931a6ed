import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { messageOf } from '../errors.ts';
import { severities } from '../model.ts';
import { version } from '../version.ts';

/** Commands and their options; what they do is imported only when one is called. */

const exitCodes = `
Exit codes: 0 done, 1 something is left unfixed or failed, 2 wrong usage or policy file.`;

/** Answers the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  let code = 0;
  // Whoever reads us may have seen enough (`| head`).
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  const program = makeProgram((result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    await report(error);
    return 2;
  }
}

async function report(error: unknown): Promise<void> {
  const { tellProblem } = await import('../policy/problems.ts');
  const problems =
    error instanceof Error && 'problems' in error && Array.isArray(error.problems) ? error.problems : [];
  process.stderr.write(`snapshut: ${messageOf(error)}\n`);
  for (const problem of problems) process.stderr.write(`  ${tellProblem(problem)}\n`);
}

const policyOption = () =>
  new Option('--policy <file>', 'the policy file (default: snapshut.yml here, if there is one)');
const nowOption = () => new Option('--now <time>', 'shift the clock, such as 2026-11-24T12:00:00Z');
const byOption = () => new Option('--by <name>', 'who says so (default: the user of this session)');

function makeProgram(done: (code: number) => void): Command {
  const program = new Command('snapshut')
    .description('Closes what was left open in your cloud accounts, proves it, and can put it back.')
    .version(version)
    .exitOverride()
    .addHelpText('after', exitCodes);

  program
    .command('start')
    .description('the whole service in one process; without an account, on a sandbox that it makes')
    .addOption(policyOption())
    .option('--port <number>', 'HTTP port on 127.0.0.1 (default: http.port of the policy file)', wholeNumber)
    .option('--json', 'outcomes as JSON lines', false)
    .action(async (options) => done(await (await import('./start.ts')).start(options)));

  program
    .command('respond')
    .description('handle events from files, folders or stdin (-); one JSON line per outcome')
    .argument('<file...>', 'EventBridge events, CloudTrail log files, arrays or JSON lines, also gzipped')
    .option('--dry-run', 'say what would be done; nothing is written anywhere', false)
    .option('--json', 'as always: JSON lines', false)
    .addOption(policyOption())
    .action(async (files, options) =>
      done(await (await import('./respond.ts')).respondFiles(files, options)),
    );

  program
    .command('sweep')
    .description(
      'look again at every resource of the configured accounts; one that was broken off is carried on',
    )
    .option('--dry-run', 'say what would be done; nothing is written anywhere', false)
    .option('--from-start', 'begin anew, though a sweep was broken off', false)
    .option('--json', 'JSON lines', false)
    .addOption(policyOption())
    .addOption(nowOption())
    .action(async (options) => done(await (await import('./sweep.ts')).sweepAll(options)));

  addScan(program, done);
  addLogs(program, done);
  program
    .command('leak')
    .description('which credentials stand in these texts, and whose they are; no secret is printed')
    .argument('<file...>', 'files, folders or stdin (-), also gzipped')
    .option('--json', 'JSON lines', false)
    .option('--respond', 'shut what is found, as an exposed key that was reported', false)
    .addOption(policyOption())
    .action(async (files, options) => done(await (await import('./leak.ts')).leakFiles(files, options)));
  program
    .command('backtest')
    .description('what it would have done over past audit logs, without any cloud')
    .argument('<file...>', 'CloudTrail log files, folders of them, JSON lines or stdin (-), also gzipped')
    .option('--json', 'JSON lines; the summary goes to stderr', false)
    .option('--html <file>', 'write a page with a timeline')
    .addOption(policyOption())
    .action(async (files, options) =>
      done(await (await import('./backtest.ts')).backtestFiles(files, options)),
    );

  addHistory(program, done);
  addConsole(program, done);
  addAnswers(program, done);
  addRotation(program, done);
  addPolicy(program, done);
  return program;
}

function addScan(program: Command, done: (code: number) => void): void {
  program
    .command('scan')
    .description('open ports, TLS, headers and logins of own addresses; only what is listed is contacted')
    .argument(
      '[target...]',
      'addresses, CIDR blocks or names, each also with :port (default: the policy file)',
    )
    .option('--json', 'JSON lines', false)
    .option('--ports <list>', 'what to look at, such as 22,80,8000-8100 (default: 1-65535)')
    .addOption(new Option('--engine <name>', 'how ports are found').choices(['auto', 'nmap', 'connect']))
    .option('--rate <number>', 'new connections a second to each address', wholeNumber)
    .addOption(
      new Option('--fail-on <severity>', 'exit 1 at this severity and above (default: high)').choices(
        severities,
      ),
    )
    .option('--changes', 'print only what the last scan did not find', false)
    .option('--resume', 'go on where the same scan was broken off', false)
    .option('--respond', 'open a case for what is found: tell, ask or fix as the policy says', false)
    .option('--html <file>', 'also write a page to read')
    .addOption(policyOption())
    .addOption(nowOption())
    .action(async (targets, options) =>
      done(await (await import('./scan.ts')).scanTargets(targets, options)),
    );
}

function addLogs(program: Command, done: (code: number) => void): void {
  const loop = (name: string, text: string, logs: string) =>
    program
      .command(name)
      .description(text)
      .argument('<file...>', logs)
      .option('--json', 'JSON lines', false)
      .option('--apply', 'block them where the policy file says', false)
      .addOption(policyOption())
      .addOption(nowOption());

  loop(
    'waf',
    'who to block in these request logs, and why',
    'AWS WAF, ALB, CloudFront, nginx, Apache or JSON access logs, also gzipped; - is stdin',
  )
    .option('--workers <number>', 'threads that read (default: the cores, for large logs)', wholeNumber)
    .action(async (files, options) => done(await (await import('./logs.ts')).wafFiles(files, options)));
  loop(
    'ssh',
    'who guesses passwords in these logs',
    'syslog or journald JSON, also gzipped; - is stdin',
  ).action(async (files, options) => done(await (await import('./logs.ts')).sshFiles(files, options)));
  program
    .command('unblock')
    .description('let blocked addresses go before their time')
    .argument('<address...>')
    .addOption(policyOption())
    .addOption(nowOption())
    .action(async (clients, options) =>
      done(await (await import('./logs.ts')).unblockClients(clients, options)),
    );
}

function addHistory(program: Command, done: (code: number) => void): void {
  program
    .command('history')
    .description('the cases, newest first')
    .option('--json', 'JSON lines', false)
    .option('--since <time>', 'opened at or after: a time, or 24h, 30d')
    .option('--until <time>', 'opened before')
    .option('--resource <key>', 'of one resource: its id or its whole key')
    .option('--control <name>', 'of one control')
    .option('--outcome <name>', 'with this outcome')
    .option('--actor <name>', 'opened by')
    .option('--account <id>', 'in this account')
    .option('--open', 'only those that still wait for something', false)
    .option('--limit <number>', 'at most so many', wholeNumber, 50)
    .action(async (options) => done(await (await import('./history.ts')).listCases(options)));

  program
    .command('show')
    .description('one case: what was open, to whom, since when, by whom, what was done')
    .argument('<case>')
    .option('--json', 'JSON', false)
    .action(async (caseId, options) => done(await (await import('./history.ts')).showCase(caseId, options)));
}

function addConsole(program: Command, done: (code: number) => void): void {
  program
    .command('sign-in')
    .description('a link that lets somebody into the console once, within five minutes')
    .option('--role <role>', 'viewer, approver or admin', 'admin')
    .option('--user <name>', 'for whom (default: the user of this session)')
    .option('--json', 'JSON', false)
    .action(async (options) => done(await (await import('./sign-in.ts')).signIn(options)));
  program
    .command('report')
    .description('what was shut, how fast, who opened most, which exemptions end soon: a page for the month')
    .option('--since <time>', 'cases opened since: a time, or 24h, 30d', '30d')
    .option('--html <file>', 'write it as a page instead of Markdown')
    .option('--json', 'JSON', false)
    .addOption(policyOption())
    .action(async (options) => done(await (await import('./report.ts')).report(options)));
}

function addAnswers(program: Command, done: (code: number) => void): void {
  const answer = (name: 'undo' | 'approve' | 'deny', text: string) =>
    program
      .command(name)
      .description(text)
      .argument('<case>')
      .option('--json', 'JSON lines', false)
      .addOption(policyOption())
      .addOption(byOption())
      .action(async (caseId, options) =>
        done(await (await import('./answer.ts')).answerCase(name, caseId, options)),
      );

  answer('undo', 'put back exactly what a case shut, once, with an exemption').option(
    '--for <time>',
    'how long it may stay, such as 12h or 7d',
    '7d',
  );
  answer('approve', 'shut what a case asks about, if it is still exactly that');
  answer('deny', 'leave open what a case asks about; the same plan is not asked for a day');

  program
    .command('exempt')
    .description('let a resource stay as it is for a while')
    .argument('<case>')
    .requiredOption('--reason <text>', 'why')
    .option('--for <time>', 'how long, such as 12h or 7d', '7d')
    .option('--json', 'JSON lines', false)
    .addOption(policyOption())
    .addOption(byOption())
    .action(async (caseId, options) => done(await (await import('./answer.ts')).exemptCase(caseId, options)));

  program
    .command('freeze')
    .description('the kill switch: from the next call on nothing is changed')
    .argument('[reason]', 'why', 'frozen by hand')
    .action(async (reason) => done(await (await import('./answer.ts')).freeze(reason)));
  program
    .command('unfreeze')
    .description('take the kill switch back')
    .action(async () => done(await (await import('./answer.ts')).freeze(null)));
}

function addRotation(program: Command, done: (code: number) => void): void {
  program
    .command('rotate')
    .description('give the owner of a key a new one; the old one goes when it is not used any more')
    .argument('<target>', "a key's id, its owner's name, or a case")
    .option('--dry-run', 'say what would be done; nothing is written anywhere', false)
    .option('--json', 'JSON lines', false)
    .addOption(policyOption())
    .addOption(nowOption())
    .addOption(byOption())
    .action(async (target, options) => done(await (await import('./rotate.ts')).rotate(target, options)));
  program
    .command('envelope')
    .description('fetch the sealed envelope with a new key, once')
    .argument('<case>')
    .option('--out <file>', 'write it to a file that is not there yet')
    .action(async (caseId, options) =>
      done(await (await import('./rotate.ts')).openEnvelope(caseId, options)),
    );
}

function addPolicy(program: Command, done: (code: number) => void): void {
  program
    .command('init')
    .description('write a commented policy file that carries out a handbook')
    .requiredOption('--profile <name>', 'exoscale-handbook, cpouta-guidelines, dair or aws-baseline')
    .option('--file <file>', 'where to', 'snapshut.yml')
    .option('--force', 'replace a file that is there', false)
    .action(async (options) => done(await (await import('./init.ts')).init(options)));

  program
    .command('controls')
    .description('what there is to guard with')
    .option('--json', 'JSON lines', false)
    .addOption(policyOption())
    .action(async (options) => done(await (await import('./policy.ts')).listControls(options)));

  const policy = program.command('policy').description('the policy file');
  policy
    .command('check')
    .description('is the policy file right')
    .argument('[file]', 'default: --policy, or snapshut.yml here')
    .option('--json', 'JSON lines', false)
    .addOption(policyOption())
    .action(async (file, options) => done(await (await import('./policy.ts')).checkPolicy(file, options)));
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number');
  return value;
}
