import { type ClientKey, clientKey } from './address.ts';

/** Up to when each client's records have led to a block already: asked for every record, so kept in numbers. */
export class Served {
  readonly #byHalves = new Map<number, Map<number, number>>();

  constructor(blocked: readonly { client: string; evidenceMs: number }[]) {
    for (const { client, evidenceMs } of blocked) {
      const key = clientKey(client.replace(/\/(?:64|32)$/, ''));
      if (!key) continue;
      const halves = this.#byHalves.get(key.hi) ?? new Map<number, number>();
      halves.set(key.lo, evidenceMs);
      this.#byHalves.set(key.hi, halves);
    }
  }

  get isEmpty(): boolean {
    return this.#byHalves.size === 0;
  }

  until({ hi, lo }: ClientKey): number | undefined {
    return this.#byHalves.get(hi)?.get(lo);
  }
}
