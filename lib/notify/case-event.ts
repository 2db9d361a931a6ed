import type { Case, Entry } from '../cases.ts';
import { isTellable } from '../history/advance.ts';
import { type Severity, severities } from '../model.ts';
import { withoutSecrets } from '../policy/secrets.ts';

/** What happened to a case, as programs read it. Pure. `id` stays the same when it is sent again. */
export interface CaseEvent {
  /** `CASE/ENTRY` */
  id: string;
  /** ISO 8601 */
  at: string;
  /** What happened: the type of the entry. */
  type: string;
  why: string;
  by: string | null;
  case: {
    caseId: string;
    resource: Case['resource'];
    resourceName: string | null;
    control: string;
    severity: Severity;
    outcome: Case['outcome'];
    why: string;
    exposures: { what: string; to: string; severity: Severity }[];
    actor: Case['actor'];
    since: string | null;
    openedAt: string;
    closedAt: string | null;
    /** Readable lines, at most `changesMax` of them. */
    changes: string[];
    changesInAll: number;
  };
}

const changesMax = 100;
const textMax = 2_000;

/** One for each entry that a channel has not told. */
export function caseEvents(about: Case, entries: readonly Entry[], since: number): CaseEvent[] {
  const told = caseOf(about);
  return entries
    .filter((entry) => entry.seq > since && isTellable(entry.story))
    .map(({ seq, at, story }) => ({
      id: `${about.caseId}/${seq}`,
      at,
      type: story.type,
      why: bare('why' in story ? story.why : about.why),
      by: 'by' in story ? bare(story.by) : null,
      case: told,
    }));
}

export const isAtLeast = (severity: Severity, min: Severity): boolean =>
  severities.indexOf(severity) >= severities.indexOf(min);

function caseOf(about: Case): CaseEvent['case'] {
  const { caseId, resource, control, severity, outcome, since, openedAt, closedAt, actor } = about;
  return {
    caseId,
    resource,
    resourceName: about.resourceName === null ? null : bare(about.resourceName),
    control,
    severity,
    outcome,
    why: bare(about.why),
    exposures: about.exposures
      .slice(0, changesMax)
      .map((one) => ({ what: bare(one.what), to: bare(one.to), severity: one.severity })),
    actor: actor === null ? null : { ...actor, name: bare(actor.name) },
    since,
    openedAt,
    closedAt,
    changes: about.changes.slice(0, changesMax).map((change) => bare(change.text)),
    changesInAll: about.changes.length,
  };
}

/** Without secrets and control characters, of bounded length. */
function bare(text: string): string {
  const plain = withoutSecrets(text.toWellFormed()).replace(/\p{Cc}/gu, ' ');
  return plain.length <= textMax ? plain : `${plain.slice(0, textMax - 1).toWellFormed()}…`;
}

/** One line for people: `[high] fixed: sg-0123: ssh is open to the whole internet`. */
export function headline({ case: about, why }: CaseEvent, max: number): string {
  const line = `[${about.severity}] ${about.outcome}: ${about.resourceName ?? about.resource.id}: ${why || about.why}`;
  return line.length <= max ? line : `${line.slice(0, max - 1).toWellFormed()}…`;
}

/** The story for people, in lines. */
export function plainText({ at, type, by, case: about }: CaseEvent): string {
  const { provider, account, region, kind, id } = about.resource;
  const open = about.exposures.slice(0, 20).map(({ what, to }) => `open     ${what} to ${to}`);
  return [
    about.why,
    '',
    `${type} at ${at}${by === null ? '' : ` by ${by}`}`,
    ...open,
    `since    ${about.since ?? about.openedAt}, opened by ${about.actor?.name ?? 'unknown'}${about.actor?.via ? ` (${about.actor.via})` : ''}`,
    `where    ${kind} ${id}, ${provider} ${account} ${region}`,
    `control  ${about.control}, ${about.severity}`,
    ...about.changes.slice(0, 30).map((text) => `change   ${text}`),
    `case     ${about.caseId}`,
  ].join('\n');
}
