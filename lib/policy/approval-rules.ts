import type { ApprovalRules } from '../approvers.ts';
import type { Policy } from './schema.ts';

/** What the policy file says of people, in the shape that `mayAnswer` asks. */
export function approvalRules({ approvals, alerts }: Pick<Policy, 'approvals' | 'alerts'>): ApprovalRules {
  const { approvers, admins, viewers, twoPeople, people } = approvals;
  return { approvers, fallback: alerts.slack?.approvers ?? [], admins, viewers, twoPeople, people };
}
