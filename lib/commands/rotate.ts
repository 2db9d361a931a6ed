import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Outcome } from '../model.ts';
import { failedLine } from '../respond.ts';
import { fetchEnvelope } from '../rotation/envelope-delivery.ts';
import { keyNamed, rotateKey } from '../rotation/rotate.ts';
import { type Service, wire } from '../wire.ts';
import { clock, newToken } from '../wire-clock.ts';
import { openHistory } from '../wire-state.ts';
import { exitCodeOf, printJson, say, tellOutcome, warn } from './print.ts';

interface Options {
  json: boolean;
  dryRun: boolean;
  policy?: string;
  now?: string;
  by?: string;
}

/** `snapshut rotate USER|KEY|CASE`: begins the replacement of a key, or says how far it is. */
export async function rotate(target: string, options: Options): Promise<number> {
  const { policy: policyFile, dryRun, now } = options;
  const service = await wire({ policyFile, dryRun, now });
  try {
    const startedMs = service.loop.now().getTime();
    const told = await rotateNamed(target, options.by ?? userInfo().username, service).catch(
      (error: unknown) => failedLine(`rotate/${target}`, error),
    );
    const outcome = { ...told, tookMs: service.loop.now().getTime() - startedMs };
    if (options.json || !process.stdout.isTTY) printJson(outcome);
    else
      say(
        tellOutcome(outcome, outcome.caseId === null ? null : await service.loop.history.get(outcome.caseId)),
      );
    return exitCodeOf([outcome.outcome]);
  } finally {
    await service.close();
  }
}

async function rotateNamed(target: string, by: string, service: Service): Promise<Outcome> {
  const named = await keyNamed(target, by, service);
  return 'outcome' in named ? named : rotateKey(named, by, service.loop);
}

/** A secret that is lost is lost: all that helps is another key. */
function whyNone(
  caseId: string,
  fetched: { refused: 'none' } | { refused: 'fetched'; keyId: string },
): string {
  if (fetched.refused === 'none') return 'no envelope waits for this case';
  return `this envelope was fetched already, and it is handed out only once. If it is lost, nobody can bring it back and a new \
key must be made: "npx snapshut undo ${caseId}" ends this replacement, delete ${fetched.keyId}, then "npx snapshut rotate" again`;
}

/** `snapshut envelope CASE`: hands out a sealed key, once. */
export async function openEnvelope(caseId: string, options: { out?: string }): Promise<number> {
  const history = openHistory(false);
  try {
    const fetched = await fetchEnvelope(caseId, { history, askId: newToken(), now: clock(undefined)() });
    if ('refused' in fetched) {
      warn(whyNone(caseId, fetched));
      return 1;
    }
    if (options.out === undefined) process.stdout.write(fetched.envelope);
    else writeFileSync(options.out, fetched.envelope, { mode: 0o600, flag: 'wx' });
    const open = 'openssl cms -decrypt -inform PEM -inkey YOUR-KEY.pem';
    warn(`for ${fetched.recipient}; it opens with: ${open}${options.out ? ` -in ${options.out}` : ''}`);
    return 0;
  } finally {
    await history.close();
  }
}
