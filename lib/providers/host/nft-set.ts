import { TerminalError } from '../../errors.ts';
import type { BlockSet } from '../../logs/block-set.ts';
import { canonicalCidr } from '../../logs/desired.ts';
import { networkOf } from '../../logs/networks.ts';
import { runCommand } from './command.ts';

/** As `nft -j list set` prints an element: bare, as a prefix, or with its timeout around it. */
type NftValue =
  | string
  | { prefix: { addr: string; len: number } }
  | { elem: { val: NftValue } }
  | { range: unknown };

/**
 * A set of this host's packet filter whose members are dropped before anything else looks at them. Each leaves by
 * itself when its time is over, also when we are not running any more. The table is ours and is made when missing.
 */
export class NftSet implements BlockSet {
  readonly key: string;
  readonly family: 'v4' | 'v6';
  readonly capacity = 65_536;
  readonly endsByItself = true;
  readonly #table: string;
  readonly #name: string;
  readonly #nft: readonly string[];
  #held: string[] = [];

  /** `nft`: the program, with what must stand before it to reach another network namespace. */
  constructor(table: string, family: 'v4' | 'v6', nft: readonly string[] = ['nft']) {
    this.key = `host/nftables/${table}/${family}`;
    this.family = family;
    this.#table = table;
    this.#name = `blocked${family === 'v4' ? 4 : 6}`;
    this.#nft = nft;
  }

  async read(): Promise<{ addresses: string[]; token: string }> {
    await this.#ensure();
    const printed = await runCommand([...this.#nft, '-j', 'list', 'set', 'inet', this.#table, this.#name]);
    const { nftables } = JSON.parse(printed) as { nftables: { set?: { elem?: NftValue[] } }[] };
    const elements = nftables.find((one) => one.set)?.set?.elem ?? [];
    this.#held = elements.map(addressOf).filter((one) => one !== null);
    return { addresses: this.#held, token: '' };
  }

  /** Only what differs is named, in one transaction: a member of somebody else is never touched. */
  async write(
    addresses: readonly string[],
    _token: string,
    lastsMs: (cidr: string) => number | null = () => null,
  ): Promise<boolean> {
    const before = new Set(this.#held.map(canonicalCidr));
    const after = new Set(addresses.map(canonicalCidr));
    const gone = [...before].filter((one) => !after.has(one));
    const fresh = [...after].filter((one) => !before.has(one));
    for (const cidr of fresh) this.#check(cidr);
    const commands = [
      ...gone.map((cidr) => `delete element inet ${this.#table} ${this.#name} { ${cidr} }`),
      ...fresh.map(
        (cidr) => `add element inet ${this.#table} ${this.#name} { ${cidr}${timeout(lastsMs(cidr))} }`,
      ),
    ];
    try {
      await runCommand([...this.#nft, '-f', '-'], commands.join('\n'));
      return true;
    } catch (error) {
      // It left by itself, or another hand took it, between the read and now.
      if (error instanceof TerminalError && /No such file|does not exist/.test(error.message)) return false;
      throw error;
    }
  }

  #check(cidr: string): void {
    const network = networkOf(cidr);
    const isRight = network && network.v6 === (this.family === 'v6') && network.prefix > 0;
    if (!isRight) throw new TerminalError(`${cidr} does not belong into ${this.key}`);
  }

  /** `add` leaves what exists as it is; the chain is made anew so that it holds each rule once. */
  async #ensure(): Promise<void> {
    const table = `inet ${this.#table}`;
    await runCommand(
      [...this.#nft, '-f', '-'],
      `add table ${table}
add set ${table} blocked4 { type ipv4_addr; flags interval, timeout; }
add set ${table} blocked6 { type ipv6_addr; flags interval, timeout; }
add chain ${table} input { type filter hook input priority -10; policy accept; }
flush chain ${table} input
add rule ${table} input ip saddr @blocked4 drop
add rule ${table} input ip6 saddr @blocked6 drop
`,
    );
  }
}

function timeout(lastsMs: number | null): string {
  return lastsMs === null ? '' : ` timeout ${Math.max(1, Math.ceil(lastsMs / 1000))}s`;
}

function addressOf(value: NftValue): string | null {
  if (typeof value === 'string') return value;
  if ('elem' in value) return addressOf(value.elem.val);
  // A range that is no prefix is nothing that we wrote.
  return 'prefix' in value ? `${value.prefix.addr}/${value.prefix.len}` : null;
}
