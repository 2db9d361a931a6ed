import type { Case } from '../../cases.ts';
import { openForMs, openTo, tellSpan } from '../../describe-case.ts';
import type { Actor, OutcomeName, Severity } from '../../model.ts';
import { type Html, html } from '../html.ts';

/** The small pieces that several pages show alike. */

export function outcomeBadge(outcome: OutcomeName): Html {
  return html`<span class="badge ${outcome}">${outcome}</span>`;
}

export function severityMark(severity: Severity): Html {
  return html`<span class="severity ${severity}">${severity}</span>`;
}

/** `tcp/22 (ssh) to the whole internet (0.0.0.0/0)`; the control's sentence where nothing is named. */
export function headline(one: Case): string {
  return openTo(one).join('; ') || one.why;
}

/** The part of an actor's name that people call them by; the whole name is on the case page. */
export function shortActor(actor: Actor | null): string {
  if (actor === null) return 'found by a sweep';
  const name = actor.name.replace(/^arn:[^:]*:(?:sts|iam)::\d{12}:/, '').replace(/^assumed-role\//, '');
  return actor.via === null ? name : `${name} via ${actor.via}`;
}

export const casePath = (caseId: string): string => `/console/cases/${encodeURIComponent(caseId)}`;

/** `09:03:02` on hover the whole. */
export function clockTime(at: string): Html {
  return html`<time datetime="${at}" title="${at}">${at.slice(11, 19)}</time>`;
}

export function dateTime(at: string | null): Html {
  if (at === null) return html`unknown`;
  return html`<time datetime="${at}">${at.slice(0, 10)} ${at.slice(11, 19)}</time>`;
}

/** `in 3 d`, `4 min ago` */
export function relative(at: string, now: Date): string {
  const ms = Date.parse(at) - now.getTime();
  if (Number.isNaN(ms)) return '';
  if (Math.abs(ms) < 60_000) return ms < 0 ? 'just now' : 'in a moment';
  return ms < 0 ? `${tellSpan(-ms)} ago` : `in ${tellSpan(ms)}`;
}

/** How long it was open, or has been. */
export function howLong(one: Case, now: Date): string {
  const shutMs = openForMs(one);
  if (shutMs !== null) return `was open for ${tellSpan(shutMs)}`;
  if (one.closedAt !== null) return '';
  const sinceMs = now.getTime() - Date.parse(one.since ?? one.openedAt);
  // Seconds would change the page at every look.
  return sinceMs < 60_000 ? 'open now' : `open for ${tellSpan(sinceMs)} now`;
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** `Tuesday 24 November 2026` */
export function dayName(at: string): string {
  const date = new Date(at);
  return `${days[date.getUTCDay()]} ${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}
