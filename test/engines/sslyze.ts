import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { enginesFolder, runToEnd } from './engine.ts';
import { once } from './folder.ts';

const version = '6.3.1';

/** The path of sslyze, from PyPI, installed at the first use. */
export async function sslyze(): Promise<string> {
  const folder = enginesFolder();
  const venv = join(folder, `venv-sslyze-${version}`);
  await once(venv, async () => {
    await runToEnd('python3', ['-m', 'venv', venv], folder);
    await runToEnd(join(venv, 'bin/pip'), ['install', '-q', `sslyze==${version}`], folder);
  });
  const program = join(venv, 'bin/sslyze');
  if (!existsSync(program)) throw new Error(`${venv} holds no sslyze`);
  return program;
}
