import { spawn } from 'node:child_process';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { LineCutter, type LineSink } from './lines.ts';

export interface Following {
  stop(): Promise<void>;
}

const chunkBytes = 1 << 18;

/**
 * Hands on what is appended to a file, from its present end on. Survives rotation (another file under the name: the
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

  constructor(path: string, sink: LineSink) {
    this.#path = path;
    this.#cutter = new LineCutter(sink);
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
    this.#at = this.#isFirst ? Number(size) : 0;
    await this.#drain();
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

/** Hands on what the journal says of a unit from now on. `onEnd` is told why when journalctl ends by itself. */
export function followJournal(
  units: readonly string[],
  sink: LineSink,
  onEnd: (why: string) => void,
): Following {
  const args = ['--follow', '--output', 'json', '--lines', '0', ...units.flatMap((unit) => ['--unit', unit])];
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
