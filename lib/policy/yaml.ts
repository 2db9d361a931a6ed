import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
} from 'yaml';
import { type Problem, tellPath } from './problems.ts';
import { namesSecret, secretsIn } from './secrets.ts';

const bytesMax = 1024 * 1024;
const levelsMax = 20;

/** A YAML text as a value that still knows where each part stands. */
export interface Source {
  value: unknown;
  problemAt(path: readonly PropertyKey[], message: string, key?: string): Problem;
}

export function readYaml(text: string, file: string): { source: Source | null; problems: Problem[] } {
  const lines = new LineCounter();
  const at = (offset: number, path: readonly PropertyKey[], message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col), path: tellPath(path), message };
  };
  if (Buffer.byteLength(text) > bytesMax) {
    return { source: null, problems: [at(0, [], `the file is larger than ${bytesMax / 1024} KiB`)] };
  }
  // The YAML parser descends by recursion: refuse what would exhaust the stack before it begins.
  const opened = deepest(text);
  if (opened > levelsMax * 5) return { source: null, problems: [at(0, [], 'nested too deeply')] };

  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const document = Array.isArray(documents) ? documents[0] : undefined;
  const secrets = secretsIn(text).map(({ offset, what }) =>
    at(offset, [], `${what} stands here: ${keepOut}`),
  );
  if (!document)
    return { source: { value: null, problemAt: (path, message) => at(0, path, message) }, problems: secrets };
  const problems = [...document.errors, ...document.warnings].map((one) => at(one.pos[0], [], one.message));
  const second = documents[1];
  if (second) problems.push(at(second.range[0], [], 'expected one document, found a second'));
  problems.push(...secrets, ...forbidden(document, at));
  if (problems.length > 0) return { source: null, problems };
  return { source: { value: document.toJS(), problemAt: locator(document, at) }, problems };
}

type At = (offset: number, path: readonly PropertyKey[], message: string) => Problem;
const keepOut = 'secrets belong into the environment, never into this file';

/** Aliases (a few lines of which can stand for gigabytes), keys that are no text, and names of secrets. */
function forbidden(document: Document.Parsed, at: At): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Node(_, node, ancestors) {
      const offset = node.range?.[0] ?? 0;
      if (isAlias(node)) problems.push(at(offset, [], 'aliases (*name) are not allowed'));
      if (ancestors.length > levelsMax * 2) {
        problems.push(at(offset, [], 'nested too deeply'));
        return visit.SKIP;
      }
      return undefined;
    },
    Pair(_, { key, value }) {
      const offset = (isNode(key) ? key.range?.[0] : 0) ?? 0;
      if (!isScalar(key) || key.value === null || typeof key.value === 'object') {
        problems.push(at(offset, [], 'expected a name before the colon'));
      } else if (key.value === '__proto__') {
        problems.push(at(offset, [], 'unknown key __proto__'));
      } else if (namesSecret(String(key.value)) && isScalar(value) && value.value !== null) {
        problems.push(at(offset, [], `"${key.value}" names a secret: ${keepOut}`));
      }
    },
  });
  return problems;
}

/** The place of a path: of its value, of one of its keys, or of the nearest that is there. */
function locator(document: Document.Parsed, at: At): Source['problemAt'] {
  return (path, message, key) => {
    let node: unknown = document.contents;
    let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    const steps = key === undefined ? path : [...path, key];
    for (const [index, step] of steps.entries()) {
      const isKey = key !== undefined && index === path.length;
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
        if (!pair) break;
        const target = isKey || !isNode(pair.value) ? pair.key : pair.value;
        offset = (isNode(target) ? target.range?.[0] : undefined) ?? offset;
        node = pair.value;
      } else if (isSeq(node) && typeof step === 'number') {
        node = node.items[step];
        if (isNode(node)) offset = node.range?.[0] ?? offset;
      } else break;
    }
    return at(offset, path, message);
  };
}

/** An upper bound of the nesting: open brackets, and steps of indentation or dashes in one line. */
function deepest(text: string): number {
  let brackets = 0;
  let most = 0;
  for (const line of text.split('\n')) {
    if (/^\s*#/.test(line)) continue;
    const dashes = /^[\s?-]*/.exec(line)?.[0].replace(/\s/g, '').length ?? 0;
    for (const char of line) {
      if (char === '[' || char === '{') brackets++;
      else if ((char === ']' || char === '}') && brackets > 0) brackets--;
      if (brackets + dashes > most) most = brackets + dashes;
    }
  }
  return most;
}
