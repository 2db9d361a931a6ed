import type { Case, Entry } from '../cases.ts';
import type { Severity } from '../model.ts';
import type { Notifier } from '../ports.ts';
import { caseEvents, headline, isAtLeast } from './case-event.ts';
import { guardedPost, mustBeTaken } from './guarded-post.ts';

export interface PagerDutyParts {
  url: string;
  routingKey(): Promise<string>;
  minSeverity: Severity;
  allowPrivateHosts?: readonly string[];
}

const severityOf = { low: 'info', medium: 'warning', high: 'error', critical: 'critical' } as const;

/**
 * PagerDuty, Events API v2: an incident per case while something is left for a person, resolved when it closes.
 * https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
 */
export class PagerDutyNotifier implements Notifier {
  readonly name = 'pagerduty';
  readonly #parts: PagerDutyParts;

  constructor(parts: PagerDutyParts) {
    this.#parts = parts;
  }

  async tell(about: Case, entries: readonly Entry[], since: number): Promise<void> {
    const { url, routingKey, minSeverity, allowPrivateHosts = [] } = this.#parts;
    const event = caseEvents(about, entries, since).at(-1);
    if (event === undefined || !isAtLeast(about.severity, minSeverity)) return;
    const { resource, control, caseId, severity } = about;
    const isClosed = about.closedAt !== null;
    const body = {
      routing_key: await routingKey(),
      event_action: isClosed ? 'resolve' : 'trigger',
      dedup_key: `snapshut/${caseId}`.slice(0, 255),
      ...(!isClosed && {
        payload: {
          summary: headline(event, 1024),
          source: resource.id.slice(0, 1024) || 'unknown',
          severity: severityOf[severity],
          timestamp: event.at,
          component: resource.kind,
          group: `${resource.provider}/${resource.account}`,
          class: control,
          custom_details: event.case,
        },
      }),
    };
    const headers = { 'Content-Type': 'application/json' };
    const answer = await guardedPost({ url, headers, body: JSON.stringify(body) }, { allowPrivateHosts });
    mustBeTaken(answer, 'PagerDuty');
  }
}
