import * as z from 'zod';
import type { BlockEntry, BlocklistState } from '../kinds/blocklist.ts';
import type { Change } from '../model.ts';
import type { History } from '../ports.ts';

const Span = z.object({ sinceMs: z.number(), endMs: z.number().nullable(), isLetGo: z.boolean() });
type Span = z.infer<typeof Span>;

type Settings = Pick<History, 'setting' | 'set'>;
const spansHeld = 50;
/** A function blocks before it notes the attack. */
const slackMs = 60_000;
const prefix = 'attack/';

export const isAttackId = (id: string) => id.startsWith(prefix);
export const attackId = (loop: string) => `${prefix}${loop}`;

/** The attacks of one loop, so that all that was done against one can be taken back by a word. */
export class AttackSpans {
  readonly #id: string;
  readonly #settings: Settings;
  readonly #spans: Span[];

  private constructor(id: string, settings: Settings, spans: Span[]) {
    this.#id = id;
    this.#settings = settings;
    this.#spans = spans;
  }

  static async load(id: string, settings: Settings): Promise<AttackSpans> {
    const held = await settings.setting(`${id}/spans`);
    return new AttackSpans(id, settings, z.array(Span).catch([]).parse(held));
  }

  get any(): boolean {
    return this.#spans.length > 0;
  }

  async begin(sinceMs: number): Promise<void> {
    await this.#keep({ sinceMs, endMs: null, isLetGo: false });
  }

  async end(sinceMs: number, endMs: number): Promise<void> {
    const known = this.#spans.find((one) => one.sinceMs === sinceMs);
    if (known) await this.#keep({ ...known, endMs });
  }

  /** Marks it as no attack, and answers between which times what was done against it. */
  async letGo({
    value,
  }: Extract<Change, { op: 'remove' }>): Promise<{ fromMs: number; toMs: number } | null> {
    const known = this.#spans.find((one) => this.#entry(one).id === (value as BlockEntry).id);
    if (!known) return null;
    await this.#keep({ ...known, isLetGo: true });
    return { fromMs: known.sinceMs - slackMs, toMs: known.endMs ?? Number.POSITIVE_INFINITY };
  }

  async #keep(span: Span): Promise<void> {
    const others = this.#spans.filter((one) => one.sinceMs !== span.sinceMs);
    await this.#settings.set(`${this.#id}/spans`, [...others, span].slice(-spansHeld));
  }

  /** What stands against an attack, as the change that would let it go can be inverted to. */
  change(sinceMs: number): Extract<Change, { op: 'add' }> {
    const value = this.#entry({ sinceMs, endMs: null, isLetGo: false });
    return { op: 'add', part: 'entries', value };
  }

  state(): BlocklistState {
    const entries = this.#spans.filter((one) => !one.isLetGo).map((one) => this.#entry(one));
    return { kind: 'blocklist', name: this.#id, tags: {}, wanted: [], entries };
  }

  #entry({ sinceMs }: Span): BlockEntry {
    const since = new Date(sinceMs).toISOString();
    return {
      id: `${this.#id}/${since}`,
      until: 'each block ends by itself',
      why: `whoever was blocked in the attack since ${since}`,
    };
  }
}
