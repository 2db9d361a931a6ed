import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { environment, loadPolicy, Policy, type Problem } from './config.ts';
import { controls } from './controls/registry.ts';
import { TerminalError } from './errors.ts';
import { DynamoHistory } from './history/dynamodb.ts';
import { SqliteHistory } from './history/sqlite.ts';
import { settleLeftovers } from './housekeep.ts';
import { InOrder, type Loop } from './loop.ts';
import type { Outcome, ProviderName } from './model.ts';
import { policyView } from './policy/view.ts';
import type { AccountScope, History, Notifier, Provider } from './ports.ts';
import { AwsProvider } from './providers/aws/aws.ts';
import { batched } from './providers/batched.ts';
import { type Normalised, respond } from './respond.ts';
import { type SweepProgress, sweep } from './sweep.ts';
import { tellCase, tellUntold } from './tell.ts';
import { version } from './version.ts';

/** The composition root: the only place that knows which store, clouds, clock and randomness are behind the ports. */

export interface WireOptions {
  /** Path of the policy file; left out, `snapshut.yml` here if there is one. */
  policyFile?: string | undefined;
  dryRun?: boolean;
  /** Shifts the clock, ISO 8601. */
  now?: string | undefined;
}

export interface Service {
  policy: Policy;
  guarded: AccountScope[];
  loop: Loop;
  handle(event: Normalised): Promise<Outcome[]>;
  sweep(onProgress?: (progress: SweepProgress) => void): AsyncGenerator<Outcome>;
  /** Settles what a crash or silence left behind, and tells what nobody was told of. */
  housekeep(): Promise<Outcome[]>;
  close(): Promise<void>;
}

/** The policy file does not hold: nothing starts on it. */
export class PolicyError extends TerminalError {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    super(`${file} has ${problems.length} problem${problems.length === 1 ? '' : 's'}`);
    this.problems = problems;
  }
}

/** Assembles the service. Throws PolicyError, or TerminalError where an account cannot be named. */
export async function wire(options: WireOptions = {}): Promise<Service> {
  const now = clock(options.now);
  const policy = await readPolicy(options.policyFile, now());
  const clouds = await providersFor(policy);
  const history = openHistory(options.dryRun ?? false);
  const loop = makeLoop({ policy, clouds, history, now, dryRun: options.dryRun ?? false, notifiers: [] });
  const { guarded } = clouds;
  return {
    policy,
    guarded,
    loop,
    handle: (event) => respond(event, guarded, loop),
    sweep: (onProgress) => sweep(guarded, loop, onProgress),
    housekeep: async () => {
      const outcomes = await settleLeftovers(loop);
      await tellUntold(history, []);
      return outcomes;
    },
    close: () => history.close(),
  };
}

/** The history alone, for commands that only look. */
export function openHistory(readOnly: boolean): History {
  const { table, home } = environment();
  if (table !== null) return new DynamoHistory(table);
  return SqliteHistory.open(join(home, 'history.sqlite'), { readOnly });
}

/** The present time, or one that runs on from `start` (ISO 8601). */
export function clock(start: string | undefined): () => Date {
  if (start === undefined) return () => new Date();
  const shiftMs = Date.parse(start) - Date.now();
  if (Number.isNaN(shiftMs))
    throw new TerminalError(`--now ${start}: expected a time such as 2026-11-24T12:00:00Z`);
  return () => new Date(Date.now() + shiftMs);
}

export async function readPolicy(file: string | undefined, now: Date): Promise<Policy> {
  const named = file ?? environment().policyFile;
  const path = named ?? 'snapshut.yml';
  const read = await loadPolicy(path, controls, now);
  if (read === null && named !== null) throw new TerminalError(`there is no file ${named}`);
  if (read === null) return Policy.parse({});
  if (read.policy === null) throw new PolicyError(path, read.problems);
  return read.policy;
}

interface Clouds {
  guarded: AccountScope[];
  of(name: ProviderName): Provider;
}

async function providersFor(policy: Policy): Promise<Clouds> {
  const accounts = (policy.accounts ?? []).filter((one) => one.provider === 'aws');
  const aws = accounts.length > 0 || policy.accounts === undefined ? await awsAccounts(accounts) : null;
  const providers = new Map<ProviderName, Provider>();
  if (aws !== null) providers.set('aws', batched(aws.provider));
  return {
    guarded: aws?.guarded ?? [],
    of: (name) => {
      const provider = providers.get(name);
      if (provider === undefined) throw new TerminalError(`no account of ${name} is configured`);
      return provider;
    },
  };
}

type AwsAccountPolicy = Extract<NonNullable<Policy['accounts']>[number], { provider: 'aws' }>;

async function awsAccounts(accounts: readonly AwsAccountPolicy[]) {
  if (accounts.length > 0) {
    const known = accounts.map(({ id, role, externalId }) => ({
      account: id,
      ...(role === undefined ? {} : { role }),
      ...(externalId === undefined ? {} : { externalId }),
    }));
    const guarded = accounts.map(({ id, regions }) => ({ provider: 'aws' as const, account: id, regions }));
    return { provider: new AwsProvider({ accounts: known, version }), guarded };
  }
  const { region } = environment();
  if (region === null)
    throw new TerminalError('AWS_REGION is not set: name the region to guard, or an account in snapshut.yml');
  const { clients } = new AwsProvider({ accounts: [], version });
  const account = await clients.callerAccount(region);
  const provider = new AwsProvider({ accounts: [{ account }], version });
  return { provider, guarded: [{ provider: 'aws' as const, account, regions: [region] }] };
}

interface LoopParts {
  policy: Policy;
  clouds: Clouds;
  history: History;
  now: () => Date;
  dryRun: boolean;
  notifiers: readonly Notifier[];
}

function makeLoop({ policy, clouds, history, now, dryRun, notifiers }: LoopParts): Loop {
  return {
    history,
    controls,
    policy: policyView(policy, controls),
    provider: (resource) => clouds.of(resource.provider),
    now,
    newId: () => newId(now()),
    owner: `${hostname()}/${process.pid}`,
    frozen: () => frozen(history),
    tell: (about) => tellCase(about, history, notifiers),
    dryRun,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    inOrder: new InOrder(),
  };
}

/** Sorts by time, is short enough to type, and holds 40 random bits beside the millisecond. */
function newId(now: Date): string {
  const time = now.getTime().toString(32).padStart(9, '0');
  return `c${time}${randomBytes(5).toString('hex')}`;
}

/** The kill switch: the environment or the stored setting, read at each call. */
async function frozen(history: History): Promise<string | null> {
  if (environment().isFrozen) return 'SNAPSHUT_FREEZE is set';
  const setting = await history.setting('frozen');
  if (setting === null || setting === false) return null;
  return typeof setting === 'string' ? setting : JSON.stringify(setting);
}
