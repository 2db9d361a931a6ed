import { userInfo } from 'node:os';
import { environment, type Policy } from '../config.ts';
import { messageOf } from '../errors.ts';
import type { OutcomeName } from '../model.ts';
import { isNoAccountNamed } from '../sandbox/running.ts';
import { startSandbox } from '../sandbox/start-sandbox.ts';
import { run } from '../serve/run.ts';
import { type Service, wire } from '../wire.ts';
import { clock, newToken } from '../wire-clock.ts';
import { terminalSignIn } from '../wire-console.ts';
import { readPolicy } from '../wire-policy.ts';
import { play } from './play.ts';
import { printJson, say, tellOutcome, warn } from './print.ts';
import { stopSignal } from './stop-signal.ts';
import { whatComesIn, whatToTry } from './welcome.ts';

interface Options {
  policy?: string;
  port?: number;
  json: boolean;
}

/** `snapshut start`: the whole service in one process, until Ctrl-C. */
export async function start(options: Options): Promise<number> {
  const stop = stopSignal(() => progress('Ending what is under way; Ctrl-C again ends at once.'));
  try {
    const policy = await readPolicy(options.policy, clock(undefined)());
    if (isSandboxWanted(policy)) await onSandbox(options, stop.signal);
    else await onAccounts(options, stop.signal);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    throw error;
  } finally {
    stop.forget();
  }
}

/** A newcomer's real account, which AWS tools may find by themselves, must not be touched unasked. */
function isSandboxWanted(policy: Policy): boolean {
  return policy.accounts === undefined && isNoAccountNamed(environment());
}

async function onSandbox(options: Options, signal: AbortSignal): Promise<void> {
  progress(
    'No account is named in snapshut.yml or the environment: this is a sandbox, on this machine only.',
  );
  const sandbox = await startSandbox(environment(), { progress, signal });
  try {
    const service = await wire({ policyFile: options.policy });
    const tell = teller(service, options.json);
    try {
      const fixed = await play(sandbox.ids, service, { tell, progress, warn });
      const token = tokenOf(service.policy) ?? newToken();
      const signIn = await terminalSignIn(service.loop, userInfo().username);
      const onReady = (url: string) => {
        noteUrl(url, service);
        whatToTry({ url, token, signIn, fixed }).forEach(progress);
      };
      const port = options.port ?? service.policy.http.port;
      await run(service, { tell, warn, token, port, orAnotherPort: true, onReady, onSwept, signal });
    } finally {
      await service.close();
    }
  } finally {
    await sandbox.stop();
  }
}

async function onAccounts(options: Options, signal: AbortSignal): Promise<void> {
  const service = await wire({ policyFile: options.policy });
  const { policy, guarded } = service;
  try {
    const token = tokenOf(policy);
    const signIn = await terminalSignIn(service.loop, userInfo().username);
    const onReady = (url: string) => {
      noteUrl(url, service);
      whatComesIn({ url, token, signIn, policy, guarded }).forEach(progress);
    };
    const port = options.port ?? policy.http.port;
    const tell = teller(service, options.json);
    await run(service, { tell, warn, token, port, orAnotherPort: false, onReady, onSwept, signal });
  } finally {
    await service.close();
  }
}

/** Where `snapshut sign-in` of another terminal leads to. */
function noteUrl(url: string, { loop }: Service): void {
  loop.history.set('console-url', `${url}/console`).catch((error: unknown) => warn(messageOf(error)));
}

function tokenOf(policy: Policy): string | null {
  return environment().variable(policy.http.tokenEnv);
}

function teller(service: Service, isJson: boolean) {
  return async (outcome: Parameters<typeof tellOutcome>[0]) => {
    if (isJson) return printJson(outcome);
    const about = outcome.caseId === null ? null : await service.loop.history.get(outcome.caseId);
    say(tellOutcome(outcome, about));
  };
}

function onSwept(seen: ReadonlyMap<OutcomeName, number>): void {
  progress(`Swept: ${[...seen].map(([name, count]) => `${count} ${name}`).join(', ') || 'nothing there'}.`);
}

/** Apart from the outcomes, so that these can be read by a program. */
function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
