/** What an access key's id says by itself. */

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * The account that an AWS key id was made in. Null for ids from before 2019, which do not hold it: their first bit is 0.
 * https://awsteele.com/blog/2020/09/26/aws-access-key-format.html
 */
export function accountOfKey(id: string): string | null {
  if (!/^A[SK]IA[A-Z2-7]{16}$/.test(id)) return null;
  let bits = 0n;
  for (const letter of id.slice(4, 14)) bits = (bits << 5n) | BigInt(base32.indexOf(letter));
  // 50 bits were read; the account is the 40 behind the first.
  if (bits >> 49n === 0n) return null;
  const account = (bits >> 9n) & ((1n << 40n) - 1n);
  return account > 999_999_999_999n ? null : String(account).padStart(12, '0');
}
