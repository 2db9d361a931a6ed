import type { DatabaseFacts } from '../kinds/endpoint.ts';
import { Conversation } from './conversation.ts';
import type { Page } from './http/fetch.ts';
import { mongoMessage, type Port } from './identify.ts';
import { mysqlCan, mysqlPacket } from './tls/starttls.ts';

type Asked = { withoutPassword: boolean; how: string } | null;

/** Whether a database lets a stranger in. Only questions that change nothing; null where it gave no clear answer. */
export async function askDatabase(service: string, port: Port): Promise<DatabaseFacts | null> {
  const ask = asks[service];
  if (ask === undefined) return null;
  const talk = await Conversation.open({ ...port, maxBytes: 1_048_576 });
  if (talk === null) return null;
  try {
    const asked = await ask(talk);
    return asked === null ? null : { id: `tcp/${port.port}`, port: port.port, engine: service, ...asked };
  } finally {
    talk.close();
  }
}

const asks: { [service: string]: ((talk: Conversation) => Promise<Asked>) | undefined } = {
  redis: async (talk) => {
    talk.write('DBSIZE\r\n');
    const line = await talk.readLine();
    if (line === null) return null;
    if (line.startsWith(':')) return { withoutPassword: true, how: 'DBSIZE was answered' };
    return { withoutPassword: false, how: line.slice(0, 60) };
  },
  memcached: async (talk) => {
    talk.write('stats\r\n');
    const line = await talk.readLine();
    if (line === null) return null;
    return {
      withoutPassword: line.startsWith('STAT '),
      how: line.startsWith('STAT ') ? 'stats was answered' : line.slice(0, 60),
    };
  },
  postgresql: askPostgres,
  mysql: askMysql,
  mongodb: async (talk) => {
    talk.write(
      mongoMessage([
        ['listDatabases', 1],
        ['nameOnly', 1],
        ['$db', 'admin'],
      ]),
    );
    const answer = await talk.read((heard) =>
      heard.length >= 4 && heard.length >= heard.readInt32LE(0) ? heard.length : null,
    );
    if (answer === null) return null;
    const withoutPassword = answer.includes('databases\0') && !answer.includes('errmsg\0');
    return {
      withoutPassword,
      how: withoutPassword ? 'listDatabases was answered' : 'listDatabases was refused',
    };
  },
};

/** The start of a session as `postgres`. https://www.postgresql.org/docs/current/protocol-flow.html */
async function askPostgres(talk: Conversation): Promise<Asked> {
  const parameters = Buffer.from('\0\x03\0\0user\0postgres\0database\0postgres\0\0', 'latin1');
  const length = Buffer.alloc(4);
  length.writeInt32BE(parameters.length + 4);
  talk.write(Buffer.concat([length, parameters]));
  const answer = await talk.read((heard) => {
    const end = heard.length >= 5 ? 1 + heard.readInt32BE(1) : null;
    return end !== null && end >= 5 && heard.length >= end ? end : null;
  });
  if (answer === null) return null;
  const type = String.fromCharCode(answer[0] ?? 0);
  if (type === 'R' && answer.length >= 9) {
    const isOk = answer.readInt32BE(5) === 0;
    return {
      withoutPassword: isOk,
      how: isOk ? 'postgres was let in without a password' : 'a password is asked for',
    };
  }
  if (type !== 'E') return null;
  const code = /\0?C([0-9A-Z]{5})\0/.exec(answer.toString('latin1'))?.[1] ?? '';
  // 28…: not authorized. Anything else (no such role or database) is said only after the login went through.
  const isIn = code === '3D000';
  return { withoutPassword: isIn, how: `the login was answered with ${code || 'an error'}` };
}

/** A login as root with an empty password. */
async function askMysql(talk: Conversation): Promise<Asked> {
  const greeting = await talk.read(mysqlPacket);
  if (greeting === null) return null;
  if (mysqlCan(greeting) === null) return { withoutPassword: false, how: 'this address may not connect' };
  const login = Buffer.alloc(32);
  // CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION | CLIENT_LONG_PASSWORD | CLIENT_PLUGIN_AUTH
  login.writeUInt32LE(0x0000_0200 | 0x0000_8000 | 1 | 0x0008_0000, 0);
  login.writeUInt32LE(0x0100_0000, 4);
  login[8] = 33;
  const body = Buffer.concat([login, Buffer.from('root\0\0mysql_native_password\0')]);
  talk.write(Buffer.concat([Buffer.from([body.length, 0, 0, 1]), body]));
  const answer = await talk.read(mysqlPacket);
  if (answer === null) return null;
  if (answer[4] === 0xfe) return answerSwitch(talk, (answer[3] ?? 1) + 1);
  return mysqlVerdict(answer);
}

/** The server wants another way of the same empty password. */
async function answerSwitch(talk: Conversation, sequence: number): Promise<Asked> {
  talk.write(Buffer.from([0, 0, 0, sequence]));
  const answer = await talk.read(mysqlPacket);
  return answer === null ? null : mysqlVerdict(answer);
}

function mysqlVerdict(answer: Buffer): Asked {
  const isIn = answer[4] === 0;
  return { withoutPassword: isIn, how: isIn ? 'root was let in without a password' : 'root was refused' };
}

/** Elasticsearch and OpenSearch name their cluster to whoever asks, unless they ask for a password. */
export function elasticsearchIn(page: Page, port: number): DatabaseFacts | null {
  const isCluster =
    /"cluster_name"\s*:/.test(page.body) && /"(cluster_uuid|lucene_version|tagline)"/.test(page.body);
  const wants = page.headers.some(
    ([name, value]) => name === 'www-authenticate' && /security|elastic|opensearch/i.test(value),
  );
  if (page.status === 200 && isCluster)
    return {
      id: `tcp/${port}`,
      port,
      engine: 'elasticsearch',
      withoutPassword: true,
      how: 'the cluster was named',
    };
  if (page.status === 401 && wants)
    return {
      id: `tcp/${port}`,
      port,
      engine: 'elasticsearch',
      withoutPassword: false,
      how: 'a password is asked for',
    };
  return null;
}
