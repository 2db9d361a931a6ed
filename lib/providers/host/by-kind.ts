import { TerminalError } from '../../errors.ts';
import type { Kind } from '../../kinds.ts';
import type { Change, Hint, Resource } from '../../model.ts';
import type { Provider, Reading } from '../../ports.ts';

/** Several providers of one name, each for kinds of its own. */
export class ByKind implements Provider {
  readonly name;
  readonly kinds: readonly Kind[];
  readonly #parts: readonly Provider[];

  constructor(parts: readonly [Provider, ...Provider[]]) {
    this.name = parts[0].name;
    this.kinds = parts.flatMap((one) => one.kinds);
    this.#parts = parts;
  }

  resolve(hint: Hint): Promise<Resource[]> {
    const part = this.#parts.find((one) => one.kinds.some((kind) => kind === hint.kind));
    return part ? part.resolve(hint) : Promise.resolve([]);
  }

  async read(resources: readonly Resource[]): Promise<Reading[]> {
    const readings = resources.map(async (one) => (await this.#of(one.kind).read([one]))[0]);
    return (await Promise.all(readings)).map((one, at) => {
      if (one) return one;
      return { status: 'error', error: new TerminalError(`no answer about ${resources[at]?.id}`) };
    });
  }

  apply(resource: Resource, change: Change): Promise<Change> {
    return this.#of(resource.kind).apply(resource, change);
  }

  list(account: string, region: string, kind: Kind): AsyncIterable<Resource[]> {
    return this.#of(kind).list(account, region, kind);
  }

  #of(kind: string): Provider {
    const part = this.#parts.find((one) => one.kinds.some((own) => own === kind));
    if (!part) throw new TerminalError(`${this.name} has no ${kind}`);
    return part;
  }
}
