import { callTimeouts } from './call-timeouts.ts';
import { environment } from './config.ts';
import { DynamoTraffic } from './history/dynamodb-traffic.ts';
import { type LogServiceParts, ruleLoopOf } from './log-service.ts';
import { AttackRecord } from './logs/attack-record.ts';
import { noteOffenders } from './logs/kept-attack.ts';
import type { Loop } from './loop.ts';
import type { Outcome, Resource } from './model.ts';
import { reconcile } from './reconcile.ts';
import { DistributedAlerts } from './waf/distributed-alerts.ts';
import { judgeShared } from './waf/shared-judge.ts';
import type { SharedTraffic } from './waf/shared-traffic.ts';

/** The part of the composition root that looks, by the clock, at what the functions of the logs counted together. */

const leaseMs = 5 * 60_000;
const alertSetting = 'waf-attack/distributed';

/** Attacks by many clients are found, rules against them carried on, and attacks that are over are told. */
export async function judgeWhatFunctionsSaw(
  parts: LogServiceParts,
  loop: Loop,
  traffic: SharedTraffic | null = sharedTraffic(parts.policy.loops.waf.distributed.mode),
  err: (line: string) => void = () => {},
): Promise<Outcome[]> {
  const { policy, history, now, newId } = parts;
  if (traffic === null) return [];
  const nowMs = now().getTime();
  const owner = newId();
  if (!(await history.lease('waf-traffic', owner, nowMs + leaseMs, nowMs))) return [];
  try {
    const record = { history, newId, tell: loop.tell };
    await noteOffenders(record, [], nowMs);
    const { distributed } = policy.loops.waf;
    const options = { ...distributed, windowMs: distributed.windowSeconds * 1000 };
    const windows = await judgeShared({ shared: traffic, settings: history, options }, nowMs);
    const alerts = new DistributedAlerts(await history.setting(alertSetting));
    for (const one of alerts.see(windows, nowMs))
      await new AttackRecord(record).keep('waf-distributed', one, nowMs);
    await history.set(alertSetting, alerts.kept());
    const outcomes: Outcome[] = [];
    const decide = async (rule: Resource, why: string) => {
      const trigger = { eventId: `rule/${rule.id}`, at: null, actor: null, name: why };
      outcomes.push(...(await reconcile(rule, trigger, loop)));
    };
    const rules = ruleLoopOf(parts, decide, err);
    for (const window of windows) rules?.see(window);
    await rules?.tick(nowMs);
    return outcomes;
  } finally {
    await history.release('waf-traffic', owner);
  }
}

/** Null where nobody counts: one process sees all of its logs by itself. */
function sharedTraffic(mode: string): SharedTraffic | null {
  const { table } = environment();
  if (table === null || mode === 'off') return null;
  return new DynamoTraffic(table, async () => {
    const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
    return new DynamoDBClient({ requestHandler: callTimeouts });
  });
}
