import type { Rule, Statement, UpdateWebACLCommandInput, WAFV2Client, WebACL } from '@aws-sdk/client-wafv2';
import { RetryableError, TerminalError } from '../../errors.ts';
import type { AclRule, AclWriter } from '../../waf/acl-writer.ts';

export interface WebAclName {
  region: string;
  scope: 'REGIONAL' | 'CLOUDFRONT';
  name: string;
  wcuBudget: number;
}

const attempts = 12;
/** The rule that refuses whoever found no room in the sets of the policy file. */
const offendersRule = 'snapshut-offenders';

/**
 * Our rules in somebody's web ACL. The API knows only whole ACLs, so each write is what was just read with one rule
 * more, less or changed, under its LockToken: whoever wrote in between is read again and loses nothing.
 */
export class WebAcl implements AclWriter {
  readonly key: string;
  readonly #of: WebAclName;
  readonly #client: () => Promise<WAFV2Client>;
  readonly #sleep: (ms: number) => Promise<void>;

  constructor(of: WebAclName, client: () => Promise<WAFV2Client>, sleep: (ms: number) => Promise<void>) {
    this.key = `aws/${of.region}/${of.scope}/${of.name}`;
    this.#of = of;
    this.#client = client;
    this.#sleep = sleep;
  }

  /** Puts the rule up, or changes what it does. Throws TerminalError where the ACL has no capacity for it. */
  async put(rule: AclRule): Promise<void> {
    await this.#change((acl) => {
      const rules = acl.Rules ?? [];
      const known = rules.find((one) => one.Name === rule.name);
      if (known)
        return isDoing(known, rule.action)
          ? null
          : rules.map((one) => (one === known ? doing(one, rule) : one));
      const wcu = wcuOf(rule.statement);
      if ((acl.Capacity ?? 0) + wcu > this.#of.wcuBudget) {
        throw new TerminalError(
          `${this.key} has no room: ${acl.Capacity} of ${this.#of.wcuBudget} WCU, ${wcu} more needed`,
        );
      }
      return [...rules, newRule(rule, freePriority(rules))];
    });
  }

  async remove(name: string): Promise<void> {
    await this.#change((acl) => {
      const rules = acl.Rules ?? [];
      return rules.some((one) => one.Name === name) ? rules.filter((one) => one.Name !== name) : null;
    });
  }

  /** Refuses whoever is in the set, by one rule of ours for all such sets. False where the ACL has no capacity for it. */
  async refuse(setArn: string): Promise<boolean> {
    let hasRoom = true;
    await this.#change((acl) => {
      const rules = acl.Rules ?? [];
      const known = rules.find((one) => one.Name === offendersRule);
      const arns = known ? setsIn(known.Statement) : [];
      if (arns.includes(setArn)) return null;
      hasRoom = (acl.Capacity ?? 0) + 1 <= this.#of.wcuBudget;
      if (!hasRoom) return null;
      const Statement = anyOf([...arns, setArn]);
      if (known) return rules.map((one) => (one === known ? { ...one, Statement } : one));
      const rule: AclRule = { name: offendersRule, statement: Statement, action: 'block' };
      return [...rules, newRule(rule, freePriority(rules))];
    });
    return hasRoom;
  }

  /** What our rule does there now; null where there is none. */
  async doing(name: string): Promise<'count' | 'block' | null> {
    const { acl } = await this.#read();
    const known = acl.Rules?.find((one) => one.Name === name);
    return known ? (isDoing(known, 'block') ? 'block' : 'count') : null;
  }

  async #change(changed: (acl: WebACL) => Rule[] | null): Promise<void> {
    const { UpdateWebACLCommand, WAFOptimisticLockException } = await import('@aws-sdk/client-wafv2');
    const client = await this.#client();
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { acl, token } = await this.#read();
      const Rules = changed(acl);
      if (Rules === null) return;
      try {
        await client.send(new UpdateWebACLCommand({ ...rewritten(acl, this.#of.scope, token), Rules }));
        return;
      } catch (error) {
        // Somebody wrote since the token was given; they must not be overwritten.
        if (!(error instanceof WAFOptimisticLockException)) throw error;
        await this.#sleep(200 * (attempt + 1));
      }
    }
    throw new RetryableError(`${this.key} is written to by others all the time`);
  }

  async #read(): Promise<{ acl: WebACL; token: string }> {
    const { GetWebACLCommand } = await import('@aws-sdk/client-wafv2');
    const client = await this.#client();
    const names = { Name: this.#of.name, Scope: this.#of.scope, Id: await this.#id() };
    const { WebACL: acl, LockToken: token } = await client.send(new GetWebACLCommand(names));
    if (!acl || !token) throw new TerminalError(`${this.key} was read without its rules`);
    return { acl, token };
  }

  async #id(): Promise<string> {
    const { ListWebACLsCommand } = await import('@aws-sdk/client-wafv2');
    const client = await this.#client();
    let NextMarker: string | undefined;
    do {
      const page = await client.send(
        new ListWebACLsCommand({ Scope: this.#of.scope, Limit: 100, ...(NextMarker && { NextMarker }) }),
      );
      const found = page.WebACLs?.find((one) => one.Name === this.#of.name)?.Id;
      if (found) return found;
      NextMarker = page.NextMarker;
    } while (NextMarker);
    throw new TerminalError(`there is no web ACL ${this.#of.name} (${this.#of.scope}) in ${this.#of.region}`);
  }
}

/** What the API does not find in an update it takes out, so all that it can take is given back. */
function rewritten(
  acl: WebACL,
  Scope: 'REGIONAL' | 'CLOUDFRONT',
  LockToken: string,
): UpdateWebACLCommandInput {
  const { ARN, Capacity, LabelNamespace, ManagedByFirewallManager, RetrofittedByFirewallManager, ...kept } =
    acl;
  const { PreProcessFirewallManagerRuleGroups, PostProcessFirewallManagerRuleGroups, ...ours } = kept;
  const { Name, Id, DefaultAction, VisibilityConfig } = ours;
  return { ...ours, Name, Id, DefaultAction, VisibilityConfig, Scope, LockToken };
}

function newRule({ name, statement, action }: AclRule, Priority: number): Rule {
  return {
    Name: name,
    Priority,
    Statement: statement,
    Action: action === 'block' ? { Block: {} } : { Count: {} },
    VisibilityConfig: { SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: name },
  };
}

function doing(rule: Rule, { action }: AclRule): Rule {
  return { ...rule, Action: action === 'block' ? { Block: {} } : { Count: {} } };
}

function isDoing({ Action }: Rule, action: AclRule['action']): boolean {
  return (Action?.Block !== undefined) === (action === 'block');
}

/** The first that nobody has: a rule further back may never be asked. */
function freePriority(rules: readonly Rule[]): number {
  const taken = new Set(rules.map((one) => one.Priority));
  for (let priority = 0; ; priority++) if (!taken.has(priority)) return priority;
}

/** One set stands alone: an OrStatement has at least two. */
function anyOf(arns: readonly string[]): Statement {
  const statements = arns.map((ARN): Statement => ({ IPSetReferenceStatement: { ARN } }));
  const [only] = statements;
  return statements.length === 1 && only ? only : { OrStatement: { Statements: statements } };
}

function setsIn(statement: Statement | undefined): string[] {
  const statements = statement?.OrStatement?.Statements ?? (statement ? [statement] : []);
  return statements.flatMap((one) => one.IPSetReferenceStatement?.ARN ?? []);
}

/** https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statements-list.html */
export function wcuOf({
  AndStatement,
  ByteMatchStatement,
  RegexMatchStatement,
  GeoMatchStatement,
  RateBasedStatement,
}: Statement): number {
  if (RateBasedStatement) {
    const { CustomKeys = [], ScopeDownStatement } = RateBasedStatement;
    return 2 + 30 * CustomKeys.length + (ScopeDownStatement ? wcuOf(ScopeDownStatement) : 0);
  }
  if (AndStatement) return (AndStatement.Statements ?? []).reduce((sum, one) => sum + wcuOf(one), 0);
  const transformed = (list: { Type?: string | undefined }[] | undefined) =>
    10 * (list ?? []).filter((one) => one.Type !== 'NONE').length;
  if (ByteMatchStatement) return 2 + transformed(ByteMatchStatement.TextTransformations);
  if (RegexMatchStatement) return 3 + transformed(RegexMatchStatement.TextTransformations);
  if (GeoMatchStatement) return 1;
  throw new TerminalError('a statement of another sort than we make');
}

/** The calls of this file. */
export const calls = {
  read: ['wafv2:ListWebACLs', 'wafv2:GetWebACL'],
  write: ['wafv2:UpdateWebACL'],
} as const;
