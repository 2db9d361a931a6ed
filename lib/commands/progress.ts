/** A bar on stderr while long work runs; silent where stderr is no terminal. */
export function progressBar(what: string): {
  update(progress: { done: number; total: number }): void;
  clear(): void;
} {
  const isShown = process.stderr.isTTY === true;
  const width = 30;
  return {
    update({ done, total }) {
      if (!isShown || total === 0) return;
      const filled = Math.round((done / total) * width);
      const bar = '#'.repeat(filled) + '.'.repeat(width - filled);
      process.stderr.write(`\r[${bar}] ${done} of ${total} ${what}`);
    },
    clear() {
      if (isShown) process.stderr.write('\r\u001b[2K');
    },
  };
}
