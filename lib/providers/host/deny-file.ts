import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { TerminalError } from '../../errors.ts';
import type { BlockSet } from '../../logs/block-set.ts';
import { networkOf } from '../../logs/networks.ts';
import { runCommand } from './command.ts';

export type DenyFormat = 'nginx' | 'haproxy' | 'caddy';

export interface DenyFileOf {
  format: DenyFormat;
  path: string;
  validate?: readonly string[] | undefined;
  reload?: readonly string[] | undefined;
}

/** How each server writes that these addresses are refused, and reads it back; other lines of the file stay. */
const formats: { [format in DenyFormat]: { write(cidrs: readonly string[]): string[]; owns: RegExp } } = {
  /** Included in `http` or `server`. */
  nginx: { write: (cidrs) => cidrs.map((cidr) => `deny ${cidr};`), owns: /^deny ([^;]+);$/ },
  /** `http-request deny if { src -f PATH }` */
  haproxy: { write: (cidrs) => [...cidrs], owns: /^([0-9a-f.:]+(?:\/\d+)?)$/ },
  /** Imported in a site. Caddy refuses to import a file that says nothing. */
  caddy: {
    write: (cidrs) =>
      cidrs.length === 0
        ? ['# nobody is refused']
        : [`@snapshut remote_ip ${cidrs.join(' ')}`, 'respond @snapshut 403'],
    owns: /^(?:@snapshut remote_ip (.+)|respond @snapshut 403|# nobody is refused)$/,
  },
};

const defaults: { [format in DenyFormat]: { validate: string[]; reload: string[] } } = {
  nginx: { validate: ['nginx', '-t'], reload: ['nginx', '-s', 'reload'] },
  haproxy: {
    validate: ['haproxy', '-c', '-f', '/etc/haproxy/haproxy.cfg'],
    reload: ['systemctl', 'reload', 'haproxy'],
  },
  caddy: {
    validate: ['caddy', 'validate', '--config', '/etc/caddy/Caddyfile'],
    reload: ['caddy', 'reload', '--config', '/etc/caddy/Caddyfile'],
  },
};

/**
 * A file of refused addresses that a web server includes. It is replaced whole, checked by the server itself and only
 * then loaded; when the server does not like it, the old file is back in place and nothing was loaded.
 */
export class DenyFile implements BlockSet {
  readonly key: string;
  readonly family: 'v4' | 'v6';
  readonly capacity = 65_536;
  readonly #of: DenyFileOf;

  constructor(of: DenyFileOf, family: 'v4' | 'v6') {
    this.key = `host/${of.format}/${of.path}/${family}`;
    this.family = family;
    this.#of = of;
  }

  async read(): Promise<{ addresses: string[]; token: string }> {
    const text = await this.#text();
    return { addresses: this.#addressesIn(text).filter((one) => this.#isOurs(one)), token: tokenOf(text) };
  }

  async write(addresses: readonly string[], token: string): Promise<boolean> {
    for (const one of addresses) {
      if (!this.#isOurs(one)) throw new TerminalError(`${one} does not belong into ${this.key}`);
    }
    const before = await this.#text();
    if (tokenOf(before) !== token) return false;
    const { owns, write } = formats[this.#of.format];
    const others = before.split('\n').filter((line) => line.trim() !== '' && !owns.test(line.trim()));
    const otherFamily = this.#addressesIn(before).filter((one) => !this.#isOurs(one));
    const after = [...others, ...write([...otherFamily, ...addresses])].map((line) => `${line}\n`).join('');
    await this.#replace(after);
    await this.#load(before);
    return true;
  }

  async #load(before: string): Promise<void> {
    const { format } = this.#of;
    const { validate = defaults[format].validate, reload = defaults[format].reload } = this.#of;
    try {
      await runCommand(validate);
      await runCommand(reload);
    } catch (error) {
      await this.#replace(before);
      throw error;
    }
  }

  /** A reader sees the old file or the new one, never half of one. */
  async #replace(text: string): Promise<void> {
    const draft = `${this.#of.path}.snapshut`;
    await writeFile(draft, text, { mode: 0o644 });
    await rename(draft, this.#of.path);
  }

  async #text(): Promise<string> {
    try {
      return await readFile(this.#of.path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
      throw error;
    }
  }

  #addressesIn(text: string): string[] {
    const { owns } = formats[this.#of.format];
    const found = text.split('\n').flatMap((line) => owns.exec(line.trim())?.[1]?.split(/\s+/) ?? []);
    return found.filter((one) => networkOf(one) !== null);
  }

  #isOurs(address: string): boolean {
    const network = networkOf(address);
    return network !== null && network.prefix > 0 && network.v6 === (this.family === 'v6');
  }
}

function tokenOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
