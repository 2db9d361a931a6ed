import type { OffenderLine } from './offender-line.ts';

/** What people are told of an attack: that it begins, that it grew tenfold, that it is over. */
export interface AttackNews {
  news: 'begins' | 'grows' | 'over';
  sinceMs: number;
  clients: number;
  requests: number;
  detectors: string[];
  /** The worst few. */
  examples: OffenderLine[];
}

const quietMs = 10 * 60_000;

/** Turns offenders into three messages an attack, however many they are. Pure but for what it remembers. */
export class AttackAlerts {
  #attack: { sinceMs: number; lastMs: number; told: number; offenders: Map<string, OffenderLine> } | null =
    null;

  see(lines: readonly OffenderLine[], nowMs: number): AttackNews[] {
    const told: AttackNews[] = [];
    if (this.#attack && lines.length === 0 && nowMs >= this.#attack.lastMs + quietMs) {
      told.push(this.#news('over'));
      this.#attack = null;
    }
    if (lines.length === 0) return told;
    const isNew = this.#attack === null;
    this.#attack ??= { sinceMs: nowMs, lastMs: nowMs, told: 0, offenders: new Map() };
    const attack = this.#attack;
    attack.lastMs = nowMs;
    for (const line of lines) if (attack.offenders.size < 50_000) attack.offenders.set(line.client, line);
    if (!isNew && attack.offenders.size < attack.told * 10) return told;
    attack.told = attack.offenders.size;
    return [...told, this.#news(isNew ? 'begins' : 'grows')];
  }

  #news(news: AttackNews['news']): AttackNews {
    const offenders = [...(this.#attack?.offenders.values() ?? [])].sort((a, b) => b.requests - a.requests);
    return {
      news,
      sinceMs: this.#attack?.sinceMs ?? 0,
      clients: offenders.length,
      requests: offenders.reduce((sum, one) => sum + one.requests, 0),
      detectors: [...new Set(offenders.flatMap((one) => one.detectors))].sort(),
      examples: offenders.slice(0, 5),
    };
  }
}
