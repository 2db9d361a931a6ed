/**
 * Addresses as the loops count them: a v4 address by itself (v4-mapped v6 folded into it), a v6 address by its
 * /64, because one v6 host owns at least that many. Two unsigned 32-bit halves, so that a million of them fit
 * into flat arrays.
 */
export interface ClientKey {
  hi: number;
  lo: number;
}

/** No v6 client has this prefix (it is multicast space), so it marks v4. */
const v4Mark = 0xffffffff;

/** The client behind an address as logs write it: bare, bracketed, with a zone. Null where it is none. */
export function clientKey(text: string): ClientKey | null {
  const v4 = parseV4(text);
  if (v4 >= 0) return { hi: v4Mark, lo: v4 };
  const groups = parseV6(text);
  if (!groups) return null;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const mapped = (a | b | c | d | e) === 0 && f === 0xffff;
  if (mapped) return { hi: v4Mark, lo: ((g << 16) | h) >>> 0 };
  return { hi: ((a << 16) | b) >>> 0, lo: ((c << 16) | d) >>> 0 };
}

/** `203.0.113.9` or `2001:db8:0:1::/64`. */
export function clientText({ hi, lo }: ClientKey): string {
  if (hi === v4Mark) return `${lo >>> 24}.${(lo >>> 16) & 255}.${(lo >>> 8) & 255}.${lo & 255}`;
  const groups = [hi >>> 16, hi & 0xffff, lo >>> 16, lo & 0xffff];
  // Exactly one run of zeros may be folded, and the host half is the one that is always zero.
  while (groups.length > 0 && groups.at(-1) === 0) groups.pop();
  return `${groups.map((group) => group.toString(16)).join(':')}::/64`;
}

/** The v4 /24 or v6 /56 around a client, as `canonicalCidr` spells it. */
export function neighbourhoodOf({ hi, lo }: ClientKey): string {
  if (hi === v4Mark) return `${lo >>> 24}.${(lo >>> 16) & 255}.${(lo >>> 8) & 255}.0/24`;
  return clientText({ hi, lo: (lo & 0xffffff00) >>> 0 }).replace('/64', '/56');
}

/** An unsigned 32-bit number, or -1. Leading zeros are refused: some programs read them as octal. */
export function parseV4(text: string): number {
  if (text.length < 7 || text.length > 15) return -1;
  let address = 0;
  let part = -1;
  let dots = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 46) {
      if (part < 0 || ++dots > 3) return -1;
      address = address * 256 + part;
      part = -1;
      continue;
    }
    if (code < 48 || code > 57 || part === 0) return -1;
    part = (part < 0 ? 0 : part * 10) + code - 48;
    if (part > 255) return -1;
  }
  return dots === 3 && part >= 0 ? address * 256 + part : -1;
}

/** Eight 16-bit groups, or null. */
export function parseV6(text: string): number[] | null {
  let bare = text;
  if (bare.startsWith('[')) {
    if (!bare.endsWith(']')) return null;
    bare = bare.slice(1, -1);
  }
  const zone = bare.indexOf('%');
  if (zone >= 0) bare = bare.slice(0, zone);
  if (bare.length < 2 || bare.length > 45 || !bare.includes(':')) return null;
  const halves = bare.split('::');
  if (halves.length > 2) return null;
  const head = groupsOf(halves[0] ?? '', halves.length === 1);
  if (!head) return null;
  if (halves.length === 1) return head.length === 8 ? head : null;
  const tail = groupsOf(halves[1] ?? '', true);
  if (!tail || head.length + tail.length > 7) return null;
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function groupsOf(text: string, mayEndInV4: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const pieces = text.split(':');
  for (const [index, piece] of pieces.entries()) {
    if (mayEndInV4 && index === pieces.length - 1 && piece.includes('.')) {
      const v4 = parseV4(piece);
      if (v4 < 0) return null;
      groups.push(v4 >>> 16, v4 & 0xffff);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(piece)) return null;
      groups.push(Number.parseInt(piece, 16));
    }
  }
  return groups;
}
