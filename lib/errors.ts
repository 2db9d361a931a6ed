/** Trying again cannot help: wrong input, missing permission, an answer that breaks the provider's contract. */
export class TerminalError extends Error {
  override name = 'TerminalError';
}

/** Trying again may help: throttled, timed out, in progress, somebody else holds the lease. */
export class RetryableError extends Error {
  override name = 'RetryableError';
  /** How long the other side asks to be left alone; null where it does not say. */
  readonly afterMs: number | null;

  constructor(message: string, options: ErrorOptions & { afterMs?: number } = {}) {
    super(message, options);
    this.afterMs = options.afterMs ?? null;
  }
}

/** The text of whatever was thrown, for a log or the history. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
