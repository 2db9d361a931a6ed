/** One sentence of several: each part without its own full stop, joined by semicolons. Empty parts fall out. */
export function sentence(...parts: readonly string[]): string {
  const bare = parts.map((part) => part.trim().replace(/\.$/, '')).filter((part) => part !== '');
  return bare.length === 0 ? '' : `${bare.join('; ')}.`;
}
