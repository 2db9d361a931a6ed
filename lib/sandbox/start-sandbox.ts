import { TerminalError } from '../errors.ts';
import type { Environment } from '../policy/environment.ts';
import { motoAccount, startMoto } from './moto.ts';
import { forgetSandbox, noteSandbox, type RunningSandbox, runningSandbox } from './running.ts';
import { type SandboxIds, seed } from './seed.ts';
import type { Progress } from './venv.ts';

export interface Sandbox extends RunningSandbox {
  ids: SandboxIds;
  stop(): Promise<void>;
}

/** An AWS account on this machine with a few things left open in it, and a note of it for other commands. */
export async function startSandbox(
  env: Environment,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<Sandbox> {
  const other = runningSandbox(env);
  if (other !== null)
    throw new TerminalError(`a sandbox is already running here (process ${other.pid}, ${other.endpoint})`);
  const moto = await startMoto({ progress, signal });
  try {
    const region = env.region ?? 'eu-central-1';
    const ids = await seed(moto.endpoint, region);
    signal.throwIfAborted();
    const running = { pid: process.pid, endpoint: moto.endpoint, account: motoAccount, region };
    noteSandbox(env.home, running);
    const stop = async () => {
      forgetSandbox(env.home, process.pid);
      await moto.stop();
    };
    return { ...running, ids, stop };
  } catch (error) {
    await moto.stop();
    throw error;
  }
}
