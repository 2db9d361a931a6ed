import { TerminalError } from '../errors.ts';
import { parseV4, parseV6 } from './address.ts';

export interface Network {
  v6: boolean;
  bits: bigint;
  prefix: number;
  text: string;
}

/** A list of CIDRs (or single addresses) that can be asked whether it touches an address or a prefix. */
export class Networks {
  readonly #networks: readonly Network[];

  /** Throws TerminalError for what is no address and no CIDR. */
  constructor(cidrs: readonly string[]) {
    this.#networks = cidrs.map((text) => {
      const network = networkOf(text);
      if (!network) throw new TerminalError(`"${text}" is neither an address nor a CIDR`);
      return network;
    });
  }

  get isEmpty(): boolean {
    return this.#networks.length === 0;
  }

  /** The first network that shares an address with this one, or null. */
  touching(text: string): string | null {
    if (this.#networks.length === 0) return null;
    const asked = networkOf(text);
    return asked ? (this.#networks.find((one) => overlap(one, asked))?.text ?? null) : null;
  }

  has(text: string): boolean {
    return this.touching(text) !== null;
  }
}

function overlap(a: Network, b: Network): boolean {
  if (a.v6 !== b.v6) return false;
  const shift = BigInt((a.v6 ? 128 : 32) - Math.min(a.prefix, b.prefix));
  return a.bits >> shift === b.bits >> shift;
}

/** Reads an address or a CIDR; v4-mapped v6 is its v4. */
export function networkOf(text: string): Network | null {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const length = slash < 0 ? null : text.slice(slash + 1);
  if (length !== null && !/^\d{1,3}$/.test(length)) return null;
  const v4 = parseV4(address);
  if (v4 >= 0) return network(false, BigInt(v4), length === null ? 32 : Number(length), text);
  const groups = parseV6(address);
  if (!groups) return null;
  const bits = groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
  const prefix = length === null ? 128 : Number(length);
  if (bits >> 32n === 0xffffn && prefix >= 96) return network(false, bits & 0xffffffffn, prefix - 96, text);
  return network(true, bits, prefix, text);
}

function network(v6: boolean, bits: bigint, prefix: number, text: string): Network | null {
  return prefix <= (v6 ? 128 : 32) ? { v6, bits, prefix, text } : null;
}
