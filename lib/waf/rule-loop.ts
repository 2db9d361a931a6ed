import { messageOf } from '../errors.ts';
import { clientResource } from '../logs/block-entry.ts';
import type { Resource } from '../model.ts';
import type { History } from '../ports.ts';
import { type AclRule, type AclWriter, ruleId } from './acl-writer.ts';
import { awsStatement } from './aws-rule.ts';
import type { Judgement } from './distributed.ts';
import { type BookOptions, type KeptRule, RuleBook, said } from './rule-book.ts';

export interface RuleLoopParts {
  acls: readonly AclWriter[];
  settings: Pick<History, 'setting' | 'set'>;
  options: BookOptions;
  frozen(): Promise<string | null>;
  /** Lets the loop decide about a rule that was measured: it blocks, or a person is asked. */
  decide(rule: Resource, why: string): Promise<void>;
  err(line: string): void;
}

/** Rules against attacks by many clients, from the windows in which they show to the day when they are not needed. */
export class RuleLoop {
  readonly #parts: RuleLoopParts;
  #windows: Judgement[] = [];

  constructor(parts: RuleLoopParts) {
    this.#parts = parts;
  }

  /** A window is over; it is looked at with the next tick. */
  see(window: Judgement): void {
    this.#windows.push(window);
  }

  async tick(nowMs: number): Promise<void> {
    const windows = this.#windows;
    this.#windows = [];
    for (const window of windows) await this.#look(window, nowMs);
  }

  async #look(window: Judgement, nowMs: number): Promise<void> {
    const { settings, options, frozen, decide, err } = this.#parts;
    const why = await frozen();
    if (why !== null) return err(`no rule is looked at: frozen (${why})`);
    const book = await RuleBook.load(settings);
    const { made, wanted, retired } = book.look(window, nowMs, options);
    await book.save();
    for (const rule of made) {
      const isUp = await this.#everywhere(rule, (acl, of) => acl.put(of));
      if (isUp) err(`waf: rule ${rule.name} counts in ${this.#names()}: ${rule.why}`);
      else book.drop(rule.name);
    }
    for (const { rule, why: reason } of retired) {
      if (await this.#everywhere(rule, (acl, { name }) => acl.remove(name))) {
        book.drop(rule.name);
        err(`waf: rule ${rule.name} (${said(rule)}) is retired: ${reason}`);
      }
    }
    if (made.length + retired.length > 0) await book.save();
    for (const rule of wanted) await decide(clientResource(ruleId(rule.name)), rule.why);
  }

  /** False where an ACL could not be written: it is told, and tried again with the next window. */
  async #everywhere(rule: KeptRule, act: (acl: AclWriter, of: AclRule) => Promise<void>): Promise<boolean> {
    const of: AclRule = { name: rule.name, statement: awsStatement(rule), action: 'count' };
    try {
      for (const acl of this.#parts.acls) await act(acl, of);
      return true;
    } catch (thrown) {
      this.#parts.err(`waf: rule ${rule.name} was not written: ${messageOf(thrown)}`);
      return false;
    }
  }

  #names(): string {
    return this.#parts.acls.map((one) => one.key).join(', ');
  }
}
