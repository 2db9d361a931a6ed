import { setTimeout as sleep } from 'node:timers/promises';
import { environment } from './config.ts';
import { TerminalError } from './errors.ts';
import type { Names } from './logs/crawlers.ts';
import { http } from './providers/http.ts';

/** The part of the composition root that asks the web for published lists, and the DNS for names. */

const listBytesMax = 32 << 20;

/** Throws where the list is not served as it is. */
export async function fetchList(url: string): Promise<string> {
  const get = http({
    timeoutMs: 20_000,
    attempts: 2,
    maxBytes: listBytesMax,
    proxy: environment().proxy,
    sleep: (ms) => sleep(ms),
    random: Math.random,
  });
  const { status, text } = await get({ method: 'GET', url, headers: {} });
  if (status !== 200) throw new TerminalError(`${url} answered ${status}`);
  return text;
}

/** Answers soon or not at all: somebody waits to be blocked. */
export function dnsNames(): Names {
  const resolver = import('node:dns/promises').then(
    ({ Resolver }) => new Resolver({ timeout: 1_000, tries: 2 }),
  );
  return {
    reverse: async (address) => (await resolver).reverse(address),
    addressesOf: async (name) => (await resolver).resolve4(name),
  };
}
