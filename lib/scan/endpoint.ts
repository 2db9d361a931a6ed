import pMap from 'p-map';
import type { AdmittingRule, EndpointState, OpenPort, TlsFacts } from '../kinds/endpoint.ts';
import { Conversation } from './conversation.ts';
import { askDatabase, elasticsearchIn } from './databases.ts';
import type { Host } from './hosts.ts';
import { hostHeader } from './http/fetch.ts';
import { lookAtHttp } from './http/look.ts';
import type { PinOf } from './http/redirects.ts';
import { type Heard, identify, type Port, startTlsOf } from './identify.ts';
import { lookAtSsh } from './ssh/look.ts';
import { openTls } from './tls/certificate.ts';
import { lookAtTls, withoutTls } from './tls/look.ts';
import { askRdp, startTls } from './tls/starttls.ts';
import { vncWithoutTls } from './vnc.ts';

export interface LookOptions {
  /** The longest that one question to one port may take; a hostile server costs a few of these, never more. */
  timeoutMs: number;
  greetingMs: number;
  tlsTotalMs: number;
  /** Ports looked at together. */
  width: number;
  pinOf: PinOf;
}

/** Looks at every open port of one address. */
export async function lookAtEndpoint(
  host: Host,
  open: readonly number[],
  rules: readonly AdmittingRule[],
  options: LookOptions,
): Promise<EndpointState> {
  const state: EndpointState = {
    kind: 'endpoint',
    name: host.name,
    address: host.address,
    tags: {},
    isGlobal: host.isGlobal,
    rules: [...rules],
    ports: [],
    tls: [],
    certificates: [],
    http: [],
    ssh: [],
    databases: [],
    mail: [],
  };
  await pMap(open, (port) => lookAtPort({ host, port, options, state }), { concurrency: options.width });
  for (const part of [
    state.ports,
    state.tls,
    state.certificates,
    state.http,
    state.ssh,
    state.databases,
    state.mail,
  ]) {
    part.sort((a, b) => a.port - b.port);
  }
  return state;
}

interface Look {
  host: Host;
  port: number;
  options: LookOptions;
  state: EndpointState;
}

async function lookAtPort({ host, port: number, options, state }: Look): Promise<void> {
  const { timeoutMs, greetingMs } = options;
  const port: Port = { address: host.address, port: number, serverName: host.name, timeoutMs, greetingMs };
  const heard = await identify(port);
  const told: OpenPort = { id: `tcp/${number}`, port: number, service: heard.service, banner: heard.banner };
  state.ports.push(told);
  const inside = heard.isTls ? await insideTls(port) : heard.service;
  if (heard.isTls) told.service = inside === 'unknown' ? 'tls' : (secureNames[inside] ?? `${inside}+tls`);
  await Promise.all([
    tlsOf(port, heard, options, state),
    inside === 'http' ? httpOf(port, heard.isTls ? 'https' : 'http', told, options, state) : null,
    inside === 'ssh' ? keep(lookAtSsh(port), state.ssh) : null,
    heard.isTls ? null : keep(askDatabase(inside, port), state.databases),
    inside === 'smtp' ? mailOf(port, heard, state) : null,
  ]);
}

const secureNames: { [service: string]: string | undefined } = {
  http: 'https',
  imap: 'imaps',
  pop3: 'pop3s',
  smtp: 'smtps',
};

async function keep<T>(looked: Promise<T | null>, part: T[]): Promise<void> {
  const facts = await looked;
  if (facts !== null) part.push(facts);
}

/** What runs inside TLS: whoever speaks first, else HTTP. */
async function insideTls(port: Port): Promise<string> {
  const open = await openTls({ ...port, startTls: null }, ['http/1.1']);
  // No common suite for node:tls: then TLS is all that can be told.
  if (open === null) return 'unknown';
  const { socket, talk } = open;
  const first = await new Promise<string>((resolve) => {
    const timer = setTimeout(() => resolve(''), port.greetingMs);
    socket.once('data', (chunk: Buffer) => {
      clearTimeout(timer);
      resolve(chunk.toString('latin1', 0, 64));
    });
    socket.once('close', () => resolve(''));
    socket.write(
      `GET / HTTP/1.1\r\nHost: ${hostHeader({ scheme: 'https', address: port.address, port: port.port, name: port.serverName })}\r\nConnection: close\r\n\r\n`,
    );
  });
  socket.destroy();
  talk.close();
  if (first.startsWith('HTTP/')) return 'http';
  if (first.startsWith('220')) return 'smtp';
  if (first.startsWith('* ')) return 'imap';
  if (first.startsWith('+OK')) return 'pop3';
  return first.startsWith('-') || first.startsWith('+') ? 'redis' : 'unknown';
}

async function tlsOf(port: Port, heard: Heard, options: LookOptions, state: EndpointState): Promise<void> {
  const way = startTlsOf[heard.service];
  if (!heard.isTls && way === undefined) return plainOf(port, heard, state.tls);
  if (!heard.isTls && way !== undefined && !(await offersStartTls(port, heard.service)))
    return plainOf(port, heard, state.tls);
  const server = { ...port, startTls: way ?? null, totalMs: options.tlsTotalMs, width: 4 };
  const looked = await lookAtTls(server);
  if (looked === null) return;
  state.tls.push(looked.tls);
  if (looked.certificate !== null) state.certificates.push(looked.certificate);
  if (heard.service === 'rdp' && (await rdpWithoutTls(port)))
    looked.tls.plain = 'RDP also takes its own old security without TLS';
}

async function offersStartTls(port: Port, service: string): Promise<boolean> {
  const way = startTlsOf[service];
  const talk = way === undefined ? null : await Conversation.open(port);
  if (talk === null || way === undefined) return false;
  const offered = await startTls(way, talk);
  talk.close();
  return offered === true;
}

/** Services that carry passwords and should not do so in the clear. */
async function plainOf(port: Port, { service }: Heard, part: TlsFacts[]): Promise<void> {
  const names: { [service: string]: string | undefined } = {
    ftp: 'FTP takes passwords without TLS',
    telnet: 'Telnet has no encryption',
    imap: 'IMAP takes passwords without TLS',
    pop3: 'POP3 takes passwords without TLS',
    rdp: 'RDP takes logins without TLS',
  };
  const why = service === 'vnc' ? await vncWithoutTls(port) : names[service];
  if (why) part.push(withoutTls(port.port, why));
}

async function rdpWithoutTls(port: Port): Promise<boolean> {
  const talk = await Conversation.open(port);
  if (talk === null) return false;
  const answer = await askRdp(talk, 0);
  talk.close();
  return answer === 'plain';
}

async function httpOf(
  port: Port,
  scheme: 'http' | 'https',
  told: OpenPort,
  options: LookOptions,
  state: EndpointState,
): Promise<void> {
  const question = {
    scheme,
    address: port.address,
    port: port.port,
    name: port.serverName,
    path: '/',
    timeoutMs: port.timeoutMs,
  };
  const looked = await lookAtHttp(question, options.pinOf, told.id);
  if (looked === null) return;
  told.banner ??= looked.facts.banner;
  const database = elasticsearchIn(looked.page, port.port);
  if (database === null) state.http.push(looked.facts);
  else {
    told.service = database.engine;
    state.databases.push(database);
  }
}

async function mailOf(port: Port, heard: Heard, state: EndpointState): Promise<void> {
  const offered = heard.isTls || (await offersStartTls(port, 'smtp'));
  state.mail.push({ id: `tcp/${port.port}`, port: port.port, banner: heard.banner ?? '', startTls: offered });
}
