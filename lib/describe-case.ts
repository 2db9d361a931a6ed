import type { Case } from './cases.ts';
import type { Actor } from './model.ts';

/** What a case says in words, alike on the terminal, in messages and on the page. Pure. */

const namedMax = 4;

/** `tcp/22 (ssh), tcp/23 (telnet) and 11 more to the whole internet (0.0.0.0/0)`, a line per far side. */
export function openTo({ exposures }: Pick<Case, 'exposures'>): string[] {
  const byPeer = Map.groupBy(exposures, (one) => one.to);
  return [...byPeer].map(([to, those]) => {
    const named = those.slice(0, namedMax).map((one) => one.what);
    const more = those.length > namedMax ? ` and ${those.length - namedMax} more` : '';
    return `${named.join(', ')}${more} to ${to}`;
  });
}

export function tellActor(actor: Actor | null): string {
  if (actor === null) return 'nobody named (found by a sweep)';
  const how = [actor.via, actor.sourceIp].filter((part) => part !== null).join(', ');
  const name = actor.name.replace(/^arn:[^:]*:(?:sts|iam)::(\d{12}):/, '$1 ');
  return how === '' ? name : `${name} (${how})`;
}

/** How long it was open until we shut it, in ms; null where we did not, or the clocks disagree. */
export function openForMs({ outcome, since, openedAt, closedAt }: Case): number | null {
  if (outcome !== 'fixed' || closedAt === null) return null;
  const ms = Date.parse(closedAt) - Date.parse(since ?? openedAt);
  return ms >= 0 ? ms : null;
}

/** `840 ms`, `12 s`, `4 min`, `3 h 5 min`, `2 d 4 h` */
export function tellSpan(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}
