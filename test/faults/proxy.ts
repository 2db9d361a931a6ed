import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { halve } from './batches.ts';
import { type Call, callOf } from './call.ts';
import { asFirstPage, pageAsked, withPage } from './pages.ts';
import { type Answer, type Refusal, refuse } from './refusals.ts';
import { calm, type FaultName, faultFor, type Weather } from './weather.ts';

/** A proxy between the service and an engine that does, by a seeded plan, what networks and clouds do. */

/** What became of a call. `answer` is what the engine said; null where it was never asked. */
export interface Passed {
  call: Call;
  fault: FaultName | null;
  answer: Answer | null;
}

export interface FaultProxy {
  /** `http://127.0.0.1:PORT`, in place of the engine's. */
  endpoint: string;
  counts: { [fault in FaultName]?: number };
  /** How many calls came, those of the dead not counted. */
  calls(): number;
  /** From now on, and counted anew. `only`: whose calls are befallen; left out, everybody's. */
  set(plan: Plan): void;
  /** So much time has passed that no read shows what was before. */
  settle(): void;
  /** Whoever signs with this key is dead: nothing of theirs passes any more. */
  kill(key: string): void;
  stop(): Promise<void>;
}

export interface Plan {
  seed?: number;
  weather?: Weather;
  only?: (call: Call) => boolean;
  /** This one fault at this call (from 1), whatever the weather. */
  at?: { call: number; fault: FaultName };
}

export interface ProxyOptions {
  target: string;
  /** How long a call hangs before its connection is closed. */
  hangMs?: number;
  /** Told in the instant in which the sender of this call must die. */
  onKill?(call: Call): void;
  onPassed?(passed: Passed): void;
}

const refusals: { [fault in FaultName]?: Refusal } = {
  throttle: 'throttle',
  unavailable: 'unavailable',
  broken: 'broken',
  denied: 'denied',
  conflict: 'conflict',
};

export async function startProxy(options: ProxyOptions): Promise<FaultProxy> {
  const line = new Line(options);
  const server = createServer((incoming, response) => {
    // Whoever hung up gets no answer.
    line.pass(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    counts: line.counts,
    calls: () => line.calls,
    set: (plan) => line.set(plan),
    settle: () => line.settle(),
    kill: (key) => line.kill(key),
    async stop() {
      server.closeAllConnections();
      server.close();
      line.close();
      await once(server, 'close');
    },
  };
}

class Line {
  calls = 0;
  readonly counts: { [fault in FaultName]?: number } = {};
  readonly #options: ProxyOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #dead = new Set<string>();
  readonly #answers = new Map<string, { now: Answer; before: Answer | null }>();
  readonly #nth = new Map<string, number>();
  #plan: Plan = {};

  constructor(options: ProxyOptions) {
    this.#options = options;
  }

  set(plan: Plan): void {
    this.#plan = plan;
    this.#nth.clear();
    this.calls = 0;
  }

  settle(): void {
    this.#answers.clear();
  }

  kill(key: string): void {
    this.#dead.add(key);
  }

  close(): void {
    this.#agent.destroy();
  }

  async pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await received(incoming, this.#options.target);
    if (this.#isDead(call)) return void response.destroy();
    const page = pageAsked(call);
    if (page !== null) return send(response, await this.#page(call, Math.min(page + 1, 3)));
    const fault = this.#draw(call);
    if (fault !== null) this.counts[fault] = (this.counts[fault] ?? 0) + 1;
    await this.#befall(call, fault, response);
  }

  #isDead({ key }: Call): boolean {
    return key !== null && this.#dead.has(key);
  }

  #draw(call: Call): FaultName | null {
    const { seed = 0, weather = calm, only, at } = this.#plan;
    if (only && !only(call)) return null;
    this.calls += 1;
    if (at !== undefined) return this.calls === at.call ? at.fault : null;
    const name = `${call.service} ${call.operation}`;
    const nth = (this.#nth.get(name) ?? 0) + 1;
    this.#nth.set(name, nth);
    return faultFor(seed, weather, call, nth);
  }

  async #befall(call: Call, fault: FaultName | null, response: ServerResponse): Promise<void> {
    const refusal = fault === null ? undefined : refusals[fault];
    if (refusal !== undefined) return send(response, await this.#refused(call, refusal));
    switch (fault) {
      case 'reset':
        this.#note(call, fault, null);
        return reset(response);
      case 'time-out-before':
        this.#note(call, fault, null);
        return this.#hang(response);
      case 'time-out-after':
        await this.#ask(call, fault);
        return this.#hang(response);
      case 'lost-answer':
        await this.#ask(call, fault);
        return reset(response);
      case 'kill-before':
        this.#note(call, fault, null);
        return this.#die(call, response);
      case 'kill-after':
        await this.#ask(call, fault);
        return this.#die(call, response);
      case 'stale':
        return send(response, await this.#stale(call));
      case 'endless-page':
        return send(response, await this.#page(call, 1));
      case 'partial-batch':
        return send(response, await this.#half(call));
      case 'truncated':
        return truncate(response, await this.#ask(call, fault));
      case 'cut-short':
        return send(response, half(await this.#ask(call, fault)));
      case 'drip':
        return drip(response, await this.#ask(call, fault));
      default:
        return send(response, await this.#ask(call, fault));
    }
  }

  /** The engine's own answer. */
  async #ask(call: Call, fault: FaultName | null): Promise<Answer> {
    const answer = await forward(call, this.#options.target, this.#agent);
    this.#note(call, fault, answer);
    if (call.isRead) this.#keep(call, answer);
    return answer;
  }

  #note(call: Call, fault: FaultName | null, answer: Answer | null): void {
    this.#options.onPassed?.({ call, fault, answer });
  }

  #keep(call: Call, answer: Answer): void {
    const known = this.#answers.get(nameOf(call));
    if (known?.now.body.equals(answer.body) && known.now.status === answer.status) return;
    this.#answers.set(nameOf(call), { now: answer, before: known?.now ?? null });
  }

  /** What this read answered before; a database refuses by the condition of the request, which another met first. */
  async #refused(call: Call, refusal: Refusal): Promise<Answer> {
    if (refusal === 'conflict' && call.service === 'dynamodb') {
      await this.#ask(call, 'conflict');
      return this.#ask(call, 'conflict');
    }
    const answer = refuse(call, refusal);
    this.#note(call, refusal, null);
    return call.method === 'HEAD' ? { ...answer, body: Buffer.alloc(0) } : answer;
  }

  async #stale(call: Call): Promise<Answer> {
    const known = this.#answers.get(nameOf(call));
    const answer = await this.#ask(call, 'stale');
    const isNew = known !== undefined && !known.now.body.equals(answer.body);
    return (isNew ? known.now : known?.before) ?? answer;
  }

  async #page(call: Call, page: number): Promise<Answer> {
    return withPage(call, await this.#ask(asFirstPage(call), 'endless-page'), page);
  }

  async #half(call: Call): Promise<Answer> {
    const halved = halve(call);
    if (halved === null) return this.#ask(call, 'partial-batch');
    return halved.answer(await this.#ask(halved.call, 'partial-batch'));
  }

  async #hang(response: ServerResponse): Promise<void> {
    await sleep(this.#options.hangMs ?? 50);
    reset(response);
  }

  #die(call: Call, response: ServerResponse): void {
    if (call.key !== null) this.kill(call.key);
    this.#options.onKill?.(call);
    reset(response);
  }
}

const nameOf = ({ method, url, body, service, operation }: Call) =>
  `${service} ${operation} ${method} ${url.pathname}${url.search} ${body.toString('latin1')}`;

async function received(incoming: IncomingMessage, target: string): Promise<Call> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const { method = 'GET', headers } = incoming;
  const url = new URL(incoming.url ?? '/', target);
  return callOf({ method, url, headers, body: Buffer.concat(parts) });
}

/** With its headers as they were signed, the host included. */
function forward({ method, url, headers, body }: Call, target: string, agent: Agent): Promise<Answer> {
  const { hostname, port } = new URL(target);
  const { connection: _, 'transfer-encoding': __, expect: ___, ...kept } = headers;
  const sent = { ...kept, 'content-length': String(body.length) };
  return new Promise((resolve, reject) => {
    const path = `${url.pathname}${url.search}`;
    const asked = request({ hostname, port, path, method, headers: sent, agent }, async (answer) => {
      try {
        const parts: Buffer[] = [];
        for await (const part of answer) parts.push(part as Buffer);
        resolve({ status: answer.statusCode ?? 500, headers: plain(answer), body: Buffer.concat(parts) });
      } catch (error) {
        reject(error);
      }
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

function plain({ headers }: IncomingMessage): { [name: string]: string } {
  const skipped = ['connection', 'keep-alive', 'transfer-encoding'];
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || skipped.includes(name) ? [] : [[name, String(value)]],
    ),
  );
}

async function send(response: ServerResponse, { status, headers, body }: Answer): Promise<void> {
  response.writeHead(status, headers);
  response.end(body);
}

/** Whole headers, half a body, and no more. */
function truncate(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': String(Math.max(body.length, 2)) });
  response.write(body.subarray(0, body.length / 2), () => reset(response));
}

/** Half a body that says that it is the whole. */
function half(answer: Answer): Answer {
  const { 'content-length': _, 'x-amz-crc32': __, ...headers } = answer.headers;
  return { ...answer, headers, body: answer.body.subarray(0, answer.body.length / 2) };
}

/** Whole, but piece by piece. */
async function drip(response: ServerResponse, { status, headers, body }: Answer): Promise<void> {
  response.writeHead(status, headers);
  const pieces = 8;
  for (let at = 0; at < pieces; at += 1) {
    response.write(body.subarray((body.length * at) / pieces, (body.length * (at + 1)) / pieces));
    await sleep(5);
  }
  response.end();
}

function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}
