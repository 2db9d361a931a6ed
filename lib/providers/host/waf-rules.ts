import type { BlockEntry, BlocklistState } from '../../kinds/blocklist.ts';
import type { Kind } from '../../kinds.ts';
import { whileBlocking } from '../../logs/block-entry.ts';
import type { Change, Hint, Resource } from '../../model.ts';
import type { History, Provider, Reading } from '../../ports.ts';
import { type AclWriter, ruleName } from '../../waf/acl-writer.ts';
import { awsStatement } from '../../waf/aws-rule.ts';
import { type KeptRule, RuleBook } from '../../waf/rule-book.ts';

/** Rules of ours as resources: to block is to let a rule block that only counted, to let go is to let it count again. */
export class WafRules implements Provider {
  readonly name = 'host';
  readonly kinds: readonly Kind[] = ['blocklist'];
  readonly #acls: readonly AclWriter[];
  readonly #settings: Pick<History, 'setting' | 'set'>;

  constructor(acls: readonly AclWriter[], settings: Pick<History, 'setting' | 'set'>) {
    this.#acls = acls;
    this.#settings = settings;
  }

  async resolve({ provider, account, region, id }: Hint): Promise<Resource[]> {
    return [{ provider, account, region, kind: 'blocklist', id }];
  }

  async read(resources: readonly Resource[]): Promise<Reading[]> {
    const book = await RuleBook.load(this.#settings);
    return Promise.all(
      resources.map(async ({ id }): Promise<Reading> => {
        const rule = book.get(ruleName(id));
        if (!rule) return { status: 'gone' };
        try {
          return { status: 'found', state: await this.#stateOf(id, rule) };
        } catch (thrown) {
          return { status: 'error', error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
        }
      }),
    );
  }

  async #stateOf(id: string, rule: KeptRule): Promise<BlocklistState> {
    const doing = await Promise.all(this.#acls.map((acl) => acl.doing(rule.name)));
    const isBlocking = doing.length > 0 && doing.every((one) => one === 'block');
    const entry: BlockEntry = { id, until: whileBlocking, why: rule.why };
    const wanted = rule.wanted
      ? [{ ...entry, ...(rule.wanted.ask !== null && { ask: rule.wanted.ask }) }]
      : [];
    return { kind: 'blocklist', name: rule.name, tags: {}, wanted, entries: isBlocking ? [entry] : [] };
  }

  async apply({ id }: Resource, change: Change): Promise<Change> {
    const book = await RuleBook.load(this.#settings);
    const rule = book.get(ruleName(id));
    if (!rule) return change;
    const action = change.op === 'add' ? 'block' : 'count';
    for (const acl of this.#acls) await acl.put({ name: rule.name, statement: awsStatement(rule), action });
    book.put({ ...rule, stage: action });
    await book.save();
    return change;
  }

  /** They stay in the book, so that the same attack does not make them again. */
  async retire(isMade: (madeMs: number) => boolean): Promise<void> {
    const book = await RuleBook.load(this.#settings);
    for (const rule of book.all()) {
      if (rule.stage === 'retired' || !isMade(rule.madeMs)) continue;
      for (const acl of this.#acls) await acl.remove(rule.name);
      book.put({ ...rule, stage: 'retired', wanted: null });
    }
    await book.save();
  }

  async *list(): AsyncIterable<Resource[]> {
    yield [];
  }
}
