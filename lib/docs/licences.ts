import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is shipped beside our own code. */

interface Component {
  name: string;
  version: string;
  purl?: string;
  licenses?: { license?: { id?: string; name?: string }; expression?: string }[];
  hashes?: { alg: string; content: string }[];
}

export interface Sbom {
  bomFormat: string;
  components: Component[];
}

const root = join(import.meta.dirname, '../..');

/** The software bill of materials as npm makes it from the lock file: https://cyclonedx.org/specification/overview/ */
export function sbom(): Sbom {
  const { stdout, stderr, status } = spawnSync(
    'npm',
    ['sbom', '--omit', 'dev', '--sbom-format', 'cyclonedx', '--package-lock-only'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 },
  );
  if (status !== 0) throw new Error(`npm sbom: ${stderr}`);
  return JSON.parse(stdout);
}

/** Packages that name their licence in a way of before SPDX, which npm does not read. */
const oldStyle: { readonly [name: string]: string } = {
  ssh2: 'MIT',
  'cpu-features': 'MIT',
  buildcheck: 'MIT',
};

/** The licence as an SPDX expression; null where the package names none. */
export function licenceOf({ name, licenses = [] }: Component): string | null {
  const [first] = licenses;
  if (first === undefined) return oldStyle[name] ?? null;
  return first.expression ?? first.license?.id ?? first.license?.name ?? null;
}

/** `docs/licences.md`. */
export function licencesPage({ components }: Sbom): string {
  const rows = components.map((one) => `| ${one.name} | ${licenceOf(one) ?? 'none named'} |`);
  return `# Licences of what is shipped

Written by \`npm run licences\` from the lock file; \`npm run -s sbom\` prints the whole bill of materials (CycloneDX).

| package | licence |
|---|---|
${[...new Set(rows)].toSorted().join('\n')}
`;
}

if (import.meta.main) writeFileSync(join(root, 'docs/licences.md'), licencesPage(sbom()));
