import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noRules } from '../../lib/approvers.ts';
import type { Case, Entry, Story } from '../../lib/cases.ts';
import { outcomes, severities, type ToldChange } from '../../lib/model.ts';
import { digestMessage, digestPages } from '../../lib/slack/digest.ts';
import { followUp } from '../../lib/slack/follow-up.ts';
import { caseMessage } from '../../lib/slack/message.ts';
import { group } from '../loop/harness.ts';
import { problemsOf } from './block-limits.ts';

const nasty = fc.oneof(
  fc.constantFrom(
    '<!channel>',
    '<!here> &lt;',
    '<@U0123>',
    '<https://evil.example|click>',
    '@channel',
    '*bold* _it_ ~no~',
    '`code` ```',
    '\u202ereversed',
    'http://evil.example',
    ':fire: :skull:',
    'line\nbreak\r\u0000\u0007',
    '&amp;<&>',
    '<!subteam^S1>',
    '\ud800',
    '\u200b\u2028',
    '<!date^1^x|y>',
  ),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 5000 }),
  fc.string({ unit: fc.constantFrom('<', '>', '&', '`', '*', '_', '!', '@', '|', '\n'), maxLength: 4000 }),
);

const change = (text: string): ToldChange => ({ op: 'remove', part: 'rules', value: { id: 'a' }, text });

const anyCase = fc
  .record({
    name: fc.option(nasty),
    id: nasty,
    why: nasty,
    what: nasty,
    to: nasty,
    actor: nasty,
    via: fc.option(nasty),
    account: nasty,
    region: nasty,
    caseId: nasty,
    control: nasty,
    by: nasty,
    texts: fc.array(nasty, { maxLength: 60 }),
    outcome: fc.constantFrom(...outcomes),
    severity: fc.constantFrom(...severities),
    waits: fc.boolean(),
    exposures: fc.integer({ min: 0, max: 20 }),
  })
  .map(
    (of): Case => ({
      caseId: of.caseId,
      resource: { ...group, id: of.id, account: of.account, region: of.region },
      resourceName: of.name,
      control: of.control,
      severity: of.severity,
      why: of.why,
      exposures: Array.from({ length: of.exposures }, () => ({
        part: 'rules',
        id: 'a',
        what: of.what,
        to: of.to,
        severity: of.severity,
      })),
      actor: { name: of.actor, type: 'IAMUser', via: of.via, sourceIp: null },
      eventName: 'e',
      since: null,
      outcome: of.outcome,
      openedAt: '2026-11-24T08:00:00.000Z',
      closedAt: null,
      changes: of.texts.map(change),
      shut: of.texts.map(change),
      asked: of.waits
        ? { planFingerprint: 'f'.repeat(64), expiresAt: '2026-11-25T08:00:00.000Z', approvedBy: [of.by] }
        : null,
      intent: null,
      undoIntent: null,
      after: null,
      updatedAt: '2026-11-24T08:00:00.000Z',
      seq: 2,
      hash: '',
    }),
  );

/** Our own mark-up: dates, the one link, people from Slack who approved. Everything else must be inert. */
const own =
  /<!date\^\d+\^\{date_short_pretty\} \{time_secs\}\|[\dT:.Z-]+>|<https:\/\/console\.example\/console\/cases\/[\w-]+\|(case )?[\w-]+>|<@[UW][A-Z0-9]+>/g;

function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== 'object' || value === null) return [];
  const { type, text } = value as { type?: unknown; text?: unknown };
  if (type === 'mrkdwn') return [String(text)];
  return Object.values(value).flatMap(textsIn);
}

function expectInert(text: string): void {
  const rest = text.replace(own, '');
  expect(rest).not.toMatch(/[<>]/);
  expect(rest.replace(/&(amp|lt|gt);/g, '')).not.toContain('&');
  expect(rest.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  // Outside of code marks, no mention, link or formatting that is not ours.
  const bare = rest
    .replace(/```[^`]*```/g, '')
    .replace(/`[^`\n]*`/g, '')
    .replace(/^\*[A-Z][\w ]*\*$/gm, '')
    .replace(/^\*[^*\n]+\* · \*[a-z]+\* · /, '')
    .replace(/^\*\d+ more cases\*/, '');
  expect(bare).not.toMatch(/[@`*~]|:\/\//);
  expect(text.isWellFormed()).toBe(true);
}

const settings = { rules: noRules, consoleUrl: 'https://console.example/console' };

describe('a message', () => {
  it('stays inert and within every limit, whatever the names', () => {
    fc.assert(
      fc.property(anyCase, (about) => {
        const message = caseMessage(about, settings);

        expect(problemsOf(JSON.parse(JSON.stringify(message.blocks)), message.text)).toEqual([]);
        for (const text of [...textsIn(message.blocks), message.text]) expectInert(text);
      }),
      { numRuns: 400 },
    );
  });

  it('shows no secret, wherever somebody has put one', () => {
    const secrets = [
      'xoxb-1234567890-abcdef',
      'ghp_0123456789abcdefghijABCDEFGHIJ012345',
      'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKE1',
      'https://user:hunter2@db.example',
      'hooks.slack.com/services/T0123',
    ];
    fc.assert(
      fc.property(anyCase, fc.constantFrom(...secrets), (about, secret) => {
        const told = {
          ...about,
          resourceName: `a ${secret} b`,
          why: `see ${secret}`,
          changes: [change(`closed ${secret}`)],
        };
        const text = JSON.stringify(caseMessage(told, settings));
        expect(text).not.toContain(secret);
        expect(text).not.toContain('hunter2');
      }),
      { numRuns: 50 },
    );
  });

  it('of a storm does so too, and counts every case', () => {
    fc.assert(
      fc.property(fc.array(anyCase, { minLength: 1, maxLength: 40 }), (cases) => {
        const message = digestMessage(cases, '2026-11-24T08:00:00.000Z');
        expect(problemsOf(JSON.parse(JSON.stringify(message.blocks)), message.text)).toEqual([]);
        const pages = digestPages(cases, settings);
        expect(pages.flatMap((page) => page.split('\n'))).toHaveLength(cases.length);
        for (const page of pages) expect(page.length).toBeLessThan(4000);
        for (const text of [...textsIn(message.blocks), ...pages]) expectInert(text);
      }),
      { numRuns: 100 },
    );
  });

  it('in a thread does so too', () => {
    const story = fc.oneof(
      nasty.map((why): Story => ({ type: 'told', why, changes: [] })),
      nasty.map((why): Story => ({ type: 'refused', why, by: why })),
    );
    fc.assert(
      fc.property(fc.array(story, { minLength: 1, maxLength: 20 }), (stories) => {
        const entries = stories.map(
          (one, at): Entry => ({
            caseId: 'c',
            at: '2026-11-24T08:00:00.000Z',
            eventId: 'e',
            story: one,
            seq: at + 1,
            previous: '',
            hash: '',
          }),
        );
        const text = followUp(entries) ?? '';
        expect(text.length).toBeLessThan(4000);
        for (const line of text.split('\n')) expectInert(line);
      }),
      { numRuns: 200 },
    );
  });
});
