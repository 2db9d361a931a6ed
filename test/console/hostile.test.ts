import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cell } from '../../lib/console/csv.ts';
import { html } from '../../lib/console/html.ts';
import { escaped } from '../../lib/escaped.ts';
import type { Resource } from '../../lib/model.ts';
import { resourceKey } from '../../lib/model.ts';
import { Reporting } from '../../lib/report.ts';
import { reportMarkdown, reportPage } from '../../lib/report-pages.ts';
import { entry, opened, stories } from '../history/samples.ts';
import { makeConsole } from './world.ts';

/** What a cloud may hold as a name: anything, and what has broken pages before. */
const nasty = fc.constantFrom(
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style><script>',
  'javascript:alert(1)',
  '`$' + '{alert(1)}`',
  '\u202egnp.exe',
  '\u0000\u001b[31m',
  '=HYPERLINK("http://evil.example","x")',
  '@SUM(1)',
  '| a | b |',
  '[x](http://evil.example)',
  '<!channel>',
  '../../..',
  '%2e%2e%2f',
  '\ud800',
);
const name = fc
  .oneof(
    nasty,
    fc.string({ minLength: 1, unit: 'binary' }),
    fc.tuple(fc.string({ unit: 'grapheme' }), nasty).map((parts) => parts.join('')),
  )
  .filter((text) => text !== '');

/** The tags and attributes that a browser would see, without the text between them. */
function skeleton(page: string): string {
  const tags = page.match(/<!?\/?[a-z][^>]*>/gi) ?? [];
  return tags.map((tag) => tag.replace(/"[^"]*"/g, '""')).join('');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
const invisible = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

describe('a hostile name', () => {
  it('is text in every template, between tags and in attributes', () => {
    fc.assert(
      fc.property(name, (text) => {
        const page = html`<p title="${text}">${text}</p>${[text, html`<b>${text}</b>`]}`.text;

        expect(skeleton(page)).toBe('<p title=""></p><b></b>');
        expect(page).not.toMatch(invisible);
        expect(escaped(text)).not.toMatch(/[<>"'`]/);
      }),
    );
  });

  it('changes nothing but text on any page that shows it', async () => {
    const pagesOf = async (text: string) => {
      const { world, signIn } = makeConsole();
      const resource: Resource = {
        provider: 'memory',
        account: text,
        region: text,
        kind: 'firewall',
        id: text,
      };
      const actor = { name: text, type: text, via: text, sourceIp: text };
      const caseId = 'c-1';
      const opening = opened({ caseId, resource, control: text, actor, why: text, name: text });
      const exposures = [{ part: 'rules', id: 'r', what: text, to: text, severity: 'high' as const }];
      await world.history.append(
        { ...opening, story: { ...opening.story, exposures } as typeof opening.story },
        0,
      );
      await world.history.append(entry(caseId, 1, asked(text)), 1);
      const until = '2027-01-01T00:00:00.000Z';
      const key = resourceKey(resource);
      await world.history.exempt({
        resourceKey: key,
        control: text,
        until,
        reason: text,
        by: text,
        covers: null,
      });
      await world.history.record({
        at: until,
        by: text,
        role: null,
        act: text,
        about: text,
        outcome: text,
        from: text,
      });
      const anna = await signIn('approver', 'anna');
      const query = `?actor=${encodeURIComponent(text.toWellFormed())}&q=${encodeURIComponent(text.toWellFormed())}`;
      const paths = ['', '/cases/c-1', '/waiting', '/exemptions', '/acts', '/figures', `${query}`];
      const pages = await Promise.all(paths.map(async (path) => (await anna.get(`/console${path}`)).text()));
      return pages;
    };
    const plain = (await pagesOf('abc')).slice(0, 6).map(skeleton);

    await fc.assert(
      fc.asyncProperty(name, async (text) => {
        const pages = await pagesOf(text);

        expect(pages.slice(0, 6).map(skeleton)).toEqual(plain);
        for (const page of pages) expect(page.replace(/<style>.*?<\/style>/s, '')).not.toMatch(invisible);
        expect(skeleton(pages[6] ?? '')).not.toMatch(/<img|onerror|onmouseover|<script(?! src="" defer)/);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('is no formula in a spreadsheet, and no cell or line of its own', () => {
    fc.assert(
      fc.property(name, (text) => {
        const written = cell(text);

        expect(written).toMatch(/^"(?:[^"]|"")*"$/);
        expect(written.slice(1)).not.toMatch(/^[\s\p{Cf}]*[=+\-@]/u);
      }),
    );
    expect(cell('=1+1')).toBe(`"'=1+1"`);
    expect(cell(' -1')).toBe(`"' -1"`);
    expect(cell('a "quoted", word')).toBe('"a ""quoted"", word"');
  });

  it('is text in the report', async () => {
    const { world } = makeConsole();
    const now = new Date('2026-02-01T00:00:00.000Z');
    await fc.assert(
      fc.asyncProperty(name, fc.uuid(), async (text, caseId) => {
        const made = opened({
          caseId,
          control: text,
          actor: { name: text, type: '', via: null, sourceIp: null },
          why: text,
          name: text,
        });
        const reporting = new Reporting();
        reporting.take(await world.history.append(made, 0));
        const report = reporting.report(new Date(0), now, []);
        const lines = reportMarkdown(report).split('\n');

        expect(skeleton(reportPage(report))).not.toMatch(/<img|<script|onerror=[^"]/);
        const rows = lines.filter((line) => line.startsWith('| 2026'));
        expect(rows).toHaveLength(1);
        expect(rows[0]?.replaceAll('\\|', '').split('|')).toHaveLength(9);
        expect(rows[0]).not.toMatch(/(?<!\\)[<>[\]]/);
      }),
    );
  });
});

function asked(text: string) {
  const change = {
    op: 'remove' as const,
    part: 'rules',
    value: {
      id: text,
      peer: { type: 'cidr', cidr: text },
      protocol: 'tcp',
      fromPort: 22,
      toPort: 22,
      direction: 'ingress',
      description: text,
    },
    text,
  };
  const expiresAt = '2027-01-01T00:00:00.000Z';
  return {
    ...stories.told(),
    type: 'asked' as const,
    why: text,
    changes: [change],
    planFingerprint: 'p',
    expiresAt,
  };
}
