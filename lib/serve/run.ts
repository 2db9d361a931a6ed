import type { Outcome, OutcomeName } from '../model.ts';
import { version } from '../version.ts';
import type { Service } from '../wire.ts';
import { bodyHandler } from './handle-body.ts';
import { httpApp } from './http.ts';
import { InboxRunner } from './inbox-runner.ts';
import { listen } from './listen.ts';
import { pollQueue } from './queue.ts';
import { repeat } from './schedule.ts';

export interface RunParts {
  tell(outcome: Outcome): Promise<void>;
  warn(text: string): void;
  /** What senders of events show; null: HTTP intake is off. */
  token: string | null;
  port: number;
  /** Another port will do when this one is taken. */
  orAnotherPort: boolean;
  onReady(url: string): void;
  /** How many resources a sweep left with which outcome. */
  onSwept(seen: ReadonlyMap<OutcomeName, number>): void;
  signal: AbortSignal;
}

const minuteMs = 60_000;
/** How often it is asked whether a scan is due. */
const scanAskMs = 10 * minuteMs;
const rememberMs = 14 * 24 * 60 * minuteMs;

/** Everything that brings work in, until aborted; then what is under way is brought to its end. */
export async function run(service: Service, parts: RunParts): Promise<void> {
  const { policy, loop } = service;
  const inbox = service.inbox();
  const { tell, warn, signal } = parts;
  const handle = bodyHandler(service.handle, tell);
  const runner = new InboxRunner({ inbox, handle, now: loop.now, warn });
  const app = httpApp({
    inbox,
    token: parts.token,
    tokenEnv: policy.http.tokenEnv,
    version,
    now: loop.now,
    onAccepted: () => runner.wake(),
    warn,
    routes: service.routes,
  });
  const http = await listen(app, parts.port, { orAnother: parts.orAnotherPort });
  parts.onReady(http.url);
  const housekeep = async () => {
    // The others are in their cases, and were told from there.
    for (const one of await service.housekeep()) if (one.outcome === 'failed') await tell(one);
    await inbox.forget(loop.now().getTime() - rememberMs);
  };
  const sweep = async () => {
    const seen = new Map<OutcomeName, number>();
    for await (const outcome of service.sweep()) {
      seen.set(outcome.outcome, (seen.get(outcome.outcome) ?? 0) + 1);
      if (outcome.outcome !== 'clean') await tell(outcome);
      if (signal.aborted) return;
    }
    parts.onSwept(seen);
  };
  const scan = async () => {
    for await (const outcome of service.scan()) {
      if (outcome.outcome !== 'clean') await tell(outcome);
      if (signal.aborted) return;
    }
  };
  try {
    await Promise.all([
      runner.run(signal),
      repeat(sweep, { everyMs: policy.schedule.sweepEveryHours * 60 * minuteMs, signal, warn }),
      repeat(scan, { everyMs: scanAskMs, signal, warn }),
      repeat(housekeep, { everyMs: minuteMs, signal, warn }),
      ...(policy.queue
        ? [pollQueue({ ...(await service.queue(policy.queue.url)), handle, warn }, signal)]
        : []),
      ...service.background.map((work) =>
        work({ inbox, onAccepted: () => runner.wake(), tell, warn, signal }),
      ),
    ]);
  } finally {
    await http.close();
  }
}
