import { blockSwitches, type PublicAccessBlock } from '../../kinds/bucket.ts';
import type { Json } from '../../model.ts';

/** As the SDKs of S3 and S3 Control say it. */
export interface BlockConfiguration {
  BlockPublicAcls?: boolean | undefined;
  IgnorePublicAcls?: boolean | undefined;
  BlockPublicPolicy?: boolean | undefined;
  RestrictPublicBuckets?: boolean | undefined;
}

export const noBlock: PublicAccessBlock = {
  blockPublicAcls: null,
  ignorePublicAcls: null,
  blockPublicPolicy: null,
  restrictPublicBuckets: null,
};

export function blockOf(said: BlockConfiguration): PublicAccessBlock {
  return {
    blockPublicAcls: said.BlockPublicAcls ?? false,
    ignorePublicAcls: said.IgnorePublicAcls ?? false,
    blockPublicPolicy: said.BlockPublicPolicy ?? false,
    restrictPublicBuckets: said.RestrictPublicBuckets ?? false,
  };
}

/** The configuration with one switch set; null when that leaves none at all, as it was before the first. */
export function withSwitch(block: PublicAccessBlock, name: string, to: Json): BlockConfiguration | null {
  const next = { ...block, [name]: to };
  if (to === null && blockSwitches.every((one) => !next[one])) return null;
  return {
    BlockPublicAcls: next.blockPublicAcls ?? false,
    IgnorePublicAcls: next.ignorePublicAcls ?? false,
    BlockPublicPolicy: next.blockPublicPolicy ?? false,
    RestrictPublicBuckets: next.restrictPublicBuckets ?? false,
  };
}

export function isSwitch(name: string): boolean {
  return blockSwitches.some((one) => one === name);
}
