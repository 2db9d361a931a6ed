import { userInfo } from 'node:os';
import { approve, deny, exempt } from '../answer.ts';
import { TerminalError } from '../errors.ts';
import type { Outcome } from '../model.ts';
import { failedLine } from '../respond.ts';
import { type Answer, undo } from '../undo.ts';
import { wire } from '../wire.ts';
import { openHistory } from '../wire-state.ts';
import { durationMs } from './duration.ts';
import { exitCodeOf, printJson, say, tellOutcome } from './print.ts';

interface Options {
  json: boolean;
  policy?: string;
  by?: string;
  for?: string;
  reason?: string;
}

const dayMs = 86_400_000;
const acts = { undo, approve, deny };

/** `snapshut undo|approve|deny CASE`: acts at once and prints the outcome line. */
export async function answerCase(name: keyof typeof acts, caseId: string, options: Options): Promise<number> {
  return say1(caseId, options, (answer, service) => acts[name](answer, service.loop));
}

/** `snapshut exempt CASE` */
export async function exemptCase(caseId: string, options: Options): Promise<number> {
  return say1(caseId, options, (answer, service) =>
    exempt({ ...answer, reason: options.reason ?? '' }, service.loop),
  );
}

async function say1(
  caseId: string,
  options: Options,
  act: (answer: Answer, service: Awaited<ReturnType<typeof wire>>) => Promise<Outcome>,
): Promise<number> {
  const exemptMs = options.for === undefined ? dayMs : durationMs(options.for);
  if (exemptMs === null || exemptMs === 0)
    throw new TerminalError(`--for ${options.for}: expected a span such as 12h or 7d`);
  const service = await wire({ policyFile: options.policy });
  try {
    const startedMs = service.loop.now().getTime();
    const answer = { caseId, by: options.by ?? userInfo().username, exemptMs };
    const told = await act(answer, service).catch((error: unknown) => failedLine(`answer/${caseId}`, error));
    const outcome = { ...told, tookMs: service.loop.now().getTime() - startedMs };
    if (options.json || !process.stdout.isTTY) printJson(outcome);
    else say(tellOutcome(outcome, await service.loop.history.get(caseId)));
    return exitCodeOf([outcome.outcome]);
  } finally {
    await service.close();
  }
}

/** `snapshut freeze`, and with null `unfreeze`: read by every running process before its next call. */
export async function freeze(reason: string | null): Promise<number> {
  const history = openHistory(false);
  try {
    await history.set('frozen', reason === null ? null : `${reason} (${userInfo().username})`);
  } finally {
    await history.close();
  }
  say(
    reason === null ? 'Changes are allowed again.' : 'Frozen: nothing is changed until `snapshut unfreeze`.',
  );
  return 0;
}
