import type { BlockSet } from '../../lib/logs/block-set.ts';

/** A set of blocked addresses that nobody else writes. */
export class MemorySet implements BlockSet {
  readonly key = 'memory';
  readonly family = 'v4';
  readonly capacity = 100;
  addresses: string[] = [];
  async read() {
    return { addresses: [...this.addresses], token: '' };
  }
  async write(addresses: readonly string[]) {
    this.addresses = [...addresses];
    return true;
  }
}
