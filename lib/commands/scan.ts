import { writeFile } from 'node:fs/promises';
import { styleText } from 'node:util';
import { TerminalError } from '../errors.ts';
import type { EndpointState } from '../kinds/endpoint.ts';
import { type Severity, severities } from '../model.ts';
import { parsePortList } from '../scan/hosts.ts';
import { scanPage } from '../scan/html.ts';
import { lineKey, type ScanLine } from '../scan/line.ts';
import { type Memory, memoryIn, nameOfPlan } from '../scan/memory.ts';
import { scanRound } from '../scan/round.ts';
import { reconcileSeen } from '../scan/scheduled.ts';
import { type ScanService, wireScan } from '../wire.ts';
import { linesAsAsked } from '../wire-scan.ts';
import { plain, printJson, say, tellOutcome, warn } from './print.ts';
import { progressBar } from './progress.ts';

interface Options {
  json: boolean;
  policy?: string;
  now?: string;
  ports?: string;
  engine?: 'auto' | 'nmap' | 'connect';
  rate?: number;
  failOn?: Severity;
  html?: string;
  changes: boolean;
  resume: boolean;
  respond: boolean;
}

/** `snapshut scan [TARGET…]` */
export async function scanTargets(texts: readonly string[], options: Options): Promise<number> {
  const service = await wireScan({
    policyFile: options.policy,
    now: options.now,
    targets: texts,
    ports: options.ports === undefined ? undefined : parsePortList(options.ports),
    engine: options.engine,
    perSecond: options.rate === undefined ? undefined : Math.max(1, options.rate),
  });
  try {
    const { plan, policy, refused, loop } = service;
    for (const { target, why } of refused) warn(`${target} is not scanned: ${why}`);
    if (plan.hosts.length === 0 && refused.length === 0) {
      throw new TerminalError(
        'nothing to scan: name a target, or list some in snapshut.yml (scan: {targets: […]})',
      );
    }
    const linesIn = linesAsAsked(policy, loop.now);
    const { resume } = options;
    const { history } = service;
    const now = loop.now();
    const memory = await memoryIn(history, nameOfPlan(plan), { resume, newId: loop.newId, now });
    const found = await run(service, memory, { ...options, linesIn });
    const failOn = options.failOn ?? policy.scan.failOn;
    const isBad = found.some((one) => severities.indexOf(one.severity) >= severities.indexOf(failOn));
    return isBad || refused.length > 0 ? 1 : 0;
  } finally {
    await service.close();
  }
}

interface Run extends Options {
  linesIn(state: EndpointState): ScanLine[];
}

async function run(service: ScanService, memory: Memory, options: Run): Promise<ScanLine[]> {
  const { plan } = service;
  const bar = progressBar('ports');
  const found: ScanLine[] = [];
  const states: EndpointState[] = [];
  const round = scanRound(plan, memory, options.linesIn, {
    onProgress: bar.update,
    now: service.loop.now,
  });
  for await (const { state, lines, before, isEarlier } of round) {
    states.push(state);
    found.push(...lines);
    const known = new Set(before?.map(lineKey));
    bar.clear();
    for (const line of lines) {
      const isNew = before !== null && !known.has(lineKey(line));
      if (options.changes && before !== null && !isNew) continue;
      if (options.json) printJson(line);
      else say(told(line, isNew));
    }
    if (!options.json) for (const line of goneOf(before, lines)) say(told(line, false, 'GONE    '));
    if (options.respond && !isEarlier) await respondTo(state, service, options);
  }
  bar.clear();
  if (options.html !== undefined) await writeFile(options.html, scanPage(states, found, service.loop.now()));
  if (!options.json) say(summaryOf(states, found));
  return found;
}

/** Through the loop, as any other resource: cases are opened, people told or asked, and told once. */
async function respondTo(
  state: EndpointState,
  { endpoints, loop }: ScanService,
  { json }: Run,
): Promise<void> {
  for (const outcome of await reconcileSeen(state, endpoints, loop)) {
    if (json || outcome.outcome === 'clean') continue;
    say(tellOutcome(outcome, outcome.caseId === null ? null : await loop.history.get(outcome.caseId)));
  }
}

function goneOf(before: readonly ScanLine[] | null, lines: readonly ScanLine[]): ScanLine[] {
  const now = new Set(lines.map(lineKey));
  return (before ?? []).filter((one) => !now.has(lineKey(one)));
}

const colours = { low: 'gray', medium: 'yellow', high: 'red', critical: 'red' } as const;

function told(line: ScanLine, isNew: boolean, label = line.severity.toUpperCase().padEnd(8)): string {
  const badge = styleText(colours[line.severity], label, { stream: process.stdout });
  const where = line.target.includes(':') ? `[${line.target}]:${line.port}` : `${line.target}:${line.port}`;
  return `${badge} ${plain(`${where} ${line.service}  ${line.control}${isNew ? ' (new)' : ''}  ${line.why}`)}`;
}

function summaryOf(states: readonly EndpointState[], found: readonly ScanLine[]): string {
  const ports = states.reduce((sum, state) => sum + state.ports.length, 0);
  const counts = severities
    .toReversed()
    .flatMap((severity) => {
      const count = found.filter((one) => one.severity === severity).length;
      return count === 0 ? [] : [`${count} ${severity}`];
    })
    .join(', ');
  return `${states.length} address${states.length === 1 ? '' : 'es'}, ${ports} open port${ports === 1 ? '' : 's'}: ${counts || 'nothing to tell'}`;
}
