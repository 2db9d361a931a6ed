/** As many ids as fit a query that every proxy lets through (50 of 36 letters are 2 KB). */
const batchSize = 50;

export function* inBatches<T>(items: readonly T[]): Iterable<T[]> {
  for (let at = 0; at < items.length; at += batchSize) yield items.slice(at, at + batchSize);
}
