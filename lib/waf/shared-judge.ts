import * as z from 'zod';
import type { History } from '../ports.ts';
import type { Judgement } from './distributed.ts';
import { GoodTraffic } from './good-traffic.ts';
import type { DistributedOptions } from './rules.ts';
import type { SharedTraffic } from './shared-traffic.ts';

export interface SharedJudging {
  shared: SharedTraffic;
  settings: Pick<History, 'setting' | 'set'>;
  options: DistributedOptions;
}

/** AWS gathers a log file for five minutes, and then it is delivered and read. */
const lateMs = 6 * 60_000;
/** After a longer pause the windows before are left: they are no attack of today. */
const windowsCaughtUp = 24;
const goodSetting = 'waf-traffic/good';
const nextSetting = 'waf-traffic/next';

/**
 * Judges the windows that functions counted together. One that is over becomes part of the good traffic unless it is
 * an attack; one that still fills is looked at as well, because an attack in it only grows. Call it under a lease.
 */
export async function judgeShared(
  { shared, settings, options }: SharedJudging,
  nowMs: number,
): Promise<Judgement[]> {
  const { windowMs } = options;
  const good = GoodTraffic.from(await settings.setting(goodSetting));
  const held = z.number().safeParse(await settings.setting(nextSetting));
  const current = Math.floor(nowMs / windowMs) * windowMs;
  const fullyIn = (fromMs: number) => fromMs + windowMs + lateMs <= nowMs;
  const oldest = current - windowsCaughtUp * windowMs;
  let next = Math.max(held.data ?? current - 3 * windowMs, oldest);
  const judged: Judgement[] = [];
  for (let fromMs = next; fromMs <= current; fromMs += windowMs) {
    const now = await shared.window(fromMs, windowMs);
    const found = good.judge(now, fromMs, options);
    if (!fullyIn(fromMs)) {
      if (found) judged.push({ now, good: good.all, found });
      continue;
    }
    next = fromMs + windowMs;
    if (now.requests === 0) continue;
    if (!found) good.remember(now);
    judged.push({ now, good: good.all, found });
  }
  if (next !== held.data) {
    await settings.set(goodSetting, good.kept());
    await settings.set(nextSetting, next);
  }
  return judged;
}
