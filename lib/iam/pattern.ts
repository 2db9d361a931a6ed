/**
 * IAM patterns: `*` is any text, `?` any one character. All linear or quadratic in their lengths: a policy is
 * written by whoever can write to the account, so no pattern may make us think for minutes.
 */

/** Does the pattern match this text? Greedy with one step back, so `*a*a*a*` costs no more than its length. */
export function matches(pattern: string, text: string): boolean {
  return covers(pattern, text, false);
}

/**
 * Is everything that `narrow` matches also matched by `wide`? Never true by mistake; rarely false by mistake
 * (where only several wildcards together cover), which leaves the more public answer.
 */
export function patternCovers(wide: string, narrow: string): boolean {
  return covers(wide, narrow, true);
}

function covers(wide: string, narrow: string, narrowIsPattern: boolean): boolean {
  let w = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < narrow.length) {
    const wanted = wide[w];
    const found = narrow[n];
    // A star in the narrow pattern may be long: only a star in the wide one swallows it.
    const single = wanted === '?' && !(narrowIsPattern && found === '*');
    const literal = wanted === found && wanted !== '*' && !(narrowIsPattern && found === '*');
    if (wanted !== undefined && wanted !== '*' && (single || literal)) {
      w++;
      n++;
    } else if (wanted === '*') {
      star = w++;
      resume = n;
    } else if (star >= 0) {
      w = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (wide[w] === '*') w++;
  return w === wide.length;
}

/** Can any text match both? */
export function patternsMeet(a: string, b: string): boolean {
  let row = new Array<boolean>(b.length + 1).fill(false);
  row[0] = true;
  for (let j = 1; j <= b.length; j++) row[j] = b[j - 1] === '*' && (row[j - 1] ?? false);
  for (let i = 1; i <= a.length; i++) {
    const next = new Array<boolean>(b.length + 1).fill(false);
    next[0] = a[i - 1] === '*' && (row[0] ?? false);
    for (let j = 1; j <= b.length; j++) {
      const x = a[i - 1];
      const y = b[j - 1];
      if (x === '*' || y === '*') next[j] = (row[j] ?? false) || (next[j - 1] ?? false);
      else next[j] = (x === y || x === '?' || y === '?') && (row[j - 1] ?? false);
    }
    row = next;
  }
  return row[b.length] ?? false;
}

/** Only wildcards: says nothing. */
export function matchesAnything(pattern: string): boolean {
  return pattern.includes('*') && /^[*?]*$/.test(pattern);
}

export function hasWildcard(pattern: string): boolean {
  return /[*?]/.test(pattern);
}
