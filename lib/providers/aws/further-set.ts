import type { WAFV2Client } from '@aws-sdk/client-wafv2';
import type { BlockSet } from '../../logs/block-set.ts';
import { IpSet, type IpSetName } from './ip-set.ts';

/** Where such a set is refused. False where there is no capacity for one more. */
export interface Refusing {
  refuse(setArn: string): Promise<boolean>;
}

/**
 * An IP set that is made when somebody must be put into it: until then it is empty. It is put into the web ACL's
 * rule while it is empty still, so that after a crash in between it holds nobody who is not refused.
 */
export class FurtherSet implements BlockSet {
  readonly key: string;
  readonly family: 'v4' | 'v6';
  readonly #of: IpSetName;
  readonly #client: () => Promise<WAFV2Client>;
  readonly #refusing: Refusing;
  readonly #set: IpSet;
  #hasRoom = true;

  constructor(of: IpSetName, client: () => Promise<WAFV2Client>, refusing: Refusing) {
    this.#of = of;
    this.#client = client;
    this.#refusing = refusing;
    this.#set = new IpSet(of, client);
    this.key = this.#set.key;
    this.family = of.family;
  }

  /** None once the web ACL turned out to have no capacity for it. */
  get capacity(): number {
    return this.#hasRoom ? this.#set.capacity : 0;
  }

  /** Somebody may have taken it out of the rule, and capacity may have become free. */
  async assure(): Promise<void> {
    this.#hasRoom = true;
    const known = await this.#set.summary();
    if (known?.ARN) this.#hasRoom = await this.#refusing.refuse(known.ARN);
  }

  async read(): Promise<{ addresses: string[]; token: string }> {
    return (await this.#set.summary()) ? this.#set.read() : { addresses: [], token: '' };
  }

  async write(addresses: readonly string[], token: string): Promise<boolean> {
    if (await this.#set.summary()) return this.#set.write(addresses, token);
    if (!(await this.#make())) return false;
    return this.#set.write(addresses, (await this.#set.read()).token);
  }

  /** False where somebody else made it just now, or the rule has no room: what then, the next read says. */
  async #make(): Promise<boolean> {
    const sdk = await import('@aws-sdk/client-wafv2');
    const client = await this.#client();
    const { name, scope, family } = this.#of;
    const names = { Name: name, Scope: scope };
    try {
      const { Summary } = await client.send(
        new sdk.CreateIPSetCommand({
          ...names,
          Description: 'Made by snapshut: offenders beyond the sets of its policy file',
          IPAddressVersion: family === 'v4' ? 'IPV4' : 'IPV6',
          Addresses: [],
        }),
      );
      this.#hasRoom = await this.#refusing.refuse(Summary?.ARN ?? '');
      if (this.#hasRoom) return true;
      const unused = { ...names, Id: Summary?.Id, LockToken: Summary?.LockToken };
      await client.send(new sdk.DeleteIPSetCommand(unused));
      return false;
    } catch (error) {
      if (error instanceof sdk.WAFDuplicateItemException) return false;
      // The account has as many sets as it may have; that is no reason to leave the others unwritten.
      if (!(error instanceof sdk.WAFLimitsExceededException)) throw error;
      this.#hasRoom = false;
      return false;
    }
  }
}

/** Sets that may be made beside those of the policy file: `snapshut-ACL-v4-1` and so on. */
export function furtherSets(
  { region, scope, webAcl, count }: Pick<IpSetName, 'region' | 'scope'> & { webAcl: string; count: number },
  client: () => Promise<WAFV2Client>,
  refusing: Refusing,
): FurtherSet[] {
  return (['v4', 'v6'] as const).flatMap((family) =>
    Array.from({ length: count }, (_, at) => {
      // https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateIPSet.html: a name has 128 characters at most
      const name = `snapshut-${webAcl.slice(0, 100)}-${family}-${at + 1}`;
      return new FurtherSet({ region, scope, name, family }, client, refusing);
    }),
  );
}

/** The calls of this file, beside those of the sets and web ACLs. */
export const calls = { read: [], write: ['wafv2:CreateIPSet', 'wafv2:DeleteIPSet'] } as const;
