/**
 * How far something reaches: `anyone` on the internet or with any AWS account, `limited` to known callers, or
 * `unclear` where a person must look.
 */
export type Reach = 'anyone' | 'unclear' | 'limited';

/**
 * `to`: the callers in words. `outsiders`: named accounts and organizations that nobody declared trusted.
 * `ours`: only our own or trusted callers, which keeps every outsider out.
 */
export interface Limit {
  reach: Reach;
  to: string;
  outsiders: string[];
  ours?: true;
}

/** Who counts as ours. `services`: whether an AWS service may be sent by strangers (a confused deputy). */
export interface Trust {
  /** The account that owns the policy. */
  account: string;
  trustedAccounts: readonly string[];
  trustedOrganizations: readonly string[];
  /** CIDRs that are ours. */
  trusted: readonly string[];
  services: 'trusted' | 'unclear';
}

const order: readonly Reach[] = ['limited', 'unclear', 'anyone'];

/** Any of these lets a caller in. */
export function widest(limits: readonly Limit[], nobody: string): Limit {
  const outsiders = [...new Set(limits.flatMap((limit) => limit.outsiders))];
  const [first, ...rest] = limits;
  if (!first) return { reach: 'limited', to: nobody, outsiders: [] };
  const top = rest.reduce((a, b) => (order.indexOf(b.reach) > order.indexOf(a.reach) ? b : a), first);
  const peers = [...new Set(limits.filter((l) => l.reach === top.reach).map((l) => l.to))];
  const shown =
    peers.length > 3 ? `${peers.slice(0, 3).join(', ')} and ${peers.length - 3} more` : peers.join(', ');
  const allOurs = limits.every((limit) => limit.ours);
  return { reach: top.reach, to: shown, outsiders, ...(allOurs && { ours: true as const }) };
}

/** All of these must let a caller in. */
export function narrowest(limits: readonly Limit[]): Limit | null {
  const [first, ...rest] = limits;
  if (!first) return null;
  const low = rest.reduce((a, b) => (order.indexOf(b.reach) < order.indexOf(a.reach) ? b : a), first);
  const closing = limits.filter((limit) => limit.reach === 'limited');
  const ours = closing.find((limit) => limit.ours);
  if (ours || !closing[0]) return ours ?? low;
  // A network or an address says nothing of whose it is: the named outsiders stay outsiders.
  const named = closing.map((limit) => limit.outsiders).filter((outsiders) => outsiders.length > 0);
  const fewest = named.toSorted((a, b) => a.length - b.length)[0];
  return { ...closing[0], outsiders: fewest ?? [] };
}

export function anyone(to: string): Limit {
  return { reach: 'anyone', to, outsiders: [] };
}

export function unclear(to: string): Limit {
  return { reach: 'unclear', to, outsiders: [] };
}

export function limited(to: string, outsiders: string[] = []): Limit {
  return { reach: 'limited', to, outsiders };
}

export function ours(to: string): Limit {
  return { reach: 'limited', to, outsiders: [], ours: true };
}

export function accountLimit(account: string, trust: Trust): Limit {
  if (account === trust.account) return ours('its own account');
  if (trust.trustedAccounts.includes(account)) return ours(`the trusted account ${account}`);
  return limited(`account ${account}`, [account]);
}
