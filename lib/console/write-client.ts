import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** `npm run console:write`: the client, made small, as a module that every bundle can carry. A test compares. */

const from = join(import.meta.dirname, 'client');
export const clientFile = join(import.meta.dirname, 'client-text.ts');

export async function clientText(): Promise<string> {
  const made = async (name: string) => {
    const { outputFiles } = await build({
      entryPoints: [join(from, name)],
      bundle: true,
      minify: true,
      write: false,
      format: 'iife',
      target: 'es2022',
      legalComments: 'none',
      charset: 'utf8',
    });
    return outputFiles[0]?.text.trim() ?? '';
  };
  const [script, style] = await Promise.all([made('app.ts'), made('style.css')]);
  return `// Written by \`npm run console:write\` from client/.\nexport const script = ${JSON.stringify(script)};\nexport const style = ${JSON.stringify(style)};\n`;
}

if (process.argv[1] === import.meta.filename) {
  const text = await clientText();
  const isSame = (() => {
    try {
      return readFileSync(clientFile, 'utf8') === text;
    } catch {
      return false;
    }
  })();
  if (!isSame) writeFileSync(clientFile, text);
}
