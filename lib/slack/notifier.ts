import type { Case, Entry } from '../cases.ts';
import type { Notifier } from '../ports.ts';
import type { Slack } from './client.ts';
import { followUp } from './follow-up.ts';
import { caseMessage, type MessageSettings } from './message.ts';
import { type Exclusive, oneAtATime } from './one-at-a-time.ts';
import { keepPosted, type Posted, postedOf } from './posted.ts';
import { Storm } from './storm.ts';

export interface SlackParts extends Exclusive {
  slack: Slack;
  channel: string;
  settings: MessageSettings;
  /** New messages within a minute; what comes faster goes into one digest thread. */
  messagesPerMinute: number;
  gatherMs?: number;
}

/** Slack: one message per case that moves with it, what happens goes to its thread, a storm becomes a digest. */
export class SlackNotifier implements Notifier {
  readonly name = 'slack';
  readonly #parts: SlackParts;
  readonly #storm: Storm;

  constructor(parts: SlackParts) {
    this.#parts = parts;
    this.#storm = new Storm(parts);
  }

  async tell(about: Case, entries: readonly Entry[], since: number): Promise<void> {
    // A case about an account that is not guarded stands in the history; nobody is called for it.
    if (about.outcome === 'refused' && about.control === 'guarded-account') return;
    const posted = await oneAtATime(`slack/case/${about.caseId}`, this.#parts, () =>
      this.#tell(about, entries, since),
    );
    if (posted.copies.length === 0) await this.#storm.add(about.caseId);
  }

  /** Gives a case of a digest, or one from before, a message of its own. */
  async show(about: Case): Promise<void> {
    const { slack, channel, history } = this.#parts;
    await oneAtATime(`slack/case/${about.caseId}`, this.#parts, async () => {
      const ts = await slack.post({ channel, ...this.#message(about) });
      await keepPosted(history, about.caseId, { copies: [{ channel, ts }], seq: about.seq });
    });
  }

  async #tell(about: Case, entries: readonly Entry[], since: number): Promise<Posted> {
    const { history } = this.#parts;
    const known = await postedOf(history, about.caseId);
    const next = known?.copies.length
      ? await this.#move(about, entries, known)
      : await this.#first(about, known);
    const escalated = await this.#escalate(about, entries, Math.max(since, known?.seq ?? 0), next);
    await keepPosted(history, about.caseId, escalated);
    return escalated;
  }

  /** A message of its own while there is room in the minute; a case of a digest stays in it. */
  async #first(about: Case, known: Posted | null): Promise<Posted> {
    const { history, channel, messagesPerMinute, now, slack } = this.#parts;
    if (known !== null) return { copies: [], seq: about.seq };
    const room = await history.reserve({
      counter: `slack/${channel}`,
      id: about.caseId,
      max: messagesPerMinute,
      windowMs: 60_000,
      nowMs: now().getTime(),
    });
    if (!room) return { copies: [], seq: about.seq };
    const ts = await slack.post({ channel, ...this.#message(about) });
    const posted = { copies: [{ channel, ts }], seq: about.seq };
    // At once: whatever fails behind it must not lead to a second message.
    await keepPosted(history, about.caseId, posted);
    return posted;
  }

  /** Every copy as the case now is, and what happened since in the thread of the first. */
  async #move(about: Case, entries: readonly Entry[], known: Posted): Promise<Posted> {
    const { slack } = this.#parts;
    const copies: Posted['copies'] = [];
    for (const { channel, ts } of known.copies) {
      const isThere = await slack.update({ channel, ...this.#message(about) }, ts);
      // Somebody deleted it: it is told again.
      copies.push({ channel, ts: isThere ? ts : await slack.post({ channel, ...this.#message(about) }) });
    }
    const [first] = copies;
    const text = followUp(entries.filter((entry) => entry.seq > known.seq));
    if (text !== null && first !== undefined)
      await slack.post({ channel: first.channel, text, thread: first.ts });
    return { copies, seq: about.seq };
  }

  /** Where nobody has answered: a copy in another channel, and whoever is named there or in the thread. */
  async #escalate(about: Case, entries: readonly Entry[], since: number, posted: Posted): Promise<Posted> {
    const { slack, channel: own } = this.#parts;
    const copies = [...posted.copies];
    for (const { seq, story } of entries) {
      if (seq <= since || story.type !== 'escalated') continue;
      const channel = story.channel ?? copies[0]?.channel ?? own;
      const isKnown = copies.some((one) => one.channel === channel);
      const ts = isKnown ? undefined : await slack.post({ channel, ...this.#message(about) });
      if (ts !== undefined) copies.push({ channel, ts });
      const thread = copies.find((one) => one.channel === channel)?.ts;
      const who = story.mention === null ? '' : `${mention(story.mention)} `;
      await slack.post({ channel, text: `${who}nobody has answered this yet`, ...(thread && { thread }) });
    }
    return { ...posted, copies };
  }

  #message(about: Case) {
    return caseMessage(about, this.#parts.settings);
  }
}

/** https://docs.slack.dev/messaging/formatting-message-text#mentioning-users */
function mention(id: string): string {
  return id.startsWith('S') ? `<!subteam^${id}>` : `<@${id}>`;
}
