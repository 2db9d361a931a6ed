import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineCutter, objectsIn } from '../../lib/logs/lines.ts';
import { readLines } from '../../lib/logs/source.ts';

async function read(chunks: readonly Buffer[]) {
  const lines: string[] = [];
  const tooLong: string[] = [];
  const sink = { line: (text: string) => lines.push(text), tooLong: (head: string) => tooLong.push(head) };
  const { error } = await readLines(Readable.from(chunks, { objectMode: false }), sink);
  return { lines, tooLong, error };
}

const text = Buffer.from('one\ntwo\nthree');
const whole = ['one', 'two', 'three'];

describe('a log is read line by line', () => {
  test.each<[string, Buffer[], string[]]>([
    ['plain, without a last newline', [text], whole],
    ['with carriage returns and empty lines', [Buffer.from('one\r\n\r\n\ntwo\nthree\r\n')], whole],
    ['a byte at a time', [...text].map((byte) => Buffer.from([byte])), whole],
    ['gzip', [gzipSync(text)], whole],
    ['gzip, a byte at a time', [...gzipSync(text)].map((byte) => Buffer.from([byte])), whole],
    ['gzip members', [Buffer.concat([gzipSync('one\ntw'), gzipSync('o\nthree')])], whole],
    ['gzip inside gzip', [gzipSync(Buffer.concat([gzipSync('one\n'), gzipSync('two\nthree')]))], whole],
    ['nothing', [], []],
    ['empty gzip', [gzipSync('')], []],
  ])('%s', async (_, chunks, lines) => {
    expect(await read(chunks)).toEqual({ lines, tooLong: [], error: null });
  });

  test('objects without newlines are told apart, and not held until the end', () => {
    const object = (index: number) => JSON.stringify({ a: index, b: '}{"c":}{', d: `${'x'.repeat(50)}}{` });
    const lines: string[] = [];
    const cutter = new LineCutter({ line: (line) => lines.push(line), tooLong: () => {} });
    for (let index = 0; index < 5000; index++) cutter.push(Buffer.from(object(index)));
    const early = lines.length;
    cutter.end();

    expect(early).toBeGreaterThan(3000);
    expect(lines.flatMap(objectsIn)).toEqual(Array.from({ length: 5000 }, (_, index) => object(index)));
  });

  test('whatever the chunks, the lines are the same', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[ -~]{1,20}$/)),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (lines, cuts) => {
          const bytes = Buffer.from(lines.join('\n'));
          const seen: string[] = [];
          const cutter = new LineCutter({ line: (line) => seen.push(line), tooLong: () => {} });

          for (let at = 0, next = 0; at < bytes.length; next++) {
            const size = cuts[next % (cuts.length || 1)] ?? 5;
            cutter.push(bytes.subarray(at, at + size));
            at += size;
          }
          cutter.end();

          expect(seen.join('\n')).toBe(lines.join('\n'));
        },
      ),
    );
  });

  test('a gzip that was cut gives what it holds, and says so', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} ${(index * 7919) % 10_007}`);
    const packed = gzipSync(lines.join('\n'));

    const result = await read([packed.subarray(0, packed.length - 100)]);

    expect(result.error).toBe('unexpected end of file');
    expect(result.lines.length).toBeGreaterThan(19_000);
    expect(result.lines.slice(0, -1)).toEqual(lines.slice(0, result.lines.length - 1));
  });

  test('damage in the middle of a gzip leaves what came before', async () => {
    const packed = Buffer.concat([gzipSync('one\ntwo\n'), Buffer.from('no gzip at all'), gzipSync('three')]);

    const result = await read([packed]);

    expect(result).toEqual({ lines: ['one', 'two'], tooLong: [], error: 'incorrect header check' });
  });

  test('a line over the limit is skipped to its end, and the next one is read', () => {
    const lines: string[] = [];
    const tooLong: string[] = [];
    const cutter = new LineCutter(
      { line: (line) => lines.push(line), tooLong: (head) => tooLong.push(head) },
      1000,
    );

    cutter.push(Buffer.from(`first\n${'x'.repeat(700)}`));
    for (let index = 0; index < 100; index++) cutter.push(Buffer.from('x'.repeat(700)));
    cutter.push(Buffer.from(`\nsecond\n${'y'.repeat(1001)}\nthird`));
    cutter.end();

    expect(lines).toEqual(['first', 'second', 'third']);
    expect(tooLong).toEqual(['x'.repeat(200), 'y'.repeat(200)]);
  });

  test('an unreadable source is told', async () => {
    const source = new Readable({
      read() {
        this.destroy(new Error('the disk is gone'));
      },
    });

    expect(await readLines(source, { line: () => {}, tooLong: () => {} })).toEqual({
      bytes: 0,
      error: 'the disk is gone',
    });
  });
});
