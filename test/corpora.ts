import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Real inputs that stand beside the repository; a test that uses them is skipped where they are absent. */
const places = [process.env.SNAPSHUT_CORPORA, join(import.meta.dirname, '../../shared/corpora')];
export const corpora = places.find((place) => place !== undefined && existsSync(place)) ?? null;

export function corpus(name: string): { [field: string]: unknown }[] {
  if (corpora === null) return [];
  const lines = readFileSync(join(corpora, name), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}
