import { setTimeout as sleep } from 'node:timers/promises';
import type { BlockSet } from './logs/block-set.ts';
import type { Blocking } from './logs/blocking.ts';
import type { BlockTarget } from './logs/targets.ts';
import type { Policy } from './policy/schema.ts';
import type { History } from './ports.ts';
import { AwsProvider } from './providers/aws/aws.ts';
import type { Clients } from './providers/aws/clients.ts';
import { ipSetsOf, wafRegion } from './providers/aws/ip-set.ts';
import { ownAddresses } from './providers/aws/own-addresses.ts';
import { DenyFile } from './providers/host/deny-file.ts';
import { NftSet } from './providers/host/nft-set.ts';
import { version } from './version.ts';

/** The part of the composition root that knows where offenders are refused. */

export interface BlockTargets {
  sets: BlockSet[][];
  /** The account's own public addresses where the targets are. Throws where the cloud does not say. */
  ownAddresses(): Promise<string[]>;
}

export function blockTargets(policy: Policy, targets: readonly BlockTarget[]): BlockTargets {
  const clouds = new AwsPlaces(policy);
  const regions = new Set(targets.flatMap((one) => (one.provider === 'aws' ? [wafRegion(one)] : [])));
  return {
    sets: targets.map((target) => setsOf(target, clouds)),
    async ownAddresses() {
      const found = await Promise.all(
        [...regions].map(async (region) => ownAddresses(await clouds.ec2(region))),
      );
      return found.flat();
    },
  };
}

export function blockingOf(
  sets: readonly (readonly BlockSet[])[],
  history: History,
  owner: string,
): Blocking {
  return { settings: history, targets: sets, owner, sleep: (ms) => sleep(ms) };
}

function setsOf(target: BlockTarget, clouds: AwsPlaces): BlockSet[] {
  switch (target.provider) {
    case 'aws':
      return ipSetsOf(target, () => clouds.wafv2(wafRegion(target)));
    case 'nftables':
      return (['v4', 'v6'] as const).map((family) => new NftSet(target.table, family));
    case 'file':
      return (['v4', 'v6'] as const).map((family) => new DenyFile(target, family));
  }
}

/** Clients in the account that guards a region: the policy's, or that of the present credentials. */
class AwsPlaces {
  readonly #policy: Policy;
  readonly #known = new Map<string, Promise<{ clients: Clients; account: string }>>();

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  async wafv2(region: string) {
    const { clients, account } = await this.#in(region);
    return clients.get('wafv2', { account, region }, async (config) => {
      const { WAFV2Client } = await import('@aws-sdk/client-wafv2');
      return new WAFV2Client(config);
    });
  }

  async ec2(region: string) {
    const { clients, account } = await this.#in(region);
    return clients.get('ec2', { account, region }, async (config) => {
      const { EC2Client } = await import('@aws-sdk/client-ec2');
      return new EC2Client(config);
    });
  }

  #in(region: string) {
    const known = this.#known.get(region) ?? this.#find(region);
    this.#known.set(region, known);
    return known;
  }

  async #find(region: string): Promise<{ clients: Clients; account: string }> {
    const accounts = (this.#policy.accounts ?? []).filter((one) => one.provider === 'aws');
    const named = accounts.find((one) => one.regions.includes(region)) ?? accounts[0];
    if (!named) {
      // Without a role the account's name is only a key: no call is needed to learn it.
      const account = 'present';
      return { clients: new AwsProvider({ accounts: [{ account }], version }).clients, account };
    }
    const { id: account, role, externalId } = named;
    const one = { account, ...(role && { role }), ...(externalId && { externalId }) };
    return { clients: new AwsProvider({ accounts: [one], version }).clients, account };
  }
}
