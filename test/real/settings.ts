import type { Json } from '../../lib/model.ts';

/** The history's settings in memory, for one process. */
export class Settings {
  readonly held = new Map<string, string>();
  async setting(name: string): Promise<Json> {
    return JSON.parse(this.held.get(name) ?? 'null');
  }
  async set(name: string, value: Json): Promise<void> {
    this.held.set(name, JSON.stringify(value));
  }
  async lease(): Promise<boolean> {
    return true;
  }
  async release(): Promise<void> {}
}
