import { Conversation } from './conversation.ts';
import type { Port } from './identify.ts';

/** Security types whose traffic is encrypted: RA2, TLS, VeNCrypt, … https://www.iana.org/assignments/rfb/rfb.xhtml */
const encrypted = [5, 6, 13, 18, 19, 22, 129, 130, 133];

/** How a VNC server lets in without TLS; null where it insists on TLS or does not say. */
export async function vncWithoutTls(port: Port): Promise<string | null> {
  const talk = await Conversation.open(port);
  if (talk === null) return null;
  try {
    const version = await talk.readLine();
    if (version === null) return null;
    talk.write(`${version}\n`);
    const types = version.startsWith('RFB 003.003') ? await oldType(talk) : await typesOf(talk);
    if (types === null) return null;
    if (types.includes(1)) return 'VNC lets in without a password and without TLS';
    return types.some((type) => type > 0 && !encrypted.includes(type))
      ? 'VNC takes logins without TLS'
      : null;
  } finally {
    talk.close();
  }
}

async function oldType(talk: Conversation): Promise<number[] | null> {
  const answer = await talk.read((heard) => (heard.length >= 4 ? 4 : null));
  return answer === null ? null : [answer.readUInt32BE(0)];
}

async function typesOf(talk: Conversation): Promise<number[] | null> {
  const answer = await talk.read((heard) =>
    heard.length >= 1 && heard.length >= 1 + (heard[0] ?? 0) ? 1 + (heard[0] ?? 0) : null,
  );
  return answer === null || answer[0] === 0 ? null : [...answer.subarray(1)];
}
