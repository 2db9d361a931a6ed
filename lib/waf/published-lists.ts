import { createHash } from 'node:crypto';
import * as z from 'zod';
import { messageOf } from '../errors.ts';
import { pack, unpack } from '../packed.ts';
import type { History } from '../ports.ts';
import { freshOrLast, type Named, parseReputation, Reputation, type ReputationList } from './reputation.ts';

/** How a list comes from where it is published, and where its last good content is kept; null: nowhere. */
export interface ListSource {
  fetchText(url: string): Promise<string>;
  settings: Pick<History, 'setting' | 'set'> | null;
}

/** Thousands of networks fit. */
const Kept = z.object({ packed: z.string() });
const packedMax = 350_000;
const unpackedMax = 64 << 20;

/** The list of this address: fresh, or the last good one. `why` says what is wrong, to be told. */
export async function publishedList(
  url: string,
  { fetchText, settings }: ListSource,
  parse = parseReputation,
): Promise<{ list: ReputationList | null; why: string | null }> {
  const name = nameOf(url);
  const last = settings ? await keptList(url, settings) : null;
  const fresh = await fetchText(url).then(
    (text) => parse(url, text),
    (error) => new Error(messageOf(error)),
  );
  const chosen = freshOrLast(last, fresh);
  if (chosen.list === fresh && settings) {
    const packed = pack(chosen.list.cidrs.join('\n'));
    if (packed.length <= packedMax) await settings.set(name, { packed });
  }
  return chosen;
}

/** The last good list of this address, where it was ever downloaded. */
export async function keptList(
  url: string,
  settings: Pick<History, 'setting'>,
): Promise<ReputationList | null> {
  return unpacked(url, await settings.setting(nameOf(url)));
}

function nameOf(url: string): string {
  return `reputation/${createHash('sha256').update(url).digest('hex').slice(0, 32)}`;
}

function unpacked(url: string, held: unknown): ReputationList | null {
  const kept = Kept.safeParse(held);
  if (!kept.success) return null;
  return parseReputation(url, unpack(kept.data.packed, unpackedMax));
}

/** The lists of a running service: asked again every few hours, the old answers standing meanwhile. */
export class CurrentLists implements Named {
  readonly #read: () => Promise<Reputation>;
  readonly #everyMs: number;
  #reputation = new Reputation([]);
  #nextMs = Number.NEGATIVE_INFINITY;

  /** `read` throws nothing: what is wrong with a list is told and leaves it out. */
  constructor(read: () => Promise<Reputation>, everyMs: number) {
    this.#read = read;
    this.#everyMs = everyMs;
  }

  async refresh(nowMs: number): Promise<void> {
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + this.#everyMs;
    this.#reputation = await this.#read();
  }

  namedBy(client: string): string | null {
    return this.#reputation.namedBy(client);
  }
}
