import { existsSync, writeFileSync } from 'node:fs';
import { growthOf, hashOf, known, knownFile, nameOf, patternsOfProduct } from './patterns.ts';

/** `npm run patterns [-- --all]`: looks at each new pattern (or each) and remembers those that are harmless. */

const remembered = process.argv.includes('--all') || !existsSync(knownFile) ? new Set<string>() : known();
const kept = new Set<string>();
for (const pattern of patternsOfProduct()) {
  const hash = hashOf(pattern);
  if (kept.has(hash)) continue;
  const growth = remembered.has(hash) ? 'safe' : growthOf(pattern, 20_000);
  if (growth === 'safe') kept.add(hash);
  else console.log(`${pattern.where}: ${nameOf(pattern)}: ${growth}`);
}
writeFileSync(knownFile, `${[...kept].toSorted().join('\n')}\n`);
