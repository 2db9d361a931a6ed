import { endOf } from './dates.ts';

/**
 * A resource may carry its own exemptions as tags:
 *
 *     snapshut:exempt              = CONTROLS until DATE REASON
 *     snapshut:exempt:CONTROL      = DATE REASON          (several controls, one tag each)
 *
 * CONTROLS is one name, several with commas and no spaces (`public-port,open-egress`), or `*`. DATE is `2026-12-31`
 * (that whole day, UTC) or `2026-12-31T18:00:00Z`. REASON is any text. What cannot be read, or has no end,
 * exempts nothing and is told. Where a tag may hold no comma
 * (AWS allows `+ - = . _ : / @` everywhere), a `+` does the same; `all` is `*`.
 */
export interface TagExemption {
  controls: readonly string[];
  until: Date;
  /** As it stands in the tag. */
  untilText: string;
  reason: string;
}

export const exemptionTag = 'snapshut:exempt';

/** The exemptions in tags, and sentences about tags that are meant as one and are none. */
export function exemptionTags(
  tags: { readonly [key: string]: string },
  controlNames: readonly string[],
): { exemptions: TagExemption[]; wrong: string[] } {
  const exemptions: TagExemption[] = [];
  const wrong: string[] = [];
  for (const [key, value] of Object.entries(tags)) {
    if (!key.trim().toLowerCase().startsWith(exemptionTag)) continue;
    const read = readTag(key, value, controlNames);
    if (typeof read === 'string') wrong.push(`the tag ${shown(key)} exempts nothing: ${read}`);
    else exemptions.push(read);
  }
  return { exemptions, wrong };
}

function readTag(key: string, value: string, controlNames: readonly string[]): TagExemption | string {
  const isGeneral = key === exemptionTag;
  if (!isGeneral && !key.startsWith(`${exemptionTag}:`))
    return `a tag is named ${exemptionTag} or ${exemptionTag}:CONTROL`;
  const words = value.trim().split(/\s+/);
  const list = isGeneral ? (words.shift() ?? '') : key.slice(exemptionTag.length + 1);
  if (list === '') return `expected "CONTROL until DATE REASON"`;
  const controls = list.split(/[,+]/).map((name) => (name === 'all' ? '*' : name));
  const unknown = controls.find((name) => name !== '*' && !controlNames.includes(name));
  if (unknown !== undefined) return `${shown(unknown)} is no control`;
  if (isGeneral || words[0] === 'until') {
    if (words.shift() !== 'until') return 'it has no end; expected "CONTROL until DATE REASON"';
  }
  const untilText = words.shift();
  if (!untilText) return 'it has no end; expected a date such as 2026-12-31';
  const until = endOf(untilText);
  if (!until) return `${shown(untilText)} is no date; expected one such as 2026-12-31`;
  const reason = words.join(' ') || 'no reason in the tag';
  return { controls, until, untilText, reason };
}

/** Tags are written by anybody: bounded and without control characters before they stand in a sentence. */
function shown(word: string): string {
  return JSON.stringify(word.replace(/[\p{Cc}\p{Cf}]/gu, '').slice(0, 60));
}
