import { Readable } from 'node:stream';
import type { OffenderLine } from '../../lib/logs/offender-line.ts';
import { waf } from '../../lib/waf/command.ts';
import { WafLoop } from '../../lib/waf/policy.ts';

export interface Run {
  status: number;
  lines: OffenderLine[];
  told: string;
}

export interface RunOptions {
  loop?: unknown;
  trusted?: string[];
  proxies?: string[];
  now?: string;
  paths?: string[];
  json?: boolean;
  workers?: number;
}

/** `snapshut waf -` over these lines (or bytes), or over files. */
export async function runWaf(input: readonly string[] | Buffer, options: RunOptions = {}): Promise<Run> {
  const bytes = Buffer.isBuffer(input) ? input : Buffer.from(input.join('\n'));
  const out: string[] = [];
  const told: string[] = [];
  const { loop = {}, trusted = [], proxies = [], now = '2026-11-24T12:00:00Z' } = options;
  const status = await waf(
    options.paths ?? ['-'],
    { json: options.json ?? true, now: new Date(now), loop: 'waf', workers: options.workers },
    WafLoop.parse(loop),
    { trusted, proxies },
    {
      stdin: Readable.from([bytes], { objectMode: false }),
      out: (line) => out.push(line),
      err: (line) => told.push(line),
    },
  );
  const lines = options.json === false ? [] : out.map((line) => JSON.parse(line));
  return { status, lines, told: [...told, ...(options.json === false ? out : [])].join('\n') };
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

export interface Hit {
  client?: string;
  at?: string;
  plusMs?: number;
  method?: string;
  target?: string;
  status?: number;
  agent?: string;
  forwardedFor?: string;
}

/** A line of nginx's combined log. */
export function hit(of: Hit = {}): string {
  const {
    client = '203.0.113.5',
    at = '2026-11-24T11:00:00Z',
    plusMs = 0,
    method = 'GET',
    target = '/',
  } = of;
  const time = new Date(Date.parse(at) + plusMs).toISOString();
  const day = `${time.slice(8, 10)}/${months[Number(time.slice(5, 7)) - 1]}/${time.slice(0, 4)}`;
  const { status = 200, agent = 'Mozilla/5.0 (X11; Linux x86_64)', forwardedFor } = of;
  const forwarded = forwardedFor === undefined ? '' : ` "${forwardedFor}"`;
  return `${client} - - [${day}:${time.slice(11, 19)} +0000] "${method} ${target} HTTP/1.1" ${status} 12 "-" "${agent}"${forwarded}`;
}

export function hits(count: number, of: Hit = {}, everyMs = 100): string[] {
  return Array.from({ length: count }, (_, index) =>
    hit({ ...of, plusMs: (of.plusMs ?? 0) + index * everyMs }),
  );
}
