import type { Case, Story } from '../cases.ts';
import { offender } from '../controls/offender.ts';
import { tellChange, touchedFingerprint } from '../kinds.ts';
import type { History } from '../ports.ts';
import { type AttackNews, tellNews } from './attack-alerts.ts';
import { AttackSpans, attackId } from './attack-spans.ts';
import { clientKeyOf, clientResource } from './block-entry.ts';

export interface AttackRecordParts {
  history: History;
  newId(): string;
  /** Tells people what the case says, by whatever channels there are. */
  tell(about: Case): Promise<void>;
}

/** An attack as one case: it begins, grows and is over, and people are told each time. */
export class AttackRecord {
  readonly #parts: AttackRecordParts;

  constructor(parts: AttackRecordParts) {
    this.#parts = parts;
  }

  async keep(loop: string, news: AttackNews, nowMs: number): Promise<void> {
    const { history, newId, tell } = this.#parts;
    const name = attackId(loop);
    const spans = await AttackSpans.load(name, history);
    const why = tellNews(loop, news);
    const known = await history.latest(clientKeyOf(name), offender.name);
    let about = known?.closedAt === null ? known : null;
    const add = async (story: Story) => {
      const entry = { caseId: about?.caseId ?? newId(), at: new Date(nowMs).toISOString(), story };
      about = await history.append({ ...entry, eventId: `${name}/${news.sinceMs}` }, about?.seq ?? 0);
    };
    if (about === null) {
      const resource = { resource: clientResource(name), resourceName: `${loop} attack` };
      const facts = { control: offender.name, severity: 'high' as const, why, exposures: [] };
      const since = new Date(news.sinceMs).toISOString();
      await add({ type: 'opened', ...resource, ...facts, actor: null, eventName: `${loop} log`, since });
      // What a false alarm is undone by: whoever was blocked in it, and rules that were made against it.
      await spans.begin(news.sinceMs);
      const changes = [tellChange('blocklist', spans.change(news.sinceMs))];
      const after = touchedFingerprint((await AttackSpans.load(name, history)).state(), changes);
      await add({ type: 'fixed', changes, after, why, open: true });
    }
    if (news.news === 'over') await spans.end(news.sinceMs, nowMs);
    if (news.news === 'over') await add({ type: 'closed', outcome: 'clean', why });
    else await add({ type: 'told', why, changes: [] });
    if (about) await tell(about);
  }
}
