import { connect, type Socket } from 'node:net';

export interface Dial {
  address: string;
  port: number;
  /** For connecting and everything said afterwards together: a server that drips bytes gains nothing. */
  timeoutMs: number;
  /** More than this from the other side ends it. */
  maxBytes?: number;
}

/** Why nothing more comes. `tooMuch`: the other side said more than it may. */
export type Ended = 'timeout' | 'closed' | 'reset' | 'refused' | 'unreachable' | 'tooMuch';

/**
 * A bounded exchange of bytes with a server that nobody trusts: one deadline, one limit. It answers null instead of
 * throwing when the other side stops; `ended` says why.
 */
export class Conversation {
  readonly socket: Socket;
  ended: Ended | null = null;
  #chunks: Buffer[] = [];
  #length = 0;
  #wake: () => void = () => {};
  readonly #deadline: NodeJS.Timeout;
  readonly #maxBytes: number;

  private constructor(socket: Socket, { timeoutMs, maxBytes = 65_536 }: Dial) {
    this.socket = socket;
    this.#maxBytes = maxBytes;
    this.#deadline = setTimeout(() => this.#end('timeout'), timeoutMs);
    socket.on('data', (chunk: Buffer) => this.#hear(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#end(endedBy(error)));
    socket.on('close', () => this.#end('closed'));
    socket.on('end', () => this.#end('closed'));
  }

  /** Null where no connection came about; the reason is told to `onFailed`. */
  static open(dial: Dial, onFailed: (why: Ended) => void = () => {}): Promise<Conversation | null> {
    const socket = connect({ host: dial.address, port: dial.port, noDelay: true });
    const conversation = new Conversation(socket, dial);
    return new Promise((resolve) => {
      conversation.#wake = () => {
        conversation.close();
        onFailed(conversation.ended ?? 'timeout');
        resolve(null);
      };
      socket.once('connect', () => {
        // On loopback a connection to a free port of the ephemeral range may meet itself.
        if (socket.localPort === dial.port && socket.localAddress === socket.remoteAddress)
          conversation.#end('refused');
        else {
          conversation.#wake = () => {};
          resolve(conversation);
        }
      });
    });
  }

  write(bytes: Uint8Array | string): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  /** All that has been heard and not been taken. */
  get heard(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  /** Waits until `enough` answers how many bytes make up the answer, and takes these; null when that never happens. */
  async read(enough: (heard: Buffer) => number | null): Promise<Buffer | null> {
    for (;;) {
      const length = enough(this.heard);
      if (length !== null) return this.take(length);
      if (this.ended !== null) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The first words within this time; empty where the other side waits for ours. */
  async listen(ms: number): Promise<Buffer> {
    const timer = setTimeout(() => this.#wake(), ms);
    if (this.#length === 0 && this.ended === null) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    clearTimeout(timer);
    return this.heard;
  }

  /** One line without its end. */
  async readLine(): Promise<string | null> {
    const line = await this.read((heard) => {
      const at = heard.indexOf(10);
      return at < 0 ? null : at + 1;
    });
    return line === null ? null : line.toString('latin1').replace(/\r?\n$/, '');
  }

  take(length: number): Buffer {
    const { heard } = this;
    this.#chunks = [heard.subarray(length)];
    return heard.subarray(0, length);
  }

  /** The bare socket, for node:tls to go on with; the deadline stays. */
  release(): Socket {
    this.socket.removeAllListeners('data');
    this.socket.removeAllListeners('end');
    return this.socket;
  }

  close(): void {
    clearTimeout(this.#deadline);
    this.socket.destroy();
  }

  #hear(chunk: Buffer): void {
    if (this.ended !== null) return;
    this.#length += chunk.length;
    this.#chunks.push(chunk);
    if (this.#length > this.#maxBytes) this.#end('tooMuch');
    else this.#wake();
  }

  #end(why: Ended): void {
    this.ended ??= why;
    this.close();
    this.#wake();
  }
}

function endedBy({ code }: NodeJS.ErrnoException): Ended {
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ETIMEDOUT') return 'timeout';
  return code === 'ECONNRESET' || code === 'EPIPE' ? 'reset' : 'unreachable';
}
