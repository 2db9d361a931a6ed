import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { type Intake, readEvents } from '../../lib/intake/read-events.ts';
import { normaliseAll } from '../../lib/normalise.ts';

/** Small things that unfold into large ones. */

/** A gigabyte would be the same and take longer. */
const unpackedMax = 192 << 20;

const folder = mkdtempSync(join(tmpdir(), 'snapshut-bombs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const event = { eventName: 'CreateBucket', eventSource: 's3.amazonaws.com', eventID: 'after the bomb' };
const packed: { [what: string]: Buffer } = {
  'blanks before an event': Buffer.alloc(unpackedMax, ' '),
  'one word that does not end': Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(unpackedMax, 'a')]),
  'brackets that do not close': Buffer.alloc(unpackedMax, '['),
};

describe('a packed file that unpacks to a thousand times its size', () => {
  test.each(Object.keys(packed))('%s: is read in little memory', async (what) => {
    const path = join(folder, `${what}.json.gz`);
    const bomb = gzipSync(packed[what] ?? '');
    writeFileSync(path, Buffer.concat([bomb, gzipSync(`\n${JSON.stringify(event)}\n`)]));
    const before = process.memoryUsage.rss();
    let most = before;
    const seen: Intake[] = [];

    for await (const one of readEvents([path], { stdin: (async function* () {})() })) {
      most = Math.max(most, process.memoryUsage.rss());
      if (seen.length < 100) seen.push(one);
    }

    expect(bomb.length).toBeLessThan(unpackedMax / 500);
    expect(most - before).toBeLessThan(unpackedMax / 2);
    expect(seen.length).toBeGreaterThan(0);
  }, 120_000);
});

describe('an event that nests', () => {
  test.each([
    ['lists', '['.repeat(200_000) + ']'.repeat(200_000)],
    ['objects', `${'{"detail":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['messages in messages', nested(12)],
  ])('%s: is an answer, not a crash', (_, text) => {
    expect(Array.isArray(answerTo(text))).toBe(true);
  });
});

function nested(levels: number): string {
  let text = JSON.stringify(event);
  for (let level = 0; level < levels; level += 1)
    text = JSON.stringify({ Records: [{ eventSource: 'aws:sqs', body: text }] });
  return text;
}

function answerTo(text: string): unknown {
  try {
    return normaliseAll(JSON.parse(text));
  } catch (error) {
    // V8 itself gives up on JSON that nests this far.
    if (error instanceof SyntaxError || error instanceof RangeError) return [];
    throw error;
  }
}
