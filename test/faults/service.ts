import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controls } from '../../lib/controls/registry.ts';
import { RetryableError, TerminalError } from '../../lib/errors.ts';
import type { Mode } from '../../lib/model.ts';
import { motoAccount } from '../../lib/sandbox/moto.ts';
import { type Service, wire } from '../../lib/wire.ts';
import { region } from '../providers/aws/cloud.ts';

/** The real composition, process after process, over one state folder and on a clock that is moved between them. */

/** Longer than the leases of the dead. */
const betweenLivesMs = 300_000;

export interface Settings {
  endpoint: string;
  listener: string;
  control: string;
  mode: Mode;
  trusted: readonly string[];
  /** The clock begins here; forward only. */
  startMs: number;
}

export class Processes {
  life = 0;
  nowMs: number;
  readonly #home: string;
  readonly #settings: Settings;
  #service: Service | null = null;
  #isDead = false;

  private constructor(home: string, settings: Settings) {
    this.#home = home;
    this.#settings = settings;
    this.nowMs = settings.startMs;
  }

  static async open(settings: Settings): Promise<Processes> {
    const home = await mkdtemp(join(tmpdir(), 'snapshut-faults-'));
    await writeFile(join(home, 'snapshut.yml'), policyOf(settings));
    return new Processes(home, settings);
  }

  /** Runs in a process of its own; null when it died, or could not do it now. */
  async run<T>(work: (service: Service) => Promise<T>): Promise<T | null> {
    this.life += 1;
    this.nowMs += betweenLivesMs;
    this.#isDead = false;
    Object.assign(process.env, this.#environment());
    const now = new Date(this.nowMs).toISOString();
    try {
      const service = await wire({ policyFile: join(this.#home, 'snapshut.yml'), now });
      this.#service = service;
      const answer = await work(service);
      await service.settle();
      return answer;
    } catch (error) {
      if (this.#isDead || error instanceof RetryableError || error instanceof TerminalError) return null;
      throw error;
    } finally {
      await this.#end();
    }
  }

  /** The process that runs now stops in this instant: it can write nothing any more. */
  die(): void {
    this.#isDead = true;
    // The file is closed before anything else runs; what is under way fails at its next word to the history.
    void this.#service?.loop.history.close();
  }

  async close(): Promise<void> {
    await rm(this.#home, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    const service = this.#service;
    this.#service = null;
    if (this.#isDead || service === null) return;
    await service.close();
  }

  #environment() {
    const { endpoint } = this.#settings;
    return {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: `life-${this.life}-${this.#settings.startMs}`,
      AWS_SECRET_ACCESS_KEY: 'sandbox',
      SNAPSHUT_HOME: this.#home,
      SNAPSHUT_ALERT_SECRET: 'whsec_c2FuZGJveA==',
    };
  }
}

/** JSON is YAML. Only the control under test acts; the others are told apart in tests of their own. */
function policyOf({ control, mode, trusted, listener }: Settings): string {
  const off = controls.filter(({ name }) => name !== control).map(({ name }) => [name, { mode: 'off' }]);
  return JSON.stringify({
    accounts: [{ provider: 'aws', id: motoAccount, regions: [region] }],
    principals: { trustedAccounts: trusted },
    controls: { ...Object.fromEntries(off), [control]: { mode } },
    limits: { fixesPerHour: 10_000, percentPerHour: 100, flap: { times: 100, withinMinutes: 60 } },
    alerts: { webhook: { url: listener, allowPrivateHosts: ['127.0.0.1'] } },
  });
}
