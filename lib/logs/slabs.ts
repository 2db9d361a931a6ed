/** What a stream is cut into for others to read. */
export const slabBytes = 1 << 19;

/** Bytes that others can read where they are; `isWhole`: they end where a line ends. */
export interface Slab {
  shared: SharedArrayBuffer;
  length: number;
  isWhole: boolean;
}

/** Gathers a stream of bytes into large pieces that end with whole lines, as long as lines are shorter than a piece. */
export class SlabCutter {
  readonly #onSlab: (slab: Slab) => void;
  readonly #spare: SharedArrayBuffer[] = [];
  #bytes = this.#fresh();
  #length = 0;

  constructor(onSlab: (slab: Slab) => void) {
    this.#onSlab = onSlab;
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const copied = chunk.copy(this.#bytes, this.#length, at);
      at += copied;
      this.#length += copied;
      if (this.#length === slabBytes) this.#cut();
    }
  }

  /** What is left, which may be half a line. */
  end(): void {
    if (this.#length > 0) this.#emit(this.#bytes, this.#length, false);
    this.#length = 0;
  }

  /** A slab that was handed out is not needed any more. */
  reuse({ shared }: Slab): void {
    this.#spare.push(shared);
  }

  #cut(): void {
    const full = this.#bytes;
    const end = full.lastIndexOf(10) + 1;
    this.#bytes = this.#fresh();
    this.#length = end === 0 ? 0 : full.copy(this.#bytes, 0, end);
    this.#emit(full, end === 0 ? slabBytes : end, end !== 0);
  }

  #emit(bytes: Buffer, length: number, isWhole: boolean): void {
    // Each of these buffers was made over shared memory, in `#fresh`.
    this.#onSlab({ shared: bytes.buffer as unknown as SharedArrayBuffer, length, isWhole });
  }

  #fresh(): Buffer {
    return Buffer.from(this.#spare.pop() ?? new SharedArrayBuffer(slabBytes));
  }
}
