/** OpenStack's tags are plain words; `env=dev` is how people write a key and a value. */
export function tagsOf(words: readonly string[]): { [key: string]: string } {
  const tags = words.map((word) => {
    const at = word.indexOf('=');
    return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
  });
  return Object.fromEntries(tags);
}
