import type { IPSetSummary, WAFV2Client } from '@aws-sdk/client-wafv2';
import { TerminalError } from '../../errors.ts';
import type { BlockSet } from '../../logs/block-set.ts';
import { networkOf } from '../../logs/networks.ts';

/** https://docs.aws.amazon.com/waf/latest/developerguide/limits.html */
const capacity = 10_000;

export interface IpSetName {
  region: string;
  scope: 'REGIONAL' | 'CLOUDFRONT';
  name: string;
  family: 'v4' | 'v6';
}

/** An IP set of AWS WAF. CloudFront's are kept in us-east-1, wherever their name is read. */
export class IpSet implements BlockSet {
  readonly key: string;
  readonly family: 'v4' | 'v6';
  readonly capacity = capacity;
  readonly #of: IpSetName;
  readonly #client: () => Promise<WAFV2Client>;
  #found: IPSetSummary | null = null;

  constructor(of: IpSetName, client: () => Promise<WAFV2Client>) {
    this.key = `aws/${of.region}/${of.scope}/${of.name}`;
    this.family = of.family;
    this.#of = of;
    this.#client = client;
  }

  async read(): Promise<{ addresses: string[]; token: string }> {
    const { GetIPSetCommand } = await import('@aws-sdk/client-wafv2');
    const client = await this.#client();
    const { IPSet, LockToken } = await client.send(new GetIPSetCommand(await this.#names()));
    if (!IPSet?.Addresses || !LockToken)
      throw new TerminalError(`${this.key} was read without its addresses`);
    if ((IPSet.IPAddressVersion === 'IPV6') !== (this.family === 'v6')) {
      throw new TerminalError(`${this.key} holds ${IPSet.IPAddressVersion} and is named for ${this.family}`);
    }
    return { addresses: IPSet.Addresses, token: LockToken };
  }

  async write(addresses: readonly string[], token: string): Promise<boolean> {
    this.#check(addresses);
    const { UpdateIPSetCommand, WAFOptimisticLockException } = await import('@aws-sdk/client-wafv2');
    const client = await this.#client();
    try {
      const content = { Addresses: [...addresses], LockToken: token };
      await client.send(new UpdateIPSetCommand({ ...(await this.#names()), ...content }));
      return true;
    } catch (error) {
      // Somebody wrote since the token was given; they must not be overwritten.
      if (error instanceof WAFOptimisticLockException) return false;
      throw error;
    }
  }

  /** Some servers take what the real one refuses, and nothing is worse than a set that blocks the world. */
  #check(addresses: readonly string[]): void {
    if (addresses.length > capacity)
      throw new TerminalError(`${this.key} cannot hold ${addresses.length} addresses`);
    for (const address of addresses) {
      const network = networkOf(address);
      const isRight = network && network.v6 === (this.family === 'v6') && network.prefix > 0;
      if (!isRight) throw new TerminalError(`${address} does not belong into ${this.key}`);
    }
  }

  /** Null where there is no such set. */
  async summary(): Promise<IPSetSummary | null> {
    this.#found ??= await this.#find();
    return this.#found;
  }

  async #names(): Promise<{ Name: string; Scope: 'REGIONAL' | 'CLOUDFRONT'; Id: string }> {
    const { name, scope, region } = this.#of;
    const id = (await this.summary())?.Id;
    if (id === undefined) throw new TerminalError(`there is no IP set ${name} (${scope}) in ${region}`);
    return { Name: name, Scope: scope, Id: id };
  }

  async #find(): Promise<IPSetSummary | null> {
    const { ListIPSetsCommand } = await import('@aws-sdk/client-wafv2');
    const client = await this.#client();
    let NextMarker: string | undefined;
    do {
      const page = await client.send(
        new ListIPSetsCommand({ Scope: this.#of.scope, Limit: 100, ...(NextMarker && { NextMarker }) }),
      );
      const found = page.IPSets?.find((one) => one.Name === this.#of.name);
      if (found) return found;
      NextMarker = page.NextMarker;
    } while (NextMarker);
    return null;
  }
}

/** The sets that a target of the policy file names. */
export function ipSetsOf(
  {
    region,
    scope,
    ipSets,
  }: Omit<IpSetName, 'name' | 'family'> & { ipSets: { ipv4: string[]; ipv6: string[] } },
  client: () => Promise<WAFV2Client>,
): IpSet[] {
  const named = (family: 'v4' | 'v6') => (name: string) => new IpSet({ region, scope, name, family }, client);
  return [...ipSets.ipv4.map(named('v4')), ...ipSets.ipv6.map(named('v6'))];
}

/** Where the API of a scope is called: CloudFront's resources live in one region. */
export function wafRegion({ region, scope }: Pick<IpSetName, 'region' | 'scope'>): string {
  return scope === 'CLOUDFRONT' ? 'us-east-1' : region;
}

/** The calls of this file. */
export const calls = { read: ['wafv2:ListIPSets', 'wafv2:GetIPSet'], write: ['wafv2:UpdateIPSet'] } as const;
