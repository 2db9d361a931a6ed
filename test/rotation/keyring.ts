import { TerminalError } from '../../lib/errors.ts';
import type { CredentialState } from '../../lib/kinds/credential.ts';
import type { Change, Hint, Resource } from '../../lib/model.ts';
import type { Provider, Reading } from '../../lib/ports.ts';
import type { Delivery } from '../../lib/rotation/delivery.ts';
import type { HeldKey, Holder, NewKey, Rotator } from '../../lib/rotation/rotator.ts';
import { Secret } from '../../lib/rotation/secret.ts';

/** Any text with it that gets out is a leak. */
export const canary = 'CANARY+wJalrXUtnFEMI/K7MDENG+bPxRfiCY';

interface KeptKey extends HeldKey {
  owner: string;
  maker: string;
}

/** One account's keys in memory: two for each owner, secrets shown once, every call recorded as CloudTrail does. */
export class Keyring implements Provider, Rotator {
  readonly name = 'memory';
  readonly kinds = ['credential'] as const;
  readonly keysMax: number | null = 2;
  canDeactivate = true;
  knowsUse = true;
  afterwards: string | null = null;
  readonly keys = new Map<string, KeptKey>();
  readonly owners = new Set<string>();
  /** What `madeBy` answers of keys whose call is not recorded yet. */
  recordLags = false;
  #next = 1;
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  put(id: string, over: Partial<KeptKey> = {}): Resource {
    const key = { id, isActive: true, createdAt: '2026-01-10T08:00:00.000Z', lastUsedAt: null };
    this.keys.set(id, { ...key, owner: 'deploy', maker: 'maria', ...over });
    this.owners.add(over.owner ?? 'deploy');
    return credential(id);
  }

  use(id: string): void {
    const key = this.keys.get(id);
    if (!key?.isActive) throw new TerminalError('InvalidClientTokenId');
    key.lastUsedAt = this.#now().toISOString();
  }

  active(): string[] {
    return [...this.keys.values()].filter((key) => key.isActive).map((key) => key.id);
  }

  rotator(): Rotator {
    return this;
  }

  async keysOf({ owner }: Holder): Promise<HeldKey[] | null> {
    if (!this.owners.has(owner)) return null;
    return [...this.keys.values()].filter((key) => key.owner === owner).map((key) => ({ ...key }));
  }

  async create({ owner }: Holder, caseId: string): Promise<NewKey> {
    if (!this.owners.has(owner)) throw new TerminalError('NoSuchEntity');
    const held = [...this.keys.values()].filter((key) => key.owner === owner);
    if (this.keysMax !== null && held.length >= this.keysMax) throw new TerminalError('LimitExceeded');
    const id = `new-${this.#next++}`;
    this.put(id, { owner, createdAt: this.#now().toISOString(), maker: caseId });
    return { id, secret: new Secret({ accessKeyId: id, secretAccessKey: canary + id }) };
  }

  async madeBy(_: Holder, keyId: string, caseId: string) {
    if (this.recordLags) return 'unknown';
    return this.keys.get(keyId)?.maker === caseId ? 'us' : 'somebody';
  }

  async setActive(_: Holder, keyId: string, isActive: boolean): Promise<void> {
    const key = this.keys.get(keyId);
    if (key) key.isActive = isActive;
  }

  async delete(_: Holder, keyId: string): Promise<void> {
    this.keys.delete(keyId);
  }

  async resolve({ id }: Hint): Promise<Resource[]> {
    return this.keys.has(id) ? [credential(id)] : [];
  }

  async read(resources: readonly Resource[]): Promise<Reading[]> {
    return resources.map(({ id }) => {
      const key = this.keys.get(id);
      return key ? { status: 'found', state: this.#stateOf(key) } : { status: 'gone' };
    });
  }

  async apply(resource: Resource, change: Change): Promise<Change> {
    if (change.op === 'set')
      await this.setActive({ resource, owner: '' }, resource.id, change.to === 'Active');
    return change;
  }

  async *list(): AsyncIterable<Resource[]> {
    yield [...this.keys.keys()].map(credential);
  }

  #stateOf(key: KeptKey): CredentialState {
    const others = [...this.keys.values()].filter((one) => one.owner === key.owner && one.id !== key.id);
    return {
      kind: 'credential',
      name: key.owner,
      tags: {},
      createdAt: key.createdAt,
      lastUsedAt: key.lastUsedAt,
      otherActiveKeys: others.filter((one) => one.isActive).length,
      isOwnerFull: this.keysMax !== null && others.length + 1 >= this.keysMax,
      isQuarantined: false,
      settings: { status: key.isActive ? 'Active' : 'Inactive' },
    };
  }
}

export function credential(id: string): Resource {
  return { provider: 'memory', account: '123456789012', region: 'global', kind: 'credential', id };
}

/** An owner's safe. Two calls to fill it, as Secrets Manager has: pending first, then current. */
export class Safe implements Delivery {
  pending: { keyId: string; secret: string } | null = null;
  current: { keyId: string; secret: string } | null = null;
  refuses: string | null = null;
  /** Seen before the second call. */
  betweenCalls: () => void = () => {};

  pointer(_: string, keyId: string): string {
    return `the safe holds ${keyId}`;
  }

  async deliver(caseId: string, { id, secret }: NewKey): Promise<void> {
    if (this.refuses !== null) throw new TerminalError(this.refuses);
    this.pending = { keyId: id, secret: secret.reveal().secretAccessKey ?? '' };
    this.betweenCalls();
    await this.finish(caseId, id);
  }

  async holds(_: string, keyId: string): Promise<boolean> {
    return this.pending?.keyId === keyId || this.current?.keyId === keyId;
  }

  async finish(_: string, keyId: string): Promise<void> {
    if (this.pending?.keyId !== keyId) return;
    this.current = this.pending;
    this.pending = null;
  }

  async takeBack(_: string, keyId: string): Promise<void> {
    if (this.pending?.keyId === keyId) this.pending = null;
    if (this.current?.keyId === keyId) this.current = null;
  }
}
