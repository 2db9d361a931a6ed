import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type Intake, readEvents } from '../../lib/intake/read-events.ts';
import { type Piece, Splitter } from '../../lib/intake/splitter.ts';

const folder = mkdtempSync(join(tmpdir(), 'snapshut-intake-'));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
function file(content: string | Buffer): string {
  const path = join(folder, `file-${count++}`);
  writeFileSync(path, content);
  return path;
}
async function* chunks(...parts: (Buffer | string)[]) {
  for (const part of parts) yield part;
}
async function collected(list: AsyncIterable<Intake>): Promise<Intake[]> {
  const found: Intake[] = [];
  for await (const one of list) found.push(one);
  return found;
}
async function read(content: string | Buffer, options: { eventBytesMax?: number } = {}): Promise<Intake[]> {
  return collected(readEvents([file(content)], { stdin: chunks(), ...options }));
}
/** Ids of events, and `!LINE` for what was unreadable. */
function brief(list: readonly Intake[]): (string | number)[] {
  return list.map((one) => {
    if ('unreadable' in one) return `!${one.source.split(':')[1] ?? ''}`;
    return typeof one.event === 'object' && one.event !== null && 'n' in one.event
      ? Number(one.event.n)
      : 'other';
  });
}

const one = '{"n":1,"deep":{"list":[{"x":"}]\\"{"}]}}';
const two = '{"n":2}';
const pretty = (value: object) => JSON.stringify(value, null, 2);

describe('events are found in', () => {
  test.each<[string, string | Buffer, (string | number)[]]>([
    ['an empty file', '', []],
    ['blank lines', '\n \r\n\n', []],
    ['one event', one, [1]],
    ['JSON lines', `${one}\n${two}\n`, [1, 2]],
    ['JSON lines ended as on Windows', `${one}\r\n${two}\r\n`, [1, 2]],
    ['a file with a byte order mark', `\uFEFF${one}\n${two}`, [1, 2]],
    ['a list', `[${one},\n ${two}]`, [1, 2]],
    ['a list a line', `[${one}]\n[${two}]\n`, [1, 2]],
    ['a CloudTrail log file', `{"Records":[${one},${two}]}`, [1, 2]],
    [
      'a CloudTrail log file that is pretty-printed',
      pretty({ Records: [{ n: 1 }, { n: 2, a: [{ b: [] }] }] }),
      [1, 2],
    ],
    [
      'a log file with more around its records',
      `{"v":{"a":[1]},"Records":[${one}],"next":{"b":[{"c":"]}"}],"d":1}}\n${two}`,
      [1, 2],
    ],
    ['a log file a line', `{"Records":[${one}]}\n{"Records":[${two}]}\n`, [1, 2]],
    ['a log file without records', `{"Records":[]}\n${two}`, [2]],
    ['a record that has Records itself', `[{"n":1,"Records":"x"},${two}]`, [1, 2]],
    [
      'pretty-printed events behind one another',
      `${pretty({ n: 1, a: [{ b: 1 }] })}\n${pretty({ n: 2 })}\n`,
      [1, 2],
    ],
    ['events behind one another in one line', `${one}${two} ${two}`, [1, 2, 2]],
    ['an event whose list is not indented', `{"n":1,"list":[\n{"x":1},\n{"x":2}\n]}\n${two}`, [1, 2]],
    ['a queue message', JSON.stringify({ eventSource: 'aws:sqs', body: two }), [2]],
    ['gzip', gzipSync(`${one}\n${two}\n`), [1, 2]],
    ['gzip of several members', Buffer.concat([gzipSync(`${one}\n`), gzipSync(`${two}\n`)]), [1, 2]],
  ])('%s', async (_, content, expected) => {
    expect(brief(await read(content))).toEqual(expected);
  });

  test('standard input', async () => {
    const stdin = chunks('{"n":', Buffer.from('1}\n{"n":2}'));

    expect(brief(await collected(readEvents(['-'], { stdin })))).toEqual([1, 2]);
  });

  test('folders, all the way down, and links that lead back are not followed', async () => {
    const top = mkdtempSync(join(folder, 'top-'));
    mkdirSync(join(top, 'b'));
    writeFileSync(join(top, 'a.json'), one);
    writeFileSync(join(top, 'b', 'x.log.gz'), gzipSync(two));
    symlinkSync(top, join(top, 'b', 'loop'));

    const list = await collected(readEvents([top], { stdin: chunks() }));

    expect(brief(list)).toEqual([1, 2]);
    expect(list.map((event) => event.source)).toEqual([
      `${join(top, 'a.json')}:1`,
      `${join(top, 'b', 'x.log.gz')}:1`,
    ]);
  });
});

describe('what is broken is told and costs nothing else', () => {
  test.each<[string, string | Buffer, (string | number)[]]>([
    ['a line that is no JSON', `${one}\nhello, {world}\n${two}`, [1, '!2', 2]],
    ['a line cut inside a text', `${one}\n{"n":9,"a":"xy\n${two}\n`, [1, '!2', 2]],
    ['a line cut behind a value', `${one}\n{"n":9\n${two}\n`, [1, '!2', 2]],
    ['a line cut behind a colon', `${one}\n{"n":9,"a":\n${two}\n${one}\n`, [1, '!2', 2, 1]],
    ['a line cut behind a comma', `${one}\n{"n":9,\n${two}\n${one}\n`, [1, '!2', 2, 1]],
    ['a line with a bracket too many', `${one}}\n${two}\n`, [1, '!1', 2]],
    ['a line with a wrong bracket', `{"n":9]\n${two}\n`, ['!1', 2]],
    ['a wrong word', `{"n":nine}\n${two}\n`, ['!1', 2]],
    ['an element of a list', `{"Records":[${one},{"a":]},${two}]}`, [1, '!1', 2]],
    [
      'an element of a pretty-printed list',
      `{\n  "Records": [\n    {\n      "n": "9\n    },\n    {\n      "n": 2\n    }\n  ]\n}\n`,
      ['!3', 2],
    ],
    ['a log file that ends in the middle', `{"Records":[${one},${two},{"n":`, [1, 2, '!1', '!1']],
    ['a last line that ends in the middle', `${one}\n${two.slice(0, -1)}`, [1, '!2']],
    ['a log file that lost its end before the next', `{"Records":[${one}]\n{"Records":[${two}]}`, [1, 2]],
    ['UTF-16', Buffer.from(`\uFEFF${one}`, 'utf16le'), ['!']],
  ])('%s', async (_, content, expected) => {
    expect(brief(await read(content))).toEqual(expected);
  });

  test('gzip that ends in the middle', async () => {
    const lines = Array.from({ length: 5000 }, (_, n) => JSON.stringify({ n, pad: Math.sin(n) })).join('\n');
    const packed = gzipSync(lines);

    const list = await read(packed.subarray(0, packed.length - 2000));

    const events = brief(list).filter((n) => typeof n === 'number');
    expect(events.length).toBeGreaterThan(4000);
    expect(events).toEqual(events.map((_, n) => n));
    expect(list.some((entry) => 'unreadable' in entry && /^broken gzip/.test(entry.unreadable))).toBe(true);
  });

  test('an event that is too large, in whatever it stands', async () => {
    const large = JSON.stringify({ n: 9, pad: 'x'.repeat(5000), deep: [[{ y: '}' }]] });

    for (const content of [
      `${one}\n${large}\n${two}\n`,
      `[${one},${large},${two}]`,
      `{"Records":[${one},${large},${two}]}`,
    ]) {
      const list = await read(content, { eventBytesMax: 1000 });
      expect(brief(list)).toEqual([1, expect.stringMatching(/^!/), 2]);
      expect(list[1]).toMatchObject({ unreadable: 'larger than 1000 bytes' });
    }
  });

  test('an event that is too deep', async () => {
    const deep = `${'['.repeat(200)}${']'.repeat(200)}`;

    expect(brief(await read(`{"n":9,"a":${deep}}\n${two}`))).toEqual(['!1', 2]);
  });

  test('a file that is not there', async () => {
    const list = await collected(readEvents([join(folder, 'none'), file(two)], { stdin: chunks() }));

    expect(list[0]).toMatchObject({ unreadable: expect.stringContaining('ENOENT') });
    expect(brief(list.slice(1))).toEqual([2]);
  });
});

describe('the splitter', () => {
  const split = (content: Buffer, size: number) => {
    const splitter = new Splitter(2 ** 20);
    const pieces = [];
    for (let at = 0; at < content.length; at += size)
      pieces.push(...splitter.push(content.subarray(at, at + size)));
    return [...pieces, ...splitter.end()];
  };
  const readOf = (piece: Piece): unknown => {
    if ('unreadable' in piece) return undefined;
    return 'value' in piece ? piece.value : JSON.parse(piece.text);
  };

  test('finds every value however the bytes arrive', () => {
    const json = fc.object({ maxDepth: 3 });
    fc.assert(
      fc.property(
        fc.array(json),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(0, 2),
        (values, size, indent) => {
          const lines = values.map((value) => JSON.stringify(value, null, indent)).join('\n');
          const records = JSON.stringify({ Records: values }, null, indent);

          for (const content of [lines, records]) {
            const found = split(Buffer.from(content), size).map(readOf);
            expect(found).toEqual(JSON.parse(JSON.stringify(values)));
          }
        },
      ),
    );
  });

  test('loses no line around any broken one', () => {
    const good = JSON.stringify({ good: true, list: [{ a: 1 }] });
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ',', ':', 'a', '\\', ' ') }),
        (broken) => {
          const pieces = split(Buffer.from(`${good}\n${broken}\n${good}\n${good}\n`), 7);
          const isGood = (piece: Piece) =>
            'text' in piece ? piece.text === good : JSON.stringify(readOf(piece)) === good;
          const found = pieces.filter(isGood);
          expect(found.length).toBe(3);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('reads lines that never close in reasonable time', () => {
    const started = performance.now();

    split(Buffer.from('{"a":\n'.repeat(100_000)), 65536);
    split(Buffer.from('{"a":['.repeat(100_000)), 65536);

    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
