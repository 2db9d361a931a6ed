import { setTimeout as sleep } from 'node:timers/promises';
import { ExoscaleClient } from '../../../lib/providers/exoscale/client.ts';
import { ExoscaleProvider } from '../../../lib/providers/exoscale/exoscale.ts';
import { http } from '../../../lib/providers/http.ts';
import type { Exoscale } from '../../engines/exoscale.ts';

/** A client of the fake that waits a hundredth of the real time. */
export function clientOn(fake: Exoscale, operationTimeoutMs = 60_000): ExoscaleClient {
  const quick = (ms: number) => sleep(ms / 100);
  return new ExoscaleClient({
    keys: { ...fake.keys },
    http: http({ sleep: quick, random: Math.random }),
    nowMs: Date.now,
    sleep: quick,
    endpoint: fake.url,
    operationTimeoutMs,
  });
}

export function providerOn(fake: Exoscale, sosEndpoint?: string): ExoscaleProvider {
  return new ExoscaleProvider({
    client: clientOn(fake),
    zones: ['ch-gva-2', 'de-fra-1'],
    sos: { keys: { ...fake.keys }, ...(sosEndpoint ? { endpoint: sosEndpoint } : {}) },
  });
}
