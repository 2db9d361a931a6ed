import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { parse } from 'yaml';

/** `npm run bundles`: how large each function is as packaged, and how long a fresh process takes to import it. */

interface Bundle {
  name: string;
  /** What is loaded at once, and all that may be loaded. */
  startKib: number;
  totalKib: number;
  importMs: number;
  /** SDK clients in what is loaded at once: none, or a cold start pays for what it may not need. */
  clients: string[];
  lazyClients: string[];
}

const times = 5;

async function bundle(entry: string): Promise<Bundle> {
  const outdir = mkdtempSync(join(tmpdir(), 'bundle-'));
  try {
    const { metafile } = await build({ ...packaged(), entryPoints: [entry], outdir, metafile: true });
    const all = Object.keys(metafile.outputs);
    const start = all.find((file) => metafile.outputs[file]?.entryPoint === entry) ?? '';
    const atOnce = staticFiles(metafile, start);
    const clients = clientsIn(metafile, atOnce);
    return {
      name: basename(entry, '.ts'),
      startKib: kib(metafile, atOnce),
      totalKib: kib(metafile, all),
      importMs: importMs(resolve(start)),
      clients,
      lazyClients: clientsIn(metafile, all).filter((one) => !clients.includes(one)),
    };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** The settings of serverless.yml. */
function packaged(): BuildOptions {
  const { custom } = parse(readFileSync('serverless.yml', 'utf8'), { merge: true });
  const { outputFileExtension, exclude: external, ...options } = custom.esbuild;
  return { ...options, external, outExtension: { '.js': outputFileExtension } };
}

function staticFiles({ outputs }: Metafile, start: string): string[] {
  const seen = new Set([start]);
  for (const file of seen) {
    for (const { path, kind } of outputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && path in outputs) seen.add(path);
    }
  }
  return [...seen];
}

function clientsIn({ outputs }: Metafile, files: readonly string[]): string[] {
  const inputs = files.flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
  const names = inputs.flatMap((input) => /node_modules\/(@aws-sdk\/client-[\w-]+)\//.exec(input)?.[1] ?? []);
  return [...new Set(names)].toSorted();
}

function kib({ outputs }: Metafile, files: readonly string[]): number {
  return Math.round(files.reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0) / 1024);
}

/** The median of some fresh processes. */
function importMs(file: string): number {
  const script = `const at = performance.now(); await import(${JSON.stringify(file)}); console.log(performance.now() - at)`;
  const args = ['--input-type=module', '-e', script];
  const taken = Array.from({ length: times }, () => Number(execFileSync(process.execPath, args)));
  return Math.round(taken.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? 0);
}

const bundles: Bundle[] = [];
for (const entry of globSync('functions/*.ts').toSorted()) bundles.push(await bundle(entry));
if (process.argv.includes('--json')) console.log(JSON.stringify(bundles));
else
  console.table(
    bundles.map(({ clients, lazyClients, ...one }) => ({
      ...one,
      atOnce: clients.join(' ') || '-',
      later: lazyClients.join(' '),
    })),
  );
