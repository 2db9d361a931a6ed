/** Ctrl-C, or a polite kill, asks to end; the second one ends at once. */
export function stopSignal(onFirst: () => void): { signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  const stop = () => {
    // Children end with us: each holds a pipe of ours.
    if (controller.signal.aborted) process.exit(130);
    onFirst();
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  return {
    signal: controller.signal,
    forget() {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, stop);
    },
  };
}
