import type { Entry, Story } from '../../cases.ts';
import { type Html, html } from '../html.ts';
import { clockTime } from './words.ts';

const titles: { [type in Story['type']]?: string } = {
  opened: 'Found open',
  intent: 'About to shut',
  fixed: 'Shut, and a fresh read shows it',
  unfixed: 'Still open after the fix',
  failed: 'Failed',
  asked: 'Asked',
  held: 'Held back',
  told: 'Told, nothing changed',
  approved: 'Approved',
  rotation: 'A step of the replacement',
  escalated: 'Called somebody else',
  snoozed: 'Put off',
  denied: 'Denied',
  exempt: 'Exempt',
  'undo-intent': 'About to put back',
  undone: 'Put back',
  refused: 'Refused',
  closed: 'Closed without us',
  note: 'Note',
};

/** One entry of a case, with everything that it holds one click away. */
export function entryItem({ seq, at, story, eventId, hash }: Entry): Html {
  const { type } = story;
  const who = 'by' in story ? html` <span class="meta">by ${story.by}</span>` : '';
  const until = untilOf(story);
  const why = 'why' in story ? html`<p>${story.why}</p>` : 'text' in story ? html`<p>${story.text}</p>` : '';
  const changes =
    'changes' in story && story.changes.length > 0
      ? html`<ul>${story.changes.map((one) => html`<li>${one.text}</li>`)}</ul>`
      : '';
  return html`<li id="entry-${seq}" class="${type}">
<p class="entry-head">${clockTime(at)} <strong>${titles[type] ?? type}</strong>${who}${until === null ? '' : html` <span class="meta">until ${until}</span>`}</p>
${why}${changes}
<details><summary>Entry ${seq}, as it is stored</summary><p class="meta">event ${eventId}, hash ${hash}</p><pre tabindex="0">${JSON.stringify(story, null, 2)}</pre></details>
</li>`;
}

function untilOf(story: Story): string | null {
  if ('until' in story) return story.until;
  if ('exemptUntil' in story) return story.exemptUntil;
  return 'expiresAt' in story ? story.expiresAt : null;
}
