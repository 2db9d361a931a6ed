import type { Conversation } from '../conversation.ts';

/**
 * Asks for TLS inside another protocol. Answers whether the server agreed; null where it fell silent or spoke nonsense.
 */
export type StartTls = 'smtp' | 'imap' | 'pop3' | 'ftp' | 'postgresql' | 'mysql' | 'ldap' | 'rdp';

export async function startTls(protocol: StartTls, talk: Conversation): Promise<boolean | null> {
  return ways[protocol](talk);
}

const ways: { [protocol in StartTls]: (talk: Conversation) => Promise<boolean | null> } = {
  smtp: async (talk) => {
    if ((await replyOf(talk)) === null) return null;
    talk.write('EHLO scan.invalid\r\n');
    const greeting = await replyOf(talk);
    if (greeting === null) return null;
    if (!greeting.some((line) => /^250[ -]STARTTLS\b/i.test(line))) return false;
    talk.write('STARTTLS\r\n');
    return saysCode(await replyOf(talk), '220');
  },
  ftp: async (talk) => {
    if ((await replyOf(talk)) === null) return null;
    talk.write('AUTH TLS\r\n');
    return saysCode(await replyOf(talk), '234');
  },
  pop3: async (talk) => {
    if ((await talk.readLine()) === null) return null;
    talk.write('STLS\r\n');
    const line = await talk.readLine();
    return line === null ? null : line.startsWith('+OK');
  },
  imap: async (talk) => {
    if ((await talk.readLine()) === null) return null;
    talk.write('a1 STARTTLS\r\n');
    for (let lines = 0; lines < 20; lines++) {
      const line = await talk.readLine();
      if (line === null) return null;
      if (line.startsWith('a1 ')) return /^a1 OK\b/i.test(line);
    }
    return null;
  },
  postgresql: async (talk) => {
    talk.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    const answer = await talk.read((heard) => (heard.length > 0 ? 1 : null));
    if (answer === null) return null;
    return answer[0] === 0x53 ? true : answer[0] === 0x4e ? false : null;
  },
  mysql: async (talk) => {
    const greeting = await talk.read(mysqlPacket);
    const can = greeting === null ? null : mysqlCan(greeting);
    if (can === null) return null;
    if ((can & 0x0800) === 0) return false;
    // SSLRequest: CLIENT_SSL | CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION, 16 MiB packets, utf8.
    const request = Buffer.alloc(36);
    request.set([32, 0, 0, 1]);
    request.writeUInt32LE(0x0800 | 0x0200 | 0x8000, 4);
    request.writeUInt32LE(0x0100_0000, 8);
    request[12] = 33;
    talk.write(request);
    return true;
  },
  ldap: async (talk) => {
    const oid = Buffer.from('1.3.6.1.4.1.1466.20037');
    const request = Buffer.concat([Buffer.from([0x77, oid.length + 2, 0x80, oid.length]), oid]);
    talk.write(Buffer.concat([Buffer.from([0x30, request.length + 3, 2, 1, 1]), request]));
    const answer = await talk.read((heard) =>
      heard.length >= 2 && heard.length >= 2 + (heard[1] ?? 0) ? 2 + (heard[1] ?? 0) : null,
    );
    if (answer?.[0] !== 0x30) return null;
    // ExtendedResponse (0x78), then ENUMERATED resultCode: 0 is success.
    const at = answer.indexOf(0x78);
    return at < 0 ? null : answer[at + 2] === 0x0a && answer[at + 4] === 0;
  },
  rdp: async (talk) => (await askRdp(talk, 0x0b)) === 'tls',
};

/**
 * X.224 connection request with the security protocols that we can do (0: only RDP's own, 3: TLS and CredSSP).
 * https://learn.microsoft.com/openspecs/windows_protocols/ms-rdpbcgr/18a27ef9-6f9a-4501-b000-94b1fe3c2c10
 */
export async function askRdp(
  talk: Conversation,
  protocols: number,
): Promise<'tls' | 'plain' | 'refused' | null> {
  const negotiation = [1, 0, 8, 0, protocols, 0, 0, 0];
  talk.write(Buffer.from([3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, ...negotiation]));
  const answer = await talk.read((heard) => {
    const length = heard.length >= 4 ? heard.readUInt16BE(2) : null;
    return length !== null && heard.length >= length ? length : null;
  });
  if (answer === null || answer[0] !== 3 || answer[5] !== 0xd0) return null;
  if (answer.length < 19) return 'plain';
  if (answer[11] === 3) return 'refused';
  return answer.readUInt32LE(15) === 0 ? 'plain' : 'tls';
}

/** The lines of one reply of SMTP or FTP: `250-…` goes on, `250 …` ends it. */
export async function replyOf(talk: Conversation): Promise<string[] | null> {
  const lines: string[] = [];
  while (lines.length < 100) {
    const line = await talk.readLine();
    if (line === null) return null;
    lines.push(line);
    if (/^\d{3}( |$)/.test(line)) return lines;
  }
  return null;
}

function saysCode(reply: string[] | null, code: string): boolean | null {
  return reply === null ? null : (reply.at(-1)?.startsWith(code) ?? null);
}

export function mysqlPacket(heard: Buffer): number | null {
  if (heard.length < 4) return null;
  const length = 4 + heard.readUIntLE(0, 3);
  return heard.length >= length ? length : null;
}

/** The low capability flags of a greeting of protocol 10, null where it is none. */
export function mysqlCan(greeting: Buffer): number | null {
  const end = greeting.indexOf(0, 5);
  if (greeting[4] !== 10 || end < 0 || greeting.length < end + 16) return null;
  return greeting.readUInt16LE(end + 14);
}
