import type { CaseEvent } from './case-event.ts';

/** OCSF 1.3, class Detection Finding: https://schema.ocsf.io/1.3.0/classes/detection_finding */

const classUid = 2004;
const activities = { create: 1, update: 2, close: 3 } as const;
const severityIds = { low: 2, medium: 3, high: 4, critical: 5 } as const;
const severityNames = { low: 'Low', medium: 'Medium', high: 'High', critical: 'Critical' } as const;

export function ocsfOf(event: CaseEvent, version: string): object {
  const { case: about, at } = event;
  const isFirst = /\/[12]$/.test(event.id);
  const activity = about.closedAt !== null ? 'close' : isFirst ? 'create' : 'update';
  const time = Date.parse(at);
  const { provider, account, region, kind, id } = about.resource;
  const isSuppressed = about.outcome === 'exempt' || about.outcome === 'undone';
  return {
    class_uid: classUid,
    class_name: 'Detection Finding',
    category_uid: 2,
    category_name: 'Findings',
    activity_id: activities[activity],
    type_uid: classUid * 100 + activities[activity],
    time,
    severity_id: severityIds[about.severity],
    severity: severityNames[about.severity],
    status_id: isSuppressed ? 3 : about.closedAt !== null ? 4 : 1,
    status: isSuppressed ? 'Suppressed' : about.closedAt !== null ? 'Resolved' : 'New',
    message: event.why || about.why,
    metadata: {
      version: '1.3.0',
      uid: event.id,
      product: { name: 'Snapshut', vendor_name: 'Snapshut', version },
      profiles: ['cloud'],
    },
    cloud: { provider, account: { uid: account }, region },
    finding_info: {
      uid: about.caseId,
      title: `${about.control}: ${about.resourceName ?? id}`,
      desc: about.why,
      types: [about.control],
      created_time: Date.parse(about.openedAt),
      modified_time: time,
      ...(about.since !== null && { first_seen_time: Date.parse(about.since) }),
    },
    resources: [{ uid: id, type: kind, name: about.resourceName ?? id, region }],
    ...(about.actor !== null && {
      evidences: [{ actor: { user: { name: about.actor.name, type: about.actor.type } } }],
    }),
    remediation: { desc: about.changes.join('; ') || 'none' },
    unmapped: { outcome: about.outcome, entry: event.type },
  };
}
