import { spawn } from 'node:child_process';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { LineCutter, type LineSink } from './lines.ts';

export interface Following {
  stop(): Promise<void>;
}

/** Where a line begins in a file, whatever its name is by now. */
export interface Position {
  inode: string;
  offset: number;
}

const chunkBytes = 1 << 18;

/**
 * Hands on what is appended to a file, from its present end on, or from where an earlier process was. Survives rotation (another file under the name: the
 * old one is read to its end first), truncation in place, and a file that is not there yet.
 */
export class FileFollower {
  readonly #path: string;
  readonly #cutter: LineCutter;
  readonly #buffer = Buffer.alloc(chunkBytes);
  #file: FileHandle | null = null;
  #inode = 0n;
  #at = 0;
  #isFirst = true;

  readonly #from: Position | null;

  constructor(path: string, sink: LineSink, from: Position | null = null) {
    this.#path = path;
    this.#cutter = new LineCutter(sink);
    this.#from = from;
  }

  /** Where a follower that comes after this one should begin. */
  get position(): Position | null {
    if (!this.#file) return null;
    return { inode: String(this.#inode), offset: Math.max(0, this.#at - this.#cutter.waiting) };
  }

  /** Reads what came since the last call. */
  async poll(): Promise<void> {
    const now = await stat(this.#path, { bigint: true }).catch(ignoreMissing);
    if (this.#file) await this.#drain();
    if (now && now.ino !== this.#inode) await this.#reopen();
    this.#isFirst = false;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  async #reopen(): Promise<void> {
    await this.close();
    const file = await open(this.#path).catch(ignoreMissing);
    if (!file) return;
    const { ino, size } = await file.stat({ bigint: true });
    this.#file = file;
    this.#inode = ino;
    // What stood there before us was looked at before; what a rotation brings is new.
    this.#at = this.#isFirst ? this.#start(Number(size)) : 0;
    await this.#drain();
  }

  #start(size: number): number {
    if (!this.#from) return size;
    const isSame = this.#from.inode === String(this.#inode) && this.#from.offset <= size;
    // Another file stands under the name since: all of it is new.
    return isSame ? this.#from.offset : 0;
  }

  async #drain(): Promise<void> {
    const file = this.#file;
    if (!file) return;
    const { size } = await file.stat();
    if (size < this.#at) this.#at = 0;
    while (this.#at < size) {
      const { bytesRead } = await file.read(this.#buffer, 0, chunkBytes, this.#at);
      if (bytesRead === 0) return;
      this.#at += bytesRead;
      this.#cutter.push(this.#buffer.subarray(0, bytesRead));
    }
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

/** Hands on what the journal says of a unit from now on, or since a time. `onEnd` is told why when journalctl ends by itself. */
export function followJournal(
  units: readonly string[],
  sink: LineSink,
  onEnd: (why: string) => void,
  sinceMs: number | null = null,
): Following {
  const from = sinceMs === null ? ['--lines', '0'] : ['--since', `@${Math.floor(sinceMs / 1000)}`];
  const args = ['--follow', '--output', 'json', ...from, ...units.flatMap((unit) => ['--unit', unit])];
  const child = spawn('journalctl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const cutter = new LineCutter(sink);
  let isStopped = false;
  child.stdout.on('data', (chunk: Buffer) => cutter.push(chunk));
  child.on('error', (error) => onEnd(`journalctl could not be started: ${error.message}`));
  child.on('exit', (code) => {
    if (!isStopped) onEnd(`journalctl ended with ${code}`);
  });
  return {
    async stop() {
      isStopped = true;
      child.kill();
    },
  };
}
