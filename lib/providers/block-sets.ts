import type { WAFV2Client } from '@aws-sdk/client-wafv2';
import type { BlockSet } from '../logs/block-set.ts';
import type { BlockTarget } from '../logs/targets.ts';
import { ipSetsOf, wafRegion } from './aws/ip-set.ts';
import { DenyFile } from './host/deny-file.ts';
import { NftSet } from './host/nft-set.ts';

/** The sets of a target of the policy file. `wafClient` is asked for a region, and only when a set is used. */
export function blockSetsOf(
  target: BlockTarget,
  wafClient: (region: string) => Promise<WAFV2Client>,
): BlockSet[] {
  switch (target.provider) {
    case 'aws':
      return ipSetsOf(target, () => wafClient(wafRegion(target)));
    case 'nftables':
      return (['v4', 'v6'] as const).map((family) => new NftSet(target.table, family));
    case 'file':
      return (['v4', 'v6'] as const).map((family) => new DenyFile(target, family));
  }
}
