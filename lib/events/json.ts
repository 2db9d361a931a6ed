/** Reading values that others wrote: nothing here throws, whatever the value. */

export type Fields = { [key: string]: unknown };

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own field, its first letter in either case (`groupId` in flat events, `GroupId` in nested ones). */
export function field(value: unknown, name: string): unknown {
  if (!isFields(value)) return undefined;
  // Most that are asked for are not there, and looking so is cheaper than asking whether they are.
  const found = value[name];
  if (found !== undefined && Object.hasOwn(value, name)) return found;
  const other = otherSpelling(name);
  const spelled = value[other];
  return spelled !== undefined && Object.hasOwn(value, other) ? spelled : undefined;
}

/** Names that our own code asks for are few, and asked for in every record. */
const spellings = new Map<string, string>();

function otherSpelling(name: string): string {
  const known = spellings.get(name);
  if (known !== undefined) return known;
  const first = name.charAt(0);
  const other = (first === first.toUpperCase() ? first.toLowerCase() : first.toUpperCase()) + name.slice(1);
  if (spellings.size < 2_000) spellings.set(name, other);
  return other;
}

/** The field as a text with something in it, or null. */
export function text(value: unknown, name: string): string | null {
  const found = field(value, name);
  return typeof found === 'string' && found !== '' ? found : null;
}

/**
 * Every string at the end of a dotted path. Lists on the way are walked through, also in AWS's spellings
 * `{items: […]}` and `{item: […]}`, and a single object stands for a list of one.
 */
export function collect(value: unknown, path: string): string[] {
  let layer: unknown[] = [value];
  for (const name of path.split('.')) layer = layer.flatMap(elements).map((one) => field(one, name));
  return layer.flatMap(elements).filter((one) => typeof one === 'string');
}

/** The elements of a list, also in AWS's spellings; a single value is a list of one. */
export function elements(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap((one) => (Array.isArray(one) ? [] : elements(one)));
  const items = field(value, 'items') ?? field(value, 'item');
  if (items !== undefined) return Array.isArray(items) ? items : [items];
  return value === undefined ? [] : [value];
}

/** The value without what lies deeper than `levels`. */
export function cut(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return '…';
  if (Array.isArray(value)) return value.map((one) => cut(one, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, cut(one, levels - 1)]));
}

export function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  // Every value of every event comes by here: no list is made of what an object holds.
  for (const key in value) if (deeperThan((value as Fields)[key], levels - 1)) return true;
  return false;
}

/** The JSON value in a text, or undefined. */
export function parsed(content: unknown): unknown {
  if (typeof content !== 'string') return undefined;
  try {
    return JSON.parse(content);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
