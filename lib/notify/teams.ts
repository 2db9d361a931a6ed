import type { Case, Entry } from '../cases.ts';
import type { Severity } from '../model.ts';
import type { Notifier } from '../ports.ts';
import { type CaseEvent, caseEvents, headline, isAtLeast, plainText } from './case-event.ts';
import { guardedPost, mustBeTaken } from './guarded-post.ts';

export interface TeamsParts {
  /** Itself a secret. */
  url(): Promise<string>;
  minSeverity: Severity;
  allowPrivateHosts: readonly string[];
}

/** The service refuses messages above 28 KB. */
const textMax = 6_000;

/**
 * Microsoft Teams, by an incoming webhook: one card per event.
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 */
export class TeamsNotifier implements Notifier {
  readonly name = 'teams';
  readonly #parts: TeamsParts;

  constructor(parts: TeamsParts) {
    this.#parts = parts;
  }

  async tell(about: Case, entries: readonly Entry[], since: number): Promise<void> {
    const { url, minSeverity, allowPrivateHosts } = this.#parts;
    if (!isAtLeast(about.severity, minSeverity)) return;
    for (const event of caseEvents(about, entries, since)) {
      const post = {
        url: await url(),
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(cardOf(event)),
      };
      mustBeTaken(await guardedPost(post, { allowPrivateHosts }), 'Teams');
    }
  }
}

/** Text runs of a rich text block know no Markdown, so that names stay names. https://adaptivecards.io/explorer/TextRun.html */
export function cardOf(event: CaseEvent): object {
  const run = (text: string, more: object = {}) => ({ type: 'TextRun', text, ...more });
  const lines = plainText(event).slice(0, textMax).toWellFormed().split('\n');
  const block = (line: string) => ({
    type: 'RichTextBlock',
    inlines: [run(line || ' ', { fontType: 'Monospace' })],
  });
  const title = { type: 'RichTextBlock', inlines: [run(headline(event, 300), { weight: 'Bolder' })] };
  const content = { type: 'AdaptiveCard', version: '1.4', body: [title, ...lines.map(block)] };
  return {
    type: 'message',
    summary: headline(event, 200),
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }],
  };
}
