import type { SQSClient } from '@aws-sdk/client-sqs';
import { longPollTimeouts } from './call-timeouts.ts';
import { environment, type Policy } from './config.ts';
import { controls } from './controls/registry.ts';
import { TerminalError } from './errors.ts';
import { sqsInbox } from './handler/changes-queue.ts';
import { EventMarks, markedSweep } from './health.ts';
import { settleLeftovers } from './housekeep.ts';
import { judgeWhatFunctionsSaw } from './log-schedule.ts';
import { askAboutBlocks, blocklistProvider, endBlocks, logLoops, refreshRanges } from './log-service.ts';
import { InOrder, type Loop } from './loop.ts';
import type { Outcome, ProviderName } from './model.ts';
import { actOnSilence } from './no-answer.ts';
import { policyView } from './policy/view.ts';
import type { Source } from './polling.ts';
import type { AccountScope, History, Inbox, Provider } from './ports.ts';
import { AwsProvider } from './providers/aws/aws.ts';
import { batched } from './providers/batched.ts';
import { ByKind } from './providers/host/by-kind.ts';
import type { EndpointProvider } from './providers/host/endpoints.ts';
import { type Normalised, respond } from './respond.ts';
import { motoCredentials } from './sandbox/moto.ts';
import { type RunningSandbox, runningSandbox } from './sandbox/running.ts';
import type { ScanPlan } from './scan/scan.ts';
import { isScanDue, scheduledScan } from './scan/scheduled.ts';
import { type Background, polling } from './serve/background.ts';
import { envelopeRoutes } from './serve/envelopes.ts';
import type { Routes } from './serve/http.ts';
import { type SweepOptions, sweep } from './sweep.ts';
import type { Teller } from './tell.ts';
import { version } from './version.ts';
import { buses } from './wire-bus.ts';
import { internalCaOf } from './wire-certificates.ts';
import { clock, newId, newToken } from './wire-clock.ts';
import { exoscaleAccounts, hasOpenStack, openstackAccounts } from './wire-clouds.ts';
import { consoleOf } from './wire-console.ts';
import { ownNames } from './wire-own.ts';
import { peopleOf } from './wire-people.ts';
import { readPolicy } from './wire-policy.ts';
import { rotationDesk } from './wire-rotation.ts';
import {
  type Clouds,
  endpointsOf,
  linesAsAsked,
  noClouds,
  ownAddressesOf,
  type PlanOptions,
  planScan,
  withHost,
} from './wire-scan.ts';
import type { Enqueue } from './wire-slack.ts';
import { frozenBy, openHistory, openState, ownerOf } from './wire-state.ts';
import { webhooks } from './wire-webhooks.ts';

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
  /** Clouds that push no events and are asked. */
  sources: readonly Source[];
  /** What the one-process service runs beside its inbox. */
  background: readonly Background[];
  /** What its HTTP answers beside event intake. */
  routes: readonly Routes[];
  loop: Loop;
  /** What was accepted and is not done yet; in the file of the history. */
  inbox(): Inbox;
  handle(event: Normalised): Promise<Outcome[]>;
  /** The queue of the policy file, asked with the present credentials. */
  queue(url: string): Promise<{ url: string; client: SQSClient }>;
  sweep(options?: SweepOptions): AsyncGenerator<Outcome>;
  /** Looks at our own addresses from outside, where that is due; whoever stops asking goes on at the next call. */
  scan(): AsyncGenerator<Outcome>;
  /** Settles what a crash or silence left behind, and tells what nobody was told of. */
  housekeep(): Promise<Outcome[]>;
  /** People have been told of what was done, or a channel that is down is left to the housekeeping. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Assembles the service. Throws PolicyError, or TerminalError where an account cannot be named. */
export async function wire(options: WireOptions = {}): Promise<Service> {
  const now = clock(options.now);
  const policy = await readPolicy(options.policyFile, now());
  const sandbox = policy.accounts === undefined ? runningSandbox(environment()) : null;
  const own = await providersFor(policy, sandbox, now);
  const planOf = async () => (await planScan(policy, own)).plan;
  const endpoints = endpointsOf(planOf, own, () => now().getTime());
  const { history, inbox } = openState(sandbox, options.dryRun ?? false);
  const logs = { policy, history, now, frozen: () => frozenBy(history), newId: () => newId(now()) };
  const clouds = withHost(own, new ByKind([endpoints, blocklistProvider(logs)]));
  const people = peopleOf({ policy, history, now, newId: () => newId(now()) });
  const { teller } = people;
  const loop = makeLoop({ policy, clouds, history, now, dryRun: options.dryRun ?? false, teller });
  const { guarded, sources } = clouds;
  const { everyHours } = policy.scan;
  const scanning = { loop, endpoints, planOf, linesIn: linesAsAsked(policy, now), everyHours };
  const marks = new EventMarks(loop, guarded);
  return {
    policy,
    guarded,
    sources,
    background: [
      ...sources.map((source) => polling(source, history, now, Math.random)),
      logLoops(logs, loop),
      ...buses(policy, guarded, now),
    ],
    routes: [
      consoleOf({ policy, guarded, loop, inbox }),
      ...people.routes(loop, enqueueIn(inbox, now)),
      webhooks({
        guarded,
        history,
        put: (eventId, body) => inbox().put(eventId, body, now().getTime()),
        now,
      }),
      envelopeRoutes({ history, now, newId: newToken }),
    ],
    loop,
    inbox,
    handle: async (event) => {
      await marks.note(event.hints, now());
      return people.answer(event, loop) ?? respond(event, guarded, loop);
    },
    queue: async (url) => ({ url, client: await queueClient(url) }),
    sweep: (options) => markedSweep(sweep(guarded, loop, options), loop, now),
    async *scan() {
      if (await isScanDue(scanning)) yield* scheduledScan(scanning);
    },
    housekeep: async () => {
      const outcomes = await settleLeftovers(loop);
      await endBlocks(logs);
      outcomes.push(...(await askAboutBlocks(logs, loop)));
      const say = (text: string) => void process.stderr.write(`${text}\n`);
      outcomes.push(...(await judgeWhatFunctionsSaw(logs, loop, undefined, say)));
      outcomes.push(...(await actOnSilence(loop, policy.approvals.noAnswer)));
      await teller.settle();
      await teller.tellUntold();
      // Last: a network that answers nothing must not hold up what people wait for.
      outcomes.push(...(await refreshRanges(logs)));
      return outcomes;
    },
    settle: () => teller.settle(),
    close: people.close,
  };
}

/** A click waits where events wait: in the queue of the cloud, or in the inbox of this process. */
function enqueueIn(inbox: () => Inbox, now: () => Date): Enqueue {
  const queue = sqsInbox(environment().queueUrl);
  return async (eventId, body) => {
    await (queue ?? inbox()).put(eventId, body, now().getTime());
  };
}

export interface ScanOptions extends WireOptions, PlanOptions {}

export interface ScanService {
  policy: Policy;
  plan: ScanPlan;
  /** What was listed and is not contacted, and why. */
  refused: { target: string; why: string }[];
  history: History;
  loop: Loop;
  endpoints: EndpointProvider;
  close(): Promise<void>;
}

/** Assembles a scan. Without `accounts` in the policy file no cloud is asked, and no credentials are needed. */
export async function wireScan(options: ScanOptions): Promise<ScanService> {
  const now = clock(options.now);
  const policy = await readPolicy(options.policyFile, now());
  const clouds = policy.accounts === undefined ? noClouds : await providersFor(policy, null, now);
  const { plan, refused } = await planScan(policy, clouds, options);
  const endpoints = endpointsOf(
    async () => plan,
    clouds,
    () => now().getTime(),
  );
  const dryRun = options.dryRun ?? false;
  const history = openHistory(dryRun);
  const { teller, close } = peopleOf({ policy, history, now, newId: () => newId(now()) });
  const guarded = withHost(clouds, endpoints);
  const loop = makeLoop({ policy, clouds: guarded, history, now, dryRun, teller });
  return { policy, plan, refused, history, loop, endpoints, close };
}

async function providersFor(
  policy: Policy,
  sandbox: RunningSandbox | null,
  now: () => Date,
): Promise<Clouds> {
  const environ = environment();
  const named = policy.accounts;
  const aws = (named ?? []).filter((one) => one.provider === 'aws');
  // Without accounts in the policy file, the present credentials say whom to guard.
  const isPresent = environ.region !== null || (!hasOpenStack(environ) && environ.exoscale === null);
  const needsAws = aws.length > 0 || (named === undefined && isPresent);
  const found = await Promise.all([
    sandbox ? sandboxAccount(sandbox) : needsAws ? awsAccounts(policy, aws, now) : null,
    openstackAccounts(named, environ),
    exoscaleAccounts(named, environ),
  ]);
  const clouds = found.filter((one) => one !== null);
  const providers = new Map<ProviderName, Provider>(
    clouds.map(({ provider }) => [provider.name, batched(provider)]),
  );
  // Where an engine stands in for a cloud, the addresses that it calls ours belong to strangers.
  const standIns = new Set<ProviderName>();
  if (sandbox !== null || environ.hasEndpointUrl) standIns.add('aws');
  if (environ.exoscale?.endpoint) standIns.add('exoscale');
  return {
    guarded: clouds.flatMap((one) => one.guarded),
    sources: clouds.flatMap((one) => one.sources),
    aws: found[0]?.provider.clients ?? null,
    ownAddresses: () => ownAddressesOf(clouds.filter(({ provider }) => !standIns.has(provider.name))),
    of: (name) => {
      const provider = providers.get(name);
      if (provider === undefined) throw new TerminalError(`no account of ${name} is configured`);
      return provider;
    },
  };
}

type AwsAccountPolicy = Extract<NonNullable<Policy['accounts']>[number], { provider: 'aws' }>;

async function awsAccounts(policy: Policy, accounts: readonly AwsAccountPolicy[], now: () => Date) {
  const parts = { version, now, isOwn: ownNames(policy), internalCa: internalCaOf(policy, now) };
  if (accounts.length > 0) {
    const known = accounts.map(({ id, role, externalId }) => ({
      account: id,
      ...(role === undefined ? {} : { role }),
      ...(externalId === undefined ? {} : { externalId }),
    }));
    const guarded = accounts.map(({ id, regions }) => ({ provider: 'aws' as const, account: id, regions }));
    return { provider: new AwsProvider({ accounts: known, ...parts }), guarded, sources: [] };
  }
  const { region } = environment();
  if (region === null)
    throw new TerminalError('AWS_REGION is not set: name the region to guard, or an account in snapshut.yml');
  const { clients } = new AwsProvider({ accounts: [], version });
  const account = await clients.callerAccount(region);
  const provider = new AwsProvider({ accounts: [{ account }], ...parts });
  return { provider, guarded: [{ provider: 'aws' as const, account, regions: [region] }], sources: [] };
}

function sandboxAccount({ account, region, endpoint }: RunningSandbox) {
  const accounts = [{ account }];
  const provider = new AwsProvider({ accounts, version, endpoint, credentials: motoCredentials });
  return { provider, guarded: [{ provider: 'aws' as const, account, regions: [region] }], sources: [] };
}

/** The region is in the queue's own address, except on a local engine. */
async function queueClient(url: string): Promise<SQSClient> {
  const sdk = await import('@aws-sdk/client-sqs');
  const region = /^https:\/\/sqs\.([a-z0-9-]+)\./.exec(url)?.[1] ?? environment().region;
  return new sdk.SQSClient({
    ...(region && { region }),
    customUserAgent: `snapshut/${version}`,
    requestHandler: longPollTimeouts,
  });
}

interface LoopParts {
  policy: Policy;
  clouds: Clouds;
  history: History;
  now: () => Date;
  dryRun: boolean;
  teller: Teller;
}

function makeLoop({ policy, clouds, history, now, dryRun, teller }: LoopParts): Loop {
  return {
    history,
    controls,
    policy: policyView(policy, controls),
    provider: (resource) => clouds.of(resource.provider),
    now,
    newId: () => newId(now()),
    owner: ownerOf(process.pid),
    frozen: () => frozenBy(history),
    tell: (about) => teller.begin(about),
    dryRun,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    inOrder: new InOrder(),
    rotation: rotationDesk({ policy, guarded: clouds.guarded, history, aws: clouds.aws ?? null }),
  };
}
