import { writeFile } from 'node:fs/promises';
import { styleText } from 'node:util';
import { controlsFor } from '../controls/registry.ts';
import { TerminalError } from '../errors.ts';
import type { EndpointState } from '../kinds/endpoint.ts';
import { type Severity, severities } from '../model.ts';
import { reconcile } from '../reconcile.ts';
import { parsePortList } from '../scan/hosts.ts';
import { scanPage } from '../scan/html.ts';
import { lineKey, linesOf, type ScanLine } from '../scan/line.ts';
import { endpointResource } from '../scan/resource.ts';
import { scan } from '../scan/scan.ts';
import { policyAsAsked, type ScanService, wireScan } from '../wire.ts';
import { plain, printJson, say, tellOutcome, warn } from './print.ts';
import { progressBar } from './progress.ts';
import { type Memory, memoryIn } from './scan-memory.ts';

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
    const ask = policyAsAsked(policy);
    const linesIn = (state: EndpointState) =>
      linesOf(
        state,
        controlsFor('endpoint').filter((control) => ask.isWanted(control, state, loop.now())),
        (control) => ask.settingsFor(control, state, loop.now()),
      );
    const memory = memoryIn(service.history, plan, options);
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
  const finished = await memory.finished();
  const tell = async (state: EndpointState) => {
    states.push(state);
    const lines = options.linesIn(state);
    found.push(...lines);
    const { id } = endpointResource(state);
    const before = await memory.linesBefore(id);
    const known = new Set(before?.map(lineKey));
    bar.clear();
    for (const line of lines) {
      const isNew = before !== null && !known.has(lineKey(line));
      if (options.changes && before !== null && !isNew) continue;
      if (options.json) printJson(line);
      else say(told(line, isNew));
    }
    if (!options.json) for (const line of goneOf(before, lines)) say(told(line, false, 'GONE    '));
    await memory.keep(id, state, lines);
    if (options.respond) await respondTo(state, service, options);
  };
  for (const state of finished) await tell(state);
  const known = new Set(finished.map((state) => endpointResource(state).id));
  const hosts = plan.hosts.filter((host) => !known.has(endpointResource(host).id));
  for await (const state of scan({ ...plan, hosts }, bar.update)) await tell(state);
  bar.clear();
  await memory.done();
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
  const resource = endpointResource(state);
  const trigger = { eventId: `scan/${loop.newId()}`, at: null, actor: null, name: 'scan' };
  endpoints.remember(state);
  for (const outcome of await reconcile(resource, trigger, loop)) {
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
