import { type ApprovalRules, groupsIn } from '../approvers.ts';
import type { Slack } from './client.ts';

/** How long the members of a user group are believed: who is taken out of it loses their say within that. */
const believedMs = 60_000;

/** Who is in the user groups that the policy names. */
export class Groups {
  readonly #slack: Slack;
  readonly #now: () => Date;
  readonly #members = new Map<string, { members: readonly string[]; atMs: number }>();

  constructor(slack: Slack, now: () => Date) {
    this.#slack = slack;
    this.#now = now;
  }

  /** The groups that the user is in. Throws when Slack does not say: an error is not an answer. */
  async of(user: string, rules: ApprovalRules): Promise<string[]> {
    const found: string[] = [];
    for (const group of groupsIn(rules)) {
      if ((await this.#membersOf(group)).includes(user)) found.push(group);
    }
    return found;
  }

  async #membersOf(group: string): Promise<readonly string[]> {
    const nowMs = this.#now().getTime();
    const known = this.#members.get(group);
    if (known !== undefined && nowMs - known.atMs < believedMs) return known.members;
    const members = await this.#slack.membersOf(group);
    this.#members.set(group, { members, atMs: nowMs });
    return members;
  }
}
