import type { Case } from './cases.ts';
import { count, type Figures, most, noFigures, quantileMs } from './console/figures.ts';
import { openForMs, openTo } from './describe-case.ts';
import { type Exemption, resourceKey } from './model.ts';
import { endOf } from './policy/dates.ts';

/** The month in figures and names: what was shut, how fast, by whom it was opened, what will be open again. Pure. */

export interface Report {
  /** ISO 8601 */
  since: string;
  until: string;
  cases: number;
  shut: number;
  /** How long what we shut had been open; null where nothing was shut. */
  meanMs: number | null;
  medianMs: number | null;
  p95Ms: number | null;
  byControl: [name: string, cases: number][];
  byAccount: [name: string, cases: number][];
  byOutcome: [name: string, cases: number][];
  topOpeners: [name: string, cases: number][];
  /** The newest first; `shut` says how many there are. */
  shutCases: ReportLine[];
  leftOpen: ReportLine[];
  /** The next to end first. */
  exemptionsEnding: { resource: string; control: string; until: string; reason: string; by: string }[];
}

export interface ReportLine {
  caseId: string;
  resource: string;
  name: string | null;
  control: string;
  severity: string;
  open: string;
  openedAt: string;
  openForMs: number | null;
  actor: string | null;
}

const linesMax = 200;
const namesMax = 10;
const soonMs = 30 * 86_400_000;

/** Takes cases one by one, newest first, so that a month of any size fits into memory. */
export class Reporting {
  readonly #figures: Figures = noFigures();
  readonly #shut: ReportLine[] = [];
  readonly #left: ReportLine[] = [];

  take(one: Case): void {
    count(this.#figures, one);
    if (openForMs(one) !== null && this.#shut.length < linesMax) this.#shut.push(lineOf(one));
    if (one.closedAt === null && this.#left.length < linesMax) this.#left.push(lineOf(one));
  }

  report(since: Date, now: Date, exemptions: readonly Exemption[]): Report {
    const figures = this.#figures;
    const { cases, shut, openMsSum } = figures;
    return {
      since: since.toISOString(),
      until: now.toISOString(),
      cases,
      shut,
      meanMs: shut === 0 ? null : openMsSum / shut,
      medianMs: quantileMs(figures, 0.5),
      p95Ms: quantileMs(figures, 0.95),
      byControl: most(figures.byControl, namesMax),
      byAccount: most(figures.byAccount, namesMax),
      byOutcome: most(figures.byOutcome, 20),
      topOpeners: most(figures.byActor, namesMax),
      shutCases: this.#shut,
      leftOpen: this.#left,
      exemptionsEnding: ending(exemptions, now),
    };
  }
}

function lineOf(one: Case): ReportLine {
  const { caseId, resourceName: name, control, severity, openedAt, actor } = one;
  const open = openTo(one).join('; ') || one.why;
  const line = { caseId, resource: resourceKey(one.resource), name, control, severity, open, openedAt };
  return { ...line, openForMs: openForMs(one), actor: actor?.name ?? null };
}

function ending(exemptions: readonly Exemption[], now: Date): Report['exemptionsEnding'] {
  const soon = exemptions.flatMap(({ resourceKey: resource, control, until, reason, by }) => {
    const end = endOf(until);
    if (end === null || end <= now || +end > +now + soonMs) return [];
    return [{ resource, control, until: end.toISOString(), reason, by }];
  });
  return soon.toSorted((a, b) => (a.until < b.until ? -1 : 1)).slice(0, linesMax);
}
