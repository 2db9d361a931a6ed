import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { longPollTimeouts } from '../lib/call-timeouts.ts';

/** The shape that keeps the parts apart: which file may import which, and who may touch the process. */

const root = new URL('..', import.meta.url).pathname;
const files = globSync('{lib,functions}/**/*.ts', { cwd: root });
const textOf = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

function importsOf(file: string): string[] {
  const found = [...(textOf.get(file) ?? '').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)];
  return found.map((match) => normalize(join(dirname(file), match[1] ?? '')));
}

/** Imports that exist at run time; types may be named from anywhere. */
function valueImportsOf(file: string): string[] {
  const text = (textOf.get(file) ?? '').replace(/import type [^;]+;/g, '');
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)];
  return found.map((match) => normalize(join(dirname(file), match[1] ?? '')));
}

const roots = /^lib\/(wire[\w-]*|block-sets|log-service)\.ts$/;

describe('the shape', () => {
  const pure = files.filter(
    (file) => /^lib\/(controls|net|iam|kinds)\//.test(file) || file === 'lib/decide.ts',
  );
  it.each(pure)('%s is pure: no providers, stores, channels or clock', (file) => {
    expect(
      importsOf(file).filter((one) => /^lib\/(providers|history|notify|wire|commands)/.test(one)),
    ).toEqual([]);
    expect(textOf.get(file)).not.toMatch(/new Date\(\)|Date\.now\(|Math\.random\(|process\.env|fetch\(/);
  });

  it('only composition roots and commands make providers and stores', () => {
    const wrong = files.flatMap((file) => {
      if (roots.test(file) || /^lib\/(commands|providers|history|sandbox|docs|handler|logs)/.test(file))
        return [];
      const made = valueImportsOf(file).filter((one) =>
        /^lib\/providers\/(aws|openstack|exoscale)\/|^lib\/history\/(sqlite|dynamodb)\.ts/.test(one),
      );
      return made.map((one) => `${file} imports ${one}`);
    });
    expect(wrong).toEqual([]);
  });

  it('only config reads the environment', () => {
    const reads = files.filter((file) => /process\.env/.test(textOf.get(file) ?? ''));
    expect(reads.filter((file) => !/^lib\/(config|policy\/environment|sandbox\/.*)\.ts$/.test(file))).toEqual(
      [],
    );
  });

  it('every client of the AWS SDK gives up on an answer in the end', () => {
    // Those that are made from the configuration of a place have its timeouts.
    const made = files
      .filter((file) => !file.startsWith('lib/sandbox/'))
      .flatMap((file) => {
        const found = (textOf.get(file) ?? '').matchAll(
          /new (?:sdk\.)?([A-Za-z0-9]+Client)\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)/g,
        );
        return [...found].map(([, name, config]) => ({ made: `${name} in ${file}`, config: config ?? '' }));
      });
    const waits = /requestHandler|\bconfig\b|#ownConfig|\bown\b|\.\.\.agent/;
    const other = /^(WebClient|ExoscaleClient|Client) /;
    expect(made.length).toBeGreaterThan(40);
    // A queue is asked for twenty seconds at a time.
    expect(longPollTimeouts.requestTimeout).toBeGreaterThan(25_000);
    expect(longPollTimeouts.socketTimeout).toBeGreaterThan(25_000);
    expect(textOf.get('lib/wire.ts')).toContain('requestHandler: longPollTimeouts');
    expect(made.filter((one) => !waits.test(one.config) && !other.test(one.made))).toEqual([]);
  });

  it('no two files import each other, however far around', () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (file: string, path: string[]) => {
      const at = path.indexOf(file);
      if (at >= 0) cycles.push([...path.slice(at), file].join(' → '));
      if (at >= 0 || done.has(file)) return;
      for (const next of valueImportsOf(file)) walk(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) walk(file, []);
    expect(cycles).toEqual([]);
  });
});
