import * as z from 'zod';
import type { Json } from '../model.ts';
import { packAsManyAsFit, unpack } from '../packed.ts';
import type { OffenderLine } from './offender-line.ts';

/** What people are told of an attack: that it begins, that it grew tenfold, that it is over. */
export interface AttackNews {
  news: 'begins' | 'grows' | 'over';
  sinceMs: number;
  clients: number;
  blocked: number;
  requests: number;
  detectors: string[];
  /** The worst few. */
  examples: OffenderLine[];
  /** Requests of offenders minute by minute since it began, at most an hour of them. */
  perMinute: number[];
  /** What the clients share, where they are many and no single one stands for the attack. */
  what?: string;
}

/** An attack as it is kept between functions: the worst offenders in full, the others only as numbers. */
const Kept = z.object({ packed: z.string() });
const packedMax = 300_000;
const unpackedMax = 32 << 20;

interface Attack {
  sinceMs: number;
  lastMs: number;
  told: number;
  offenders: Map<string, OffenderLine>;
  perMinute: number[];
}

const quietMs = 10 * 60_000;
const offendersHeld = 50_000;
const minutesHeld = 60;

/** Turns offenders into three messages an attack, however many they are. Pure but for what it remembers. */
export class AttackAlerts {
  #attack: Attack | null = null;

  static from(held: unknown): AttackAlerts {
    const made = new AttackAlerts();
    const kept = Kept.safeParse(held);
    if (!kept.success) return made;
    // Only `kept` writes it.
    const { offenders, ...attack } = JSON.parse(unpack(kept.data.packed, unpackedMax));
    made.#attack = { ...attack, offenders: new Map(offenders.map((one: OffenderLine) => [one.client, one])) };
    return made;
  }

  /** As a setting, null when there is no attack: the mildest offenders are left out where there is no room for all. */
  kept(): Json {
    if (this.#attack === null) return null;
    const { offenders, ...attack } = this.#attack;
    const worst = [...offenders.values()].sort((a, b) => b.requests - a.requests);
    const bodyOf = (most: number) => ({ ...attack, offenders: worst.slice(0, most) });
    return { packed: packAsManyAsFit(worst.length, packedMax, bodyOf) };
  }

  see(lines: readonly OffenderLine[], nowMs: number): AttackNews[] {
    const told: AttackNews[] = [];
    if (this.#attack && nowMs >= this.#attack.lastMs + quietMs) {
      told.push(newsOf('over', this.#attack));
      this.#attack = null;
    }
    if (lines.length === 0) return told;
    const isNew = this.#attack === null;
    this.#attack ??= { sinceMs: nowMs, lastMs: nowMs, told: 0, offenders: new Map(), perMinute: [] };
    const attack = this.#attack;
    attack.lastMs = nowMs;
    for (const line of lines) note(attack, line, nowMs);
    if (!isNew && attack.offenders.size < attack.told * 10) return told;
    attack.told = attack.offenders.size;
    return [...told, newsOf(isNew ? 'begins' : 'grows', attack)];
  }
}

function note(attack: Attack, line: OffenderLine, nowMs: number): void {
  const before = attack.offenders.get(line.client)?.requests ?? 0;
  const minute = Math.min(minutesHeld - 1, Math.floor((nowMs - attack.sinceMs) / 60_000));
  while (attack.perMinute.length <= minute) attack.perMinute.push(0);
  attack.perMinute[minute] = (attack.perMinute[minute] ?? 0) + Math.max(0, line.requests - before);
  if (before > 0 || attack.offenders.size < offendersHeld) attack.offenders.set(line.client, line);
}

function newsOf(news: AttackNews['news'], { sinceMs, offenders: known, perMinute }: Attack): AttackNews {
  const offenders = [...known.values()].sort((a, b) => b.requests - a.requests);
  return {
    news,
    sinceMs,
    clients: offenders.length,
    blocked: offenders.filter((one) => one.until !== null).length,
    requests: offenders.reduce((sum, one) => sum + one.requests, 0),
    detectors: [...new Set(offenders.flatMap((one) => one.detectors))].sort(),
    examples: offenders.slice(0, 5),
    perMinute: [...perMinute],
  };
}

/** `waf: an attack begins, since 11:00: 120 requests of 3 clients (flood), 3 blocked ▁▇ …` */
export function tellNews(loop: string, of: AttackNews): string {
  const verb = { begins: 'begins', grows: 'grows', over: 'is over' }[of.news];
  const worst = of.examples.map(
    ({ client, requests, until }) => `${client} (${requests}${until === null ? ', told' : ''})`,
  );
  const who = of.what === undefined ? `the worst: ${worst.join(', ')}` : `they have ${of.what} in common`;
  return (
    `${loop}: an attack ${verb}, since ${new Date(of.sinceMs).toISOString()}: ${of.requests} requests of ` +
    `${of.clients} clients (${of.detectors.join(', ')}), ${of.blocked} blocked; ${who} ${chart(of.perMinute)}`
  );
}

/** One bar a minute. */
function chart(values: readonly number[]): string {
  const most = Math.max(1, ...values);
  return values.map((value) => '▁▂▃▄▅▆▇█'[Math.round((value / most) * 7)]).join('');
}
