import { type ClientKey, clientKey, clientText } from '../logs/address.ts';
import { Recent } from '../logs/recent.ts';
import { type Endpoint, isAddress, type SshMessage } from './message.ts';

/** Attempts to get in that failed. `sure`: nothing else in the line could have been the address. */
export interface Attempts {
  key: ClientKey;
  timeMs: number;
  count: number;
  sure: boolean;
}

interface Connection {
  key: ClientKey;
  port: number | null;
  counters: Map<string, number>;
  /** Attempts handed on so far: the highest counter. */
  told: number;
  /** Times of keys that were refused and may yet be followed by one that is accepted. */
  refusedAtMs: number[];
  lastMs: number;
  sure: boolean;
}

const connectionsHeld = 10_000;
/** sshd's LoginGraceTime: after it no key can be accepted any more. */
const graceMs = 120_000;

/**
 * Counts attempts per connection, because several lines tell of one: PAM's and sshd's own, the name that does not
 * exist, the hang-up. A connection is a process and a client; another port is another connection.
 */
export class Connections {
  readonly #onAttempts: (attempts: Attempts) => void;
  readonly #open = new Recent<Connection>(connectionsHeld, (one) => {
    this.#giveUpKeys(one);
    this.#count(one.key, -1);
  });
  /** How many are open of all clients that fall into a place: most lines are of clients of which none is. */
  readonly #openAt = new Uint32Array(1 << 16);
  readonly #endpoints = new Recent<Endpoint>(connectionsHeld);

  constructor(onAttempts: (attempts: Attempts) => void) {
    this.#onAttempts = onAttempts;
  }

  /** `process` is the host and pid; empty where the log has none. Answers whether the client could be told. */
  see(process: string, timeMs: number, message: SshMessage, times: number): boolean {
    const { endpoint, sure } = this.#settle(process, message.from);
    const key = endpoint && clientKey(endpoint.address);
    if (!endpoint || !key) return false;
    const isLeaving = message.type === 'ends' || message.type === 'accepted';
    if (process !== '' && sure && !isLeaving) remember(this.#endpoints, process, endpoint);
    const connection = this.#connection(process, key, endpoint.port, timeMs, message.type);
    if (!connection) return true;
    connection.lastMs = timeMs;
    connection.sure &&= sure;
    this.#apply(connection, timeMs, message, times);
    return true;
  }

  /** Ends connections of which nothing was heard for longer than a login may take. */
  settleBefore(timeMs: number): void {
    for (const [name, connection] of this.#open) {
      if (connection.lastMs >= timeMs - graceMs) continue;
      this.#giveUpKeys(connection);
      if (connection.lastMs < timeMs - 10 * graceMs) this.#close(name, connection);
    }
  }

  end(): void {
    for (const [, connection] of this.#open) this.#giveUpKeys(connection);
  }

  /**
   * Several readings: the one that the process is known to talk to. Without that, the first reading, which cannot
   * be relied on: whoever chose the name may have chosen it.
   */
  #settle(process: string, from: readonly Endpoint[]): { endpoint: Endpoint | null; sure: boolean } {
    const addresses = from.filter(isAddress);
    if (addresses.length === 1) return { endpoint: addresses[0] ?? null, sure: true };
    const known = process === '' ? undefined : this.#endpoints.get(process);
    if (addresses.length === 0) return { endpoint: known ?? null, sure: true };
    const same = addresses.find(
      (one) => known?.address === one.address && (known.port ?? one.port) === one.port,
    );
    return same ? { endpoint: same, sure: true } : { endpoint: addresses[0] ?? null, sure: false };
  }

  #connection(
    process: string,
    key: ClientKey,
    port: number | null,
    timeMs: number,
    type: SshMessage['type'],
  ): Connection | null {
    const opens = type === 'failed' || type === 'key-refused';
    if (!opens && this.#openAt[placeOf(key)] === 0) return null;
    const name = `${process} ${clientText(key)}`;
    const open = this.#open.get(name);
    const isOther = open && port !== null && open.port !== null && open.port !== port;
    if (open && !isOther && type !== 'begins') {
      open.port ??= port;
      return open;
    }
    if (open) {
      this.#giveUpKeys(open);
      this.#close(name, open);
    }
    // Nothing failed in it so far: whoever just comes and goes needs no place.
    if (!opens) return null;
    const carried = open && isOther ? aheadOfSshd(open.counters) : new Map<string, number>();
    const told = Math.max(0, ...carried.values());
    const fresh = { key, port, counters: carried, told, refusedAtMs: [], lastMs: timeMs, sure: true };
    this.#open.set(name, fresh);
    this.#count(key, 1);
    return fresh;
  }

  #close(name: string, { key }: Connection): void {
    this.#open.delete(name);
    this.#count(key, -1);
  }

  #count(key: ClientKey, more: 1 | -1): void {
    const place = placeOf(key);
    this.#openAt[place] = (this.#openAt[place] ?? 0) + more;
  }

  #apply(connection: Connection, timeMs: number, message: SshMessage, times: number): void {
    const { counters, refusedAtMs } = connection;
    if (message.type === 'accepted') refusedAtMs.length = 0;
    if (message.type === 'key-refused') {
      for (let time = 0; time < Math.min(times, 100); time++) refusedAtMs.push(timeMs);
    }
    if (message.type === 'ends' || (message.type === 'failed' && message.ends)) this.#giveUpKeys(connection);
    if (message.type === 'failed') {
      counters.set(message.counter, (counters.get(message.counter) ?? 0) + message.count * times);
      this.#tell(connection, timeMs);
    }
  }

  /** No key was accepted: every refused one was an attempt, at the time it was made. */
  #giveUpKeys(connection: Connection): void {
    const { counters, refusedAtMs } = connection;
    for (const timeMs of refusedAtMs) {
      counters.set('sshd', (counters.get('sshd') ?? 0) + 1);
      this.#tell(connection, timeMs);
    }
    refusedAtMs.length = 0;
  }

  #tell(connection: Connection, timeMs: number): void {
    const total = Math.max(...connection.counters.values());
    const count = total - connection.told;
    if (count <= 0) return;
    connection.told = total;
    this.#onAttempts({ key: connection.key, timeMs, count, sure: connection.sure });
  }
}

function placeOf({ hi, lo }: ClientKey): number {
  return (Math.imul(hi ^ (hi >>> 16), 0x85ebca6b) ^ Math.imul(lo ^ (lo >>> 15), 0xc2b2ae35)) >>> 16;
}

/**
 * PAM's line comes before sshd's and has no port: what it counted beyond sshd's own lines belongs to the connection
 * that begins now.
 */
function aheadOfSshd(counters: ReadonlyMap<string, number>): Map<string, number> {
  const own = Math.max(counters.get('sshd') ?? 0, counters.get('user') ?? 0);
  const ahead = [...counters].filter(([name, count]) => name.startsWith('pam_') && count > own);
  return new Map(ahead.map(([name, count]) => [name, count - own]));
}

function remember(endpoints: Recent<Endpoint>, process: string, endpoint: Endpoint): void {
  const known = endpoints.get(process);
  if (known && known.address === endpoint.address && endpoint.port === null) return;
  endpoints.set(process, endpoint);
}
