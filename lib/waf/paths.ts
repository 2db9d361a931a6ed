/**
 * A path as a server would understand it: decoded (twice, as sloppy programs do), without empty and dot segments
 * and `;parameters`, in small letters. So `/%6cogin`, `//login/` and `/x/../login;a=b` are all `/login`.
 */
export function plainPath(path: string): string {
  if (isPlain(path)) return path;
  const segments: string[] = [];
  for (const segment of decoded(decoded(path)).toLowerCase().split(/[/\\]/)) {
    const name = segment.split(';')[0] ?? '';
    if (name === '..') segments.pop();
    else if (name !== '' && name !== '.') segments.push(name);
  }
  return `/${segments.join('/')}`;
}

/** Small letters, digits, `-`, `_` and dots within a name: nothing to undo. */
function isPlain(path: string): boolean {
  return /^(?:\/[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)+$/.test(path);
}

/** `%41` is A; what is no escape stays. */
export function decoded(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Whether a path is one of these, or below one that ends in `/`; `*` stands for any text. */
export function pathMatcher(patterns: readonly string[]): (path: string) => boolean {
  const exact = new Set<string>();
  const under: string[] = [];
  const globs: RegExp[] = [];
  for (const pattern of patterns) {
    if (pattern.includes('*')) globs.push(globOf(pattern));
    else if (pattern.length > 1 && pattern.endsWith('/')) under.push(pattern.toLowerCase());
    else exact.add(pattern.toLowerCase());
  }
  return (path) => {
    const plain = plainPath(path);
    if (exact.has(plain)) return true;
    return under.some((one) => `${plain}/`.startsWith(one)) || globs.some((glob) => glob.test(plain));
  };
}

function globOf(pattern: string): RegExp {
  const parts = pattern
    .toLowerCase()
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
