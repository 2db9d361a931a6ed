import type { Json } from '../model.ts';
import type { History } from '../ports.ts';
import { AttackAlerts, type AttackNews } from './attack-alerts.ts';
import { AttackRecord, type AttackRecordParts } from './attack-record.ts';
import type { OffenderLine } from './offender-line.ts';

const setting = 'waf-attack/offenders';
const leaseMs = 30_000;
const tries = 40;

/**
 * Offenders that one function found, as part of the attack that all of them see: it begins, grows and is over once,
 * whoever found what. Called without offenders, it looks whether the attack is over.
 */
export async function noteOffenders(
  parts: AttackRecordParts,
  lines: readonly OffenderLine[],
  nowMs: number,
): Promise<AttackNews[]> {
  const { history } = parts;
  const before = await history.setting(setting);
  if (lines.length === 0 && before === null) return [];
  return underLease(history, parts.newId(), nowMs, async () => {
    const alerts = AttackAlerts.from(await history.setting(setting));
    const news = alerts.see(lines, nowMs);
    const record = new AttackRecord(parts);
    // The case first: after a crash in between the same news is told once more, and not never.
    for (const one of news) await record.keep('waf', one, nowMs);
    await history.set(setting, alerts.kept() satisfies Json);
    return news;
  });
}

/** News can wait: where the lease is not to be had, the offenders stand in the next object's news, or are blocked untold. */
async function underLease<Answer>(
  history: History,
  owner: string,
  nowMs: number,
  run: () => Promise<Answer[]>,
): Promise<Answer[]> {
  for (let attempt = 0; attempt < tries; attempt++) {
    if (!(await history.lease('waf-attack', owner, nowMs + leaseMs, nowMs))) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    try {
      return await run();
    } finally {
      await history.release('waf-attack', owner);
    }
  }
  return [];
}
