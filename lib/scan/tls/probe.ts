import type { CipherSuite } from '../../kinds/endpoint.ts';
import { Conversation } from '../conversation.ts';
import { type HelloAnswer, readAnswer } from './answer.ts';
import { clientHello, type Offer } from './hello.ts';
import { type StartTls, startTls } from './starttls.ts';
import { hasForwardSecrecy, suiteName, suitesOf, type TlsVersion, tlsVersions } from './suites.ts';

export interface TlsServer {
  address: string;
  port: number;
  serverName: string | null;
  startTls: StartTls | null;
  /** One handshake may take so long … */
  timeoutMs: number;
  /** … and all of them together. */
  totalMs: number;
  /** Handshakes on their way at once. */
  width: number;
}

export interface TlsOffer {
  versions: TlsVersion[];
  suites: CipherSuite[];
  dhBits: number | null;
  /** As sent in the clear by versions before 1.3. */
  certificates: Buffer[];
  incomplete: string | null;
}

/** Some servers give up on a hello with more suites than they have room for. */
const suitesPerHello = 64;

/**
 * Which versions and suites a server takes: every suite is offered, what the server chooses is left out of the next
 * offer, until it refuses the rest.
 */
export async function probeTls(server: TlsServer): Promise<TlsOffer> {
  const deadlineMs = performance.now() + server.totalMs;
  const found: TlsOffer = { versions: [], suites: [], dhBits: null, certificates: [], incomplete: null };
  const offers = tlsVersions.toReversed().flatMap((version) => {
    const all = suitesOf(version);
    return Array.from({ length: Math.ceil(all.length / suitesPerHello) }, (_, at) => ({
      version,
      suites: all.slice(at * suitesPerHello, (at + 1) * suitesPerHello),
    }));
  });
  const exhaust = async () => {
    for (let offer = offers.shift(); offer !== undefined; offer = offers.shift()) {
      await exhaustOffer({ ...offer, serverName: server.serverName }, server, deadlineMs, found);
    }
  };
  await Promise.all(Array.from({ length: server.width }, exhaust));
  found.versions = tlsVersions.filter((version) => found.suites.some((one) => one.version === version));
  found.suites.sort(
    (a, b) =>
      tlsVersions.indexOf(b.version as TlsVersion) - tlsVersions.indexOf(a.version as TlsVersion) ||
      a.name.localeCompare(b.name),
  );
  return found;
}

async function exhaustOffer(
  offer: Offer,
  server: TlsServer,
  deadlineMs: number,
  found: TlsOffer,
): Promise<void> {
  let left = [...offer.suites];
  while (left.length > 0) {
    const timeoutMs = Math.min(server.timeoutMs, deadlineMs - performance.now());
    if (timeoutMs <= 0) {
      found.incomplete ??= `not all suites could be tried within ${Math.round(server.totalMs / 1000)} s`;
      return;
    }
    const answer = await sayHello({ ...offer, suites: left }, { ...server, timeoutMs });
    if (answer === 'silent') {
      found.incomplete ??= 'the server did not answer every offer';
      return;
    }
    if (answer.type !== 'chosen' || answer.version !== offer.version || !left.includes(answer.suite)) return;
    found.suites.push({ version: offer.version, code: code(answer.suite), name: suiteName(answer.suite) });
    if (answer.dhBits !== null) found.dhBits = Math.min(found.dhBits ?? answer.dhBits, answer.dhBits);
    if (found.certificates.length === 0) found.certificates = answer.certificates;
    left = left.filter((suite) => suite !== answer.suite);
  }
}

/** One offer and its answer. A reset or a close is a refusal; saying nothing until the time-out is none. */
export async function sayHello(
  offer: Offer,
  server: Omit<TlsServer, 'totalMs' | 'width'>,
): Promise<HelloAnswer | 'silent'> {
  for (let attempt = 1; ; attempt++) {
    const answer = await sayHelloOnce(offer, server);
    if (answer !== 'silent' || attempt === 2) return answer;
  }
}

/** The same without a second try after silence. */
export async function sayHelloOnce(
  offer: Offer,
  server: Omit<TlsServer, 'totalMs' | 'width'>,
): Promise<HelloAnswer | 'silent'> {
  const talk = await Conversation.open({ ...server, maxBytes: 262_144 });
  if (talk === null) return 'silent';
  try {
    if (server.startTls !== null && (await startTls(server.startTls, talk)) !== true) return 'silent';
    talk.write(clientHello(offer));
    let answer: HelloAnswer = { type: 'more' };
    await talk.read((heard) => {
      answer = readAnswer(heard);
      return isEnough(answer) ? heard.length : null;
    });
    // The loop above assigned it where TypeScript does not look.
    const last = answer as HelloAnswer;
    if (last.type !== 'more') return last;
    return talk.ended === 'timeout' ? 'silent' : { type: 'alert', description: 40, isSent: false };
  } finally {
    talk.close();
  }
}

function isEnough(answer: HelloAnswer): boolean {
  if (answer.type !== 'chosen') return answer.type !== 'more';
  if (answer.isDone) return true;
  const name = suiteName(answer.suite);
  const hasCertificate = answer.certificates.length > 0 || /_anon_|PSK|SRP/.test(name);
  const needsPrime = hasForwardSecrecy(name) && name.startsWith('TLS_DHE_');
  return hasCertificate && (!needsPrime || answer.dhBits !== null);
}

function code(suite: number): string {
  return `0x${suite.toString(16).padStart(4, '0')}`;
}
