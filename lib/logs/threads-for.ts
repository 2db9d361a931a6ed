import { stat } from 'node:fs/promises';

/** Starting threads takes as long as reading this many bytes. */
const worthwhileBytes = 32 << 20;

/** How many threads reading these files is worth: all cores, or none besides this one where the files are small. */
export async function threadsFor(paths: readonly string[], cores: number): Promise<number> {
  let bytes = 0;
  for (const path of paths) {
    // What cannot be read is told when it is opened.
    const found = path === '-' ? null : await stat(path).catch(() => null);
    if (found?.isFile()) bytes += found.size;
  }
  return bytes >= worthwhileBytes ? cores : 1;
}
