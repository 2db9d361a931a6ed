import { withoutSecrets } from '../policy/secrets.ts';

/**
 * Text from clouds and people, made harmless for a Slack message: no mark-up, mention, link or control character
 * gets through. https://docs.slack.dev/messaging/formatting-message-text
 */

/** Control, direction and other invisible characters: they could hide or turn around what is read. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{DI}\ufffe\uffff]/gu;

/** Look-alikes of what starts formatting. */
const lookAlikes: { [sign: string]: string } = { '*': '∗', '~': '∼', '`': 'ˋ', _: 'ˍ', '@': '＠' };

/** A sentence in which names of anybody's choosing stand. `max`: its length as it is sent. */
export function prose(text: string, max: number): string {
  const bare = visible(text)
    .replace(/[*~`@]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (sign) => lookAlikes[sign] ?? '')
    // Without its colon an address is no link.
    .replace(/:\/\//g, '∶//')
    .replace(/:(?=[a-z0-9_+'-]+:)/gi, '∶');
  return cut(bare, max, escaped);
}

/** A name as it is, between code marks, where nothing but the marks has a meaning. */
export function code(text: string, max: number): string {
  const bare = visible(text).replaceAll('`', 'ˋ').trim();
  return `\`${cut(bare === '' ? ' ' : bare, max - 2, escaped)}\``;
}

/** Lines as they are, between fences; what does not fit is counted. */
export function block(lines: readonly string[], max: number): string {
  const room = max - 8 - 30;
  const kept: string[] = [];
  let used = 0;
  for (const line of lines) {
    const next = escaped(visible(line).replaceAll('`', 'ˋ'));
    const short = next.length > 400 ? cut(visible(line).replaceAll('`', 'ˋ'), 400, escaped) : next;
    if (used + short.length + 1 > room) break;
    kept.push(short);
    used += short.length + 1;
  }
  const left = lines.length - kept.length;
  if (left > 0) kept.push(`… and ${left} more`);
  return `\`\`\`\n${kept.join('\n')}\n\`\`\``;
}

/** A label without any formatting: buttons, titles of dialogs. */
export function label(text: string, max: number): string {
  return cut(visible(text), max, (piece) => piece);
}

/** Slack's own three, which are mark-up anywhere. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function visible(text: string): string {
  return withoutSecrets(text.toWellFormed()).replace(invisible, (sign) => (/\s/.test(sign) ? ' ' : '·'));
}

/** Cut between characters, never inside what `send` made of one. */
function cut(text: string, max: number, send: (text: string) => string): string {
  const whole = send(text);
  if (whole.length <= max) return whole;
  let kept = '';
  for (const sign of text) {
    const next = send(sign);
    if (kept.length + next.length > max - 1) break;
    kept += next;
  }
  return `${kept}…`;
}
