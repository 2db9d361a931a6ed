import type { Statement } from '@aws-sdk/client-wafv2';

export interface AclRule {
  name: string;
  statement: Statement;
  action: 'count' | 'block';
}

/** Our rules in a web ACL, as the loop needs it. */
export interface AclWriter {
  readonly key: string;
  /** Puts the rule up, or changes what it does. Throws TerminalError where there is no room for it. */
  put(rule: AclRule): Promise<void>;
  remove(name: string): Promise<void>;
  /** What our rule does there now; null where there is none. */
  doing(name: string): Promise<'count' | 'block' | null>;
}

const prefix = 'rule/';
export const isRuleId = (id: string) => id.startsWith(prefix);
export const ruleId = (name: string) => `${prefix}${name}`;
export const ruleName = (id: string) => id.slice(prefix.length);
