import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { deeperThan, parsed } from '../events/json.ts';
import { levelsMax } from '../events/normalised.ts';
import { eventsIn } from '../events/wrapped.ts';
import { unpacked } from './bytes.ts';
import { type Piece, Splitter, type Wanted } from './splitter.ts';

/** `source` is `FILE:LINE`, or the file where it could not be read at all. */
export type Intake = { event: unknown; source: string } | { unreadable: string; source: string };

export interface ReadOptions {
  /** Read where a path is `-`. */
  stdin: AsyncIterable<Buffer | string>;
  /** Larger single events are unreadable. */
  eventBytesMax?: number;
  /** Values that it turns down are passed over unread. */
  wanted?: Wanted;
}

/**
 * Every event in files, folders (all the way down) and standard input: EventBridge events, CloudTrail log files, lists,
 * JSON lines or pretty-printed JSON, packed or not, recognised by what they hold. What cannot be read is told in its
 * place and the rest is read.
 */
export async function* readEvents(paths: readonly string[], options: ReadOptions): AsyncIterable<Intake> {
  for await (const some of readBatches(paths, options)) yield* some;
}

/** The same, as many at a time as come together: waiting for each of millions takes longer than reading it. */
export async function* readBatches(
  paths: readonly string[],
  options: ReadOptions,
): AsyncIterable<readonly Intake[]> {
  for (const path of paths) {
    if (path === '-') yield* eventsOf('stdin', asBuffers(options.stdin), options);
    else yield* eventsUnder(path, options);
  }
}

/** The same for what is already at hand, unpacked. */
export function readBytes(bytes: Buffer, name: string, eventBytesMax = 1024 * 1024): Intake[] {
  const splitter = new Splitter(eventBytesMax);
  return [...splitter.push(bytes), ...splitter.end()].flatMap((piece) => read(piece, name));
}

/** Few, large reads. */
const chunkBytes = 256 * 1024;

async function* eventsUnder(path: string, options: ReadOptions): AsyncIterable<readonly Intake[]> {
  const found = await stat(path).catch((error: unknown) => messageOf(error));
  if (typeof found === 'string') {
    yield [{ unreadable: found, source: path }];
  } else if (found.isDirectory()) {
    const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => messageOf(error));
    if (typeof entries === 'string') {
      yield [{ unreadable: entries, source: path }];
      return;
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      // A link to a folder could lead back here.
      const isLinkToFolder = entry.isSymbolicLink() && (await isFolder(join(path, entry.name)));
      if (!isLinkToFolder) yield* eventsUnder(join(path, entry.name), options);
    }
  } else {
    yield* eventsOf(path, createReadStream(path, { highWaterMark: chunkBytes }), options);
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isDirectory() ?? false;
}

async function* eventsOf(
  name: string,
  stream: AsyncIterable<Buffer>,
  options: ReadOptions,
): AsyncIterable<readonly Intake[]> {
  const splitter = new Splitter(options.eventBytesMax ?? 1024 * 1024, options.wanted);
  try {
    for await (const bytes of unpacked(stream)) {
      if (Buffer.isBuffer(bytes)) yield splitter.push(bytes).flatMap((piece) => read(piece, name));
      else yield [{ unreadable: bytes.broken, source: name }];
    }
  } catch (error) {
    yield [{ unreadable: messageOf(error), source: name }];
  }
  yield splitter.end().flatMap((piece) => read(piece, name));
}

function read(piece: Piece, name: string): Intake[] {
  const source = `${name}:${piece.line}`;
  if ('unreadable' in piece) return [{ unreadable: piece.unreadable, source }];
  const value = 'value' in piece ? piece.value : parsed(piece.text);
  // The engine's own message would quote the text, which may hold anything.
  if (value === undefined) return [{ unreadable: 'not JSON', source }];
  if (deeperThan(value, levelsMax)) return [{ unreadable: `nested deeper than ${levelsMax} levels`, source }];
  return eventsIn(value).map((event) => ({ event, source }));
}

async function* asBuffers(stream: AsyncIterable<Buffer | string>): AsyncIterable<Buffer> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}
