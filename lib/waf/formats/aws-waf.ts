import { epochMs, isoMs } from '../../logs/times.ts';
import type { Parsed, Verdict } from '../request.ts';

interface Group {
  terminatingRule?: { ruleId?: string; action?: string } | null;
  nonTerminatingMatchingRules?: { ruleId?: string }[] | null;
}

/** Only the fields used; everything may be missing, because the fields of WAF logs can be redacted and filtered. */
interface WafRecord {
  timestamp?: number | string;
  action?: string;
  terminatingRuleId?: string;
  terminatingRuleType?: string;
  terminatingRuleMatchDetails?: { conditionType?: string }[] | null;
  ruleGroupList?: Group[] | null;
  labels?: { name?: string }[] | null;
  responseCodeSent?: number | null;
  ja3Fingerprint?: string;
  ja4Fingerprint?: string;
  httpRequest?: {
    clientIp?: string;
    country?: string;
    headers?: { name?: string; value?: string }[] | null;
    uri?: string;
    args?: string;
    httpMethod?: string;
  };
}

/** https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html */
export function parseAwsWaf(record: WafRecord): Parsed {
  const { timestamp, httpRequest } = record;
  if (timestamp === undefined || !httpRequest || typeof httpRequest.clientIp !== 'string') return null;
  const timeMs =
    typeof timestamp === 'string' && timestamp.includes('-') ? isoMs(timestamp) : epochMs(timestamp);
  if (Number.isNaN(timeMs)) return null;
  const headers = Array.isArray(httpRequest.headers) ? httpRequest.headers : null;
  const uri = textOf(httpRequest.uri);
  const mark = uri.indexOf('?');
  return {
    timeMs,
    sender: httpRequest.clientIp,
    forwardedFor: header(headers, 'x-forwarded-for'),
    method: textOf(httpRequest.httpMethod),
    path: mark < 0 ? uri : uri.slice(0, mark),
    query: textOf(httpRequest.args) || (mark < 0 ? '' : uri.slice(mark + 1)),
    status: typeof record.responseCodeSent === 'number' ? record.responseCodeSent : 0,
    userAgent: headers === null || headers.length === 0 ? null : header(headers, 'user-agent'),
    user: '',
    verdict: verdictOf(record),
    country: textOf(httpRequest.country),
    tls: textOf(record.ja4Fingerprint) || textOf(record.ja3Fingerprint),
  };
}

function verdictOf(record: WafRecord): Verdict {
  const groups = Array.isArray(record.ruleGroupList) ? record.ruleGroupList : [];
  const blockedInGroup = groups.some((group) => group?.terminatingRule?.action === 'BLOCK');
  const blocked = record.action === 'BLOCK';
  return {
    blocked,
    managed: blocked && (blockedInGroup || /GROUP$/.test(textOf(record.terminatingRuleType))),
    rules: rulesOf(record, groups),
  };
}

function rulesOf(record: WafRecord, groups: readonly Group[]): string[] {
  const rules: string[] = [];
  for (const group of groups) {
    if (group?.terminatingRule?.ruleId) rules.push(group.terminatingRule.ruleId);
    for (const rule of group?.nonTerminatingMatchingRules ?? []) if (rule?.ruleId) rules.push(rule.ruleId);
  }
  for (const label of record.labels ?? []) if (label?.name) rules.push(label.name);
  for (const detail of record.terminatingRuleMatchDetails ?? []) {
    if (record.action === 'BLOCK' && detail?.conditionType) rules.push(detail.conditionType);
  }
  return rules;
}

function header(headers: { name?: string; value?: string }[] | null, name: string): string {
  const values = (headers ?? []).filter((one) => textOf(one?.name).toLowerCase() === name);
  return values.map((one) => textOf(one.value)).join(', ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
