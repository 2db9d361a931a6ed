import type { Change, Json } from '../model.ts';
import { describeSetting } from './describe-setting.ts';
import { describeStatementChange, type PolicyStatement } from './statement.ts';

/**
 * A resource that lets others in by a policy of its own: a queue, a topic, a key, a function … `qualifier`: the
 * version or alias of a function whose policy holds the statement.
 */
export interface PolicyState {
  kind: 'policy';
  name: string | null;
  tags: { [key: string]: string };
  /** `sqs`, `kms`, `lambda` … */
  service: string;
  /** The account that owns it. */
  owner: string;
  statements: (PolicyStatement & { qualifier?: string })[];
  /** `url/$LATEST`: how a function's URL asks who calls. */
  settings: { [name: string]: Json };
}

export function describePolicyChange(change: Change): string {
  return change.op === 'set' ? describeSetting(change) : describeStatementChange(change);
}
