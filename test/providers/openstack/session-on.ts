import { setTimeout as sleep } from 'node:timers/promises';
import { type Http, http } from '../../../lib/providers/http.ts';
import { cloudSettings } from '../../../lib/providers/openstack/clouds-file.ts';
import { Session } from '../../../lib/providers/openstack/session.ts';

/** The real HTTP, with short waits. */
export const realHttp = http({ sleep: (ms) => sleep(ms / 10), random: Math.random });

/** A session as the service makes it, from the variables that a user of the engine would export. */
export async function sessionOn(env: Record<string, string>, over: Http = realHttp): Promise<Session> {
  const settings = await cloudSettings(undefined, env, async () => null);
  return new Session({ settings, http: over, nowMs: Date.now });
}
