import type { Case } from '../cases.ts';
import type { CaseMatch } from './alerts.ts';
import { fits } from './glob.ts';

export type { CaseMatch } from './alerts.ts';

/** Whether a part of the policy file speaks of a case. Without `match` it speaks of all. */
export function fitsCase(match: CaseMatch | undefined, about: Case): boolean {
  if (match === undefined) return true;
  const { provider, account, region, kind, id } = about.resource;
  return (
    isOneOf(match.provider, provider) &&
    isOneOf(match.account, account) &&
    isOneOf(match.region, region) &&
    isOneOf(match.kind, kind) &&
    isOneOf(match.severity, about.severity) &&
    isOneOf(match.control, about.control) &&
    isLike(match.resource, id) &&
    isLike(match.name, about.resourceName ?? '')
  );
}

const listOf = (wanted: string | readonly string[]): readonly string[] =>
  typeof wanted === 'string' ? [wanted] : wanted;

function isOneOf(wanted: string | readonly string[] | undefined, value: string): boolean {
  return wanted === undefined || listOf(wanted).includes(value);
}

function isLike(wanted: string | readonly string[] | undefined, value: string): boolean {
  return wanted === undefined || listOf(wanted).some((pattern) => fits(pattern, value));
}
