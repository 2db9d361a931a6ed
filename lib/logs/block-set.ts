/**
 * A list that refuses whoever is in it: an IP set of a web application firewall, a set of a host's packet filter.
 * Others write to it too.
 */
export interface BlockSet {
  /** `aws/eu-central-1/REGIONAL/NAME`; names it in the memory of what we blocked. */
  readonly key: string;
  readonly family: 'v4' | 'v6';
  readonly capacity: number;
  /** Entries leave when their time is over, and all of them with a restart of the host. */
  readonly endsByItself?: boolean;
  /** Makes sure that whoever it holds is refused, where something else than the set decides that. */
  assure?(): Promise<void>;
  /** What it holds now, as CIDRs, and a token of this version. */
  read(): Promise<{ addresses: string[]; token: string }>;
  /**
   * Replaces the content; false when somebody wrote since the read that gave the token. `lastsMs` says how long an
   * entry of ours lasts, for sets that end entries by themselves.
   */
  write(
    addresses: readonly string[],
    token: string,
    lastsMs?: (cidr: string) => number | null,
  ): Promise<boolean>;
}

/** What we know of somebody we blocked. */
export interface Blocked {
  /** An address or a prefix. */
  client: string;
  untilMs: number;
  /** How often, this block included. */
  times: number;
  /** The newest record that led to a block: what is not newer leads to no other one. */
  evidenceMs: number;
  /** Larger is worse: who stays when there is no room for all. */
  weight: number;
  /** Keys of the sets into which we put it. */
  sets: string[];
  /** Keys of the sets into which we were about to put it: noted before the write, settled by the next read. */
  pending: string[];
  /** The network in whose entry it is contained now. */
  within?: string;
  /** What it did, in a sentence. */
  why?: string;
  /** When and by which loop it was blocked last. */
  blockedMs?: number;
  loop?: string;
  /** Why a person must say so before it is put into any set. */
  ask?: string;
  /** A person let it go. */
  unblocked?: true;
}

/** Whether its time is not over and nobody let it go. */
export function isWanted({ untilMs, unblocked }: Blocked, nowMs: number): boolean {
  return untilMs > nowMs && !unblocked;
}

/** Whether it is to stand in a set: wanted, and no person needs to say so first. */
export function isInForce(one: Blocked, nowMs: number): boolean {
  return isWanted(one, nowMs) && !one.ask;
}
