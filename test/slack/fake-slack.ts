import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { problemsOf } from './block-limits.ts';

/**
 * The few methods that are used, with what the emulator lacks: it refuses wrong blocks as Slack does, answers 429
 * when told to, and forgets messages.
 */

export interface Sent {
  method: string;
  ts: string;
  channel: string;
  user: string;
  text: string;
  blocks: Block[];
  thread: string | undefined;
  view: { private_metadata: string } | undefined;
}

export interface Block {
  type: string;
  [field: string]: unknown;
}

export interface FakeSlack {
  url: string;
  /** Every call that was taken, in order. */
  calls: Sent[];
  /** The messages as they now are, by their ids. */
  messages: Map<string, Sent>;
  /** So many of the next calls are refused with 429 and this Retry-After. */
  refuse: { calls: number; retryAfterSeconds: number };
  groups: { [group: string]: string[] };
  close(): Promise<void>;
}

export async function startFakeSlack(): Promise<FakeSlack> {
  const fake: Omit<FakeSlack, 'url' | 'close'> = {
    calls: [],
    messages: new Map(),
    refuse: { calls: 0, retryAfterSeconds: 0 },
    groups: {},
  };
  let nextTs = 1;
  const answer = (sent: Sent, form: URLSearchParams) => {
    const problems = problemsOf(sent.blocks, sent.text);
    if (problems.length > 0) return { ok: false, error: 'invalid_blocks', problems };
    fake.calls.push(sent);
    switch (sent.method) {
      case 'chat.postMessage':
        sent.ts = `${nextTs++}.000100`;
        fake.messages.set(sent.ts, sent);
        return { ok: true, ts: sent.ts, channel: sent.channel };
      case 'chat.update':
        if (!fake.messages.has(sent.ts)) return { ok: false, error: 'message_not_found' };
        fake.messages.set(sent.ts, { ...sent, thread: fake.messages.get(sent.ts)?.thread });
        return { ok: true, ts: sent.ts };
      case 'usergroups.users.list':
        return { ok: true, users: fake.groups[form.get('usergroup') ?? ''] ?? [] };
      case 'chat.postEphemeral':
      case 'views.open':
        return { ok: true };
      default:
        return { ok: false, error: 'unknown_method' };
    }
  };
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await textOf(request));
    if (fake.refuse.calls > 0) {
      fake.refuse.calls -= 1;
      response.writeHead(429, { 'Retry-After': String(fake.refuse.retryAfterSeconds) }).end();
      return;
    }
    reply(response, answer(sentOf(request.url ?? '', form), form));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return Object.assign(fake, { url: `http://127.0.0.1:${port}/api/`, close });
}

function sentOf(url: string, form: URLSearchParams): Sent {
  const json = (name: string) => JSON.parse(form.get(name) ?? 'null');
  return {
    method: url.replace(/^\/api\//, ''),
    ts: form.get('ts') ?? '',
    channel: form.get('channel') ?? '',
    user: form.get('user') ?? '',
    text: form.get('text') ?? '',
    blocks: json('blocks') ?? [],
    thread: form.get('thread_ts') ?? undefined,
    view: json('view') ?? undefined,
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

function reply(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
