import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { unpacked } from '../intake/bytes.ts';
import { type Leaked, Recogniser } from './recognise.ts';

export type LeakIntake = { leaked: Leaked; source: string } | { unreadable: string; source: string };

const chunkBytes = 256 * 1024;

/** Every credential in files, folders (all the way down) and standard input (`-`), packed or not, each place it stands in. */
export async function* readLeaks(
  paths: readonly string[],
  stdin: AsyncIterable<Buffer | string>,
): AsyncIterable<LeakIntake> {
  for (const path of paths) {
    if (path === '-') yield* leaksIn('stdin', asBuffers(stdin));
    else yield* leaksUnder(path);
  }
}

async function* leaksUnder(path: string): AsyncIterable<LeakIntake> {
  const found = await stat(path).catch((error: unknown) => messageOf(error));
  if (typeof found === 'string') yield { unreadable: found, source: path };
  else if (!found.isDirectory()) yield* leaksIn(path, createReadStream(path, { highWaterMark: chunkBytes }));
  else {
    const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => messageOf(error));
    if (typeof entries === 'string') {
      yield { unreadable: entries, source: path };
      return;
    }
    // A link could lead back here; pipes and devices have no end.
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
      if (entry.isDirectory() || entry.isFile()) yield* leaksUnder(join(path, entry.name));
  }
}

async function* leaksIn(source: string, stream: AsyncIterable<Buffer>): AsyncIterable<LeakIntake> {
  const recogniser = new Recogniser();
  const named = (all: Leaked[]): LeakIntake[] => all.map((leaked) => ({ leaked, source }));
  try {
    for await (const bytes of unpacked(stream)) {
      // Every sign is ASCII, so that any bytes may be read one by one.
      if (Buffer.isBuffer(bytes)) yield* named(recogniser.push(bytes.toString('latin1')));
      else yield { unreadable: bytes.broken, source };
    }
  } catch (error) {
    yield { unreadable: messageOf(error), source };
  }
  yield* named(recogniser.end());
}

async function* asBuffers(stream: AsyncIterable<Buffer | string>): AsyncIterable<Buffer> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}
