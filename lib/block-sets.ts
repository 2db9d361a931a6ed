import { setTimeout as sleep } from 'node:timers/promises';
import type { WAFV2Client } from '@aws-sdk/client-wafv2';
import { BlockRecord } from './logs/block-record.ts';
import type { BlockSet } from './logs/block-set.ts';
import type { Blocking } from './logs/blocking.ts';
import type { BlockTarget } from './logs/targets.ts';
import type { Policy } from './policy/schema.ts';
import type { History } from './ports.ts';
import { AwsProvider } from './providers/aws/aws.ts';
import type { Clients } from './providers/aws/clients.ts';
import { endLists } from './providers/aws/endless-list.ts';
import { furtherSets } from './providers/aws/further-set.ts';
import { ipSetsOf, wafRegion } from './providers/aws/ip-set.ts';
import { ownAddresses } from './providers/aws/own-addresses.ts';
import { WebAcl } from './providers/aws/web-acl.ts';
import { DenyFile } from './providers/host/deny-file.ts';
import { NftSet } from './providers/host/nft-set.ts';
import { version } from './version.ts';

/** The part of the composition root that knows where offenders are refused. */

export interface BlockTargets {
  sets: BlockSet[][];
  /** The account's own public addresses: everywhere that is guarded, and where the targets are. Throws where the cloud does not say. */
  ownAddresses(): Promise<string[]>;
}

export function blockTargets(policy: Policy, targets: readonly BlockTarget[]): BlockTargets {
  const clouds = new AwsPlaces(policy);
  const regions = new Set(targets.flatMap((one) => (one.provider === 'aws' ? [wafRegion(one)] : [])));
  return {
    sets: targets.map((target) => setsOf(target, clouds)),
    async ownAddresses() {
      const found = await Promise.all(clouds.ec2(regions).map(async (client) => ownAddresses(await client)));
      return found.flat();
    },
  };
}

export function blockingOf(
  sets: readonly (readonly BlockSet[])[],
  history: History,
  owner: string,
  newId: () => string,
): Blocking {
  const record = new BlockRecord(history, newId);
  return { settings: history, targets: sets, owner, sleep: (ms) => sleep(ms), record };
}

/** The web ACLs that may hold rules of ours. */
export function webAcls(policy: Policy): WebAcl[] {
  const clouds = new AwsPlaces(policy);
  return policy.loops.waf.targets.flatMap((target) => {
    if (target.provider !== 'aws' || target.webAcl === undefined) return [];
    const client = () => clouds.wafv2(wafRegion(target));
    return [webAclOf({ ...target, webAcl: target.webAcl }, client)];
  });
}

function webAclOf(
  { region, scope, webAcl, wcuBudget }: Extract<BlockTarget, { provider: 'aws' }> & { webAcl: string },
  client: () => Promise<WAFV2Client>,
): WebAcl {
  return new WebAcl({ region, scope, name: webAcl, wcuBudget }, client, (ms) => sleep(ms));
}

/** The targets of every loop. */
export function everyTarget(policy: Policy): BlockTarget[] {
  const targets = [...policy.loops.waf.targets, ...policy.loops.ssh.targets];
  return [...new Map(targets.map((one) => [JSON.stringify(one), one])).values()];
}

function setsOf(target: BlockTarget, clouds: AwsPlaces): BlockSet[] {
  switch (target.provider) {
    case 'aws': {
      const client = () => clouds.wafv2(wafRegion(target));
      const { webAcl, furtherSets: count } = target;
      const named = ipSetsOf(target, client);
      if (webAcl === undefined) return named;
      return [
        ...named,
        ...furtherSets({ ...target, webAcl, count }, client, webAclOf({ ...target, webAcl }, client)),
      ];
    }
    case 'nftables':
      return (['v4', 'v6'] as const).map((family) => new NftSet(target.table, family));
    case 'file':
      return (['v4', 'v6'] as const).map((family) => new DenyFile(target, family));
  }
}

/** Clients in the accounts of the policy; without any, in that of the present credentials. */
class AwsPlaces {
  readonly #accounts: readonly AwsAccountPolicy[];
  readonly #clients = new Map<string, Clients>();

  constructor(policy: Policy) {
    this.#accounts = (policy.accounts ?? []).filter((one) => one.provider === 'aws');
  }

  /** In the account that guards the region. */
  wafv2(region: string) {
    const account = this.#accounts.find((one) => one.regions.includes(region)) ?? this.#accounts[0] ?? null;
    return this.#in(account).get('wafv2', { account: idOf(account), region }, async (config) => {
      const { WAFV2Client } = await import('@aws-sdk/client-wafv2');
      const client = new WAFV2Client(config);
      endLists(client);
      return client;
    });
  }

  /** In every account and region that is guarded, and where `regions` are. */
  ec2(regions: Iterable<string>) {
    const guarded = this.#accounts.flatMap((account) =>
      account.regions.map((region) => ({ account, region })),
    );
    const known = new Set(guarded.map((one) => one.region));
    const account = this.#accounts[0] ?? null;
    const more = [...regions].filter((region) => !known.has(region)).map((region) => ({ account, region }));
    return [...guarded, ...more].map(({ account, region }) =>
      this.#in(account).get('ec2', { account: idOf(account), region }, async (config) => {
        const { EC2Client } = await import('@aws-sdk/client-ec2');
        const client = new EC2Client(config);
        endLists(client);
        return client;
      }),
    );
  }

  #in(account: AwsAccountPolicy | null): Clients {
    const id = idOf(account);
    const { role, externalId } = account ?? {};
    const one = { account: id, ...(role && { role }), ...(externalId && { externalId }) };
    const known = this.#clients.get(id) ?? new AwsProvider({ accounts: [one], version }).clients;
    this.#clients.set(id, known);
    return known;
  }
}

type AwsAccountPolicy = Extract<NonNullable<Policy['accounts']>[number], { provider: 'aws' }>;

/** Without a role the account's name is only a key: no call is needed to learn it. */
function idOf(account: AwsAccountPolicy | null): string {
  return account?.id ?? 'present';
}
