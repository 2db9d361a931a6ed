import { rows } from '../lib/events/cloudtrail-table.ts';
import { healthCode } from '../lib/events/leaked.ts';

/** EventBridge rules for exactly the events that lib/events understands. */

export interface Pattern {
  source: string[];
  'detail-type': string[];
  detail?: { eventSource?: string[]; eventName?: { prefix: string }[]; eventTypeCode?: string[] };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html: an event pattern's characters. */
const patternMax = 2048;

const configTypes = ['Config Configuration Item Change', 'Config Rules Compliance Change'];

const findingTypes = [
  'GuardDuty Finding',
  'Security Hub Findings - Imported',
  'Security Hub Findings - Custom Action',
];

/** Of all that AWS Health says, the one thing that is about credentials. */
const exposedKey: Pattern = {
  source: ['aws.health'],
  'detail-type': ['AWS Health Event', 'AWS Health Abuse Event'],
  detail: { eventTypeCode: [healthCode] },
};

/** Logical id → pattern. One per service; of a long list, as many as the quota needs. */
export function eventPatterns(): Map<string, Pattern> {
  const patterns = new Map<string, Pattern>([
    ['OnConfig', { source: ['aws.config'], 'detail-type': configTypes }],
    ['OnExposedKey', exposedKey],
    ['OnFindings', { source: ['aws.guardduty', 'aws.securityhub'], 'detail-type': findingTypes }],
  ]);
  const bySource = Map.groupBy(rows, (row) => row.source);
  for (const [source, some] of bySource) {
    const service = source.split('.')[0] ?? source;
    const names = withoutCovered(some.flatMap((row) => row.names));
    for (const [at, pattern] of chunked(service, source, names).entries()) {
      patterns.set(`On${capital(service)}${at === 0 ? '' : at + 1}`, pattern);
    }
  }
  return patterns;
}

/** Prefixes, because some services append an API version; one that another covers is left out. */
function withoutCovered(names: readonly string[]): string[] {
  const unique = [...new Set(names)].toSorted();
  return unique.filter((name) => !unique.some((other) => other !== name && name.startsWith(other)));
}

function chunked(service: string, source: string, names: readonly string[]): Pattern[] {
  const pattern: Pattern = {
    source: [`aws.${service}`],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: { eventSource: [source], eventName: names.map((prefix) => ({ prefix })) },
  };
  if (JSON.stringify(pattern).length <= patternMax || names.length < 2) return [pattern];
  const half = Math.ceil(names.length / 2);
  return [...chunked(service, source, names.slice(0, half)), ...chunked(service, source, names.slice(half))];
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
