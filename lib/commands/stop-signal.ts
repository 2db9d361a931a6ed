const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A terminal tells the whole group, and npm tells its child again: within this time it is one wish. */
const sameWishMs = 500;

/** Ctrl-C, or a polite kill, asks to end; the second one ends at once. */
export function stopSignal(onFirst: () => void): { signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  let firstMs = 0;
  const stop = () => {
    if (!controller.signal.aborted) {
      firstMs = performance.now();
      onFirst();
      controller.abort();
      return;
    }
    // The sandbox's account ends with us: it reads a pipe of ours.
    if (performance.now() - firstMs > sameWishMs) process.exit(130);
  };
  for (const name of names) process.on(name, stop);
  return {
    signal: controller.signal,
    forget() {
      for (const name of names) process.off(name, stop);
    },
  };
}
