import { Conversation } from './conversation.ts';
import { sayHelloOnce } from './tls/probe.ts';
import { askRdp, mysqlCan, type StartTls } from './tls/starttls.ts';
import { suitesOf } from './tls/suites.ts';

/** What a port speaks. `isTls`: the protocol runs inside TLS from the first byte. */
export interface Heard {
  service: string;
  isTls: boolean;
  banner: string | null;
}

export interface Port {
  address: string;
  port: number;
  serverName: string | null;
  /** The longest that one try to make it speak may take. */
  timeoutMs: number;
  /** How long a server that speaks first is waited for. */
  greetingMs: number;
}

/** Listens first, then speaks: TLS, HTTP and the databases, each on a connection of its own. */
export async function identify(port: Port): Promise<Heard> {
  const greeting = await greet(port);
  const spoken = greeting === null ? null : serviceOfGreeting(greeting);
  if (spoken !== null)
    return { service: spoken, isTls: false, banner: bannerOf(greeting ?? Buffer.alloc(0)) };
  const answers = await Promise.all([askTls(port), ...questions.map((question) => ask(question, port))]);
  const [tls, ...others] = answers;
  if (tls) return { service: 'tls', isTls: true, banner: null };
  const known = others.find((one) => one !== null);
  if (known) return { service: known, isTls: false, banner: null };
  const banner = greeting === null || greeting.length === 0 ? null : bannerOf(greeting);
  return { service: 'unknown', isTls: false, banner };
}

async function greet(port: Port): Promise<Buffer | null> {
  const talk = await Conversation.open({ ...port, maxBytes: 8192 });
  if (talk === null) return null;
  let heard = await talk.listen(port.greetingMs);
  // The first packet may end before the line does.
  if (heard.length > 0 && heard.length < 4) heard = await talk.listen(100);
  talk.close();
  return heard;
}

/** The protocols in which the server speaks first. */
export function serviceOfGreeting(greeting: Buffer): string | null {
  const text = greeting.subarray(0, 512).toString('latin1');
  if (/^SSH-\d/m.test(text)) return 'ssh';
  if (/^RFB \d{3}\.\d{3}\n/.test(text)) return 'vnc';
  if (/^220[ -]/.test(text)) return /\bftp/i.test(text) && !/smtp/i.test(text) ? 'ftp' : 'smtp';
  if (/^\+OK/.test(text)) return 'pop3';
  if (/^\* (OK|PREAUTH)/i.test(text)) return 'imap';
  if (greeting.length > 5 && (mysqlCan(greeting) !== null || isMysqlRefusal(greeting))) return 'mysql';
  return greeting[0] === 0xff && (greeting[1] ?? 0) >= 0xfb ? 'telnet' : null;
}

/** "Host … is not allowed to connect": an error packet in place of the greeting. */
function isMysqlRefusal(greeting: Buffer): boolean {
  return greeting[3] === 0 && greeting[4] === 0xff && greeting.readUIntLE(0, 3) === greeting.length - 4;
}

interface Silent {
  service: string;
  say: Buffer | string;
  isAnswer(heard: Buffer): boolean;
}

const starts = (text: string) => (heard: Buffer) => heard.toString('latin1', 0, text.length) === text;

const questions: (Silent | 'rdp')[] = [
  { service: 'http', say: 'GET / HTTP/1.0\r\nHost: scan.invalid\r\n\r\n', isAnswer: starts('HTTP/') },
  {
    service: 'redis',
    say: 'PING\r\n',
    isAnswer: (heard) => /^(\+PONG|-NOAUTH|-DENIED|-NOPERM|-LOADING|-ERR)/.test(heard.toString('latin1')),
  },
  { service: 'memcached', say: 'version\r\n', isAnswer: starts('VERSION ') },
  {
    service: 'postgresql',
    say: Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]),
    isAnswer: (heard) => heard.length === 1 && (heard[0] === 0x53 || heard[0] === 0x4e),
  },
  {
    service: 'mongodb',
    say: mongoHello(),
    isAnswer: (heard) => heard.length >= 16 && [1, 2013].includes(heard.readInt32LE(12)),
  },
  {
    service: 'ldap',
    say: Buffer.from([0x30, 12, 2, 1, 1, 0x60, 7, 2, 1, 3, 4, 0, 0x80, 0]),
    isAnswer: (heard) => heard[0] === 0x30 && heard.subarray(0, 12).includes(0x61),
  },
  'rdp',
];

async function ask(question: Silent | 'rdp', port: Port): Promise<string | null> {
  const talk = await Conversation.open({ ...port, maxBytes: 65_536 });
  if (talk === null) return null;
  try {
    if (question === 'rdp') return (await askRdp(talk, 0x0b)) === null ? null : 'rdp';
    talk.write(question.say);
    const answer = await talk.read((heard) =>
      question.isAnswer(heard) || heard.length >= 512 ? heard.length : null,
    );
    return answer !== null && question.isAnswer(answer) ? question.service : null;
  } finally {
    talk.close();
  }
}

/** `hello` as OP_MSG. https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
export function mongoHello(): Buffer {
  return mongoMessage([
    ['hello', 1],
    ['$db', 'admin'],
  ]);
}

export function mongoMessage(fields: [name: string, value: number | string][]): Buffer {
  const elements = fields.map(([name, value]) => {
    const key = Buffer.from(`${name}\0`);
    if (typeof value === 'string') {
      const text = Buffer.from(`${value}\0`);
      const length = Buffer.alloc(4);
      length.writeInt32LE(text.length);
      return Buffer.concat([Buffer.from([2]), key, length, text]);
    }
    const number = Buffer.alloc(4);
    number.writeInt32LE(value);
    return Buffer.concat([Buffer.from([16]), key, number]);
  });
  const content = Buffer.concat(elements);
  const size = Buffer.alloc(4);
  size.writeInt32LE(content.length + 5);
  const body = Buffer.concat([Buffer.alloc(5), size, content, Buffer.from([0])]);
  const header = Buffer.alloc(16);
  header.writeInt32LE(16 + body.length, 0);
  header.writeInt32LE(1, 4);
  header.writeInt32LE(2013, 12);
  return Buffer.concat([header, body]);
}

/** Any answer in TLS, a refusal too, is TLS. */
async function askTls(port: Port): Promise<boolean> {
  const server = { ...port, startTls: null };
  const common = suitesOf('TLSv1.2').slice(0, 60);
  const older = await sayHelloOnce(
    { version: 'TLSv1.2', suites: common, serverName: port.serverName },
    server,
  );
  return older !== 'silent' && (older.type === 'chosen' || (older.type === 'alert' && older.isSent));
}

/** Which protocols can be asked for TLS inside. */
export const startTlsOf: { [service: string]: StartTls | undefined } = {
  smtp: 'smtp',
  imap: 'imap',
  pop3: 'pop3',
  ftp: 'ftp',
  postgresql: 'postgresql',
  mysql: 'mysql',
  ldap: 'ldap',
  rdp: 'rdp',
};

/**
 * The first line, without what differs each time it is said (times, APOP marks, MySQL's salt): a scan is compared with
 * the one before.
 */
export function bannerOf(heard: Buffer): string | null {
  const isMysql = heard.length > 5 && mysqlCan(heard) !== null;
  const said = isMysql ? heard.subarray(5, heard.indexOf(0, 5)) : heard;
  const first = said.subarray(0, 1000).toString('latin1').split(/\r?\n/)[0] ?? '';
  const line = first
    .replace(/<[^<>]*@[^<>]*>/g, '')
    .replace(/[;,]?\s*(\w{3}, )?\d{1,2} \w{3} \d{4}.*|\s*\d{1,2}:\d\d:\d\d.*/, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a banner comes from a stranger and is shown to people
  const text = line.replace(/[\u0000-\u001f\u007f-\u009f]/g, '').slice(0, 200);
  return text === '' ? null : text;
}
