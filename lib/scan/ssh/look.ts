import type { SshFacts } from '../../kinds/endpoint.ts';
import { Conversation } from '../conversation.ts';
import type { Port } from '../identify.ts';
import { loginMethods } from './methods.ts';

/** What an SSH server offers; null where it does not get as far as its offer. */
export async function lookAtSsh(port: Port): Promise<SshFacts | null> {
  const talk = await Conversation.open({ ...port, maxBytes: 65_536 });
  if (talk === null) return null;
  try {
    const banner = await bannerOf(talk);
    if (banner === null) return null;
    talk.write('SSH-2.0-snapshut\r\n');
    const packet = await talk.read((heard) => {
      const length = heard.length >= 4 ? heard.readUInt32BE(0) + 4 : null;
      return length !== null && length <= 65_536 && heard.length >= length ? length : null;
    });
    const offer = packet === null ? null : readKexInit(packet);
    if (offer === null) return null;
    const methods = await loginMethods(port);
    return { id: `tcp/${port.port}`, port: port.port, banner: banner.slice(0, 200), methods, ...offer };
  } finally {
    talk.close();
  }
}

/** Other lines may stand before the version. https://www.rfc-editor.org/rfc/rfc4253#section-4.2 */
async function bannerOf(talk: Conversation): Promise<string | null> {
  for (let lines = 0; lines < 50; lines++) {
    const line = await talk.readLine();
    if (line === null) return null;
    if (line.startsWith('SSH-')) return line;
  }
  return null;
}

type Offer = Pick<SshFacts, 'kex' | 'hostKeys' | 'ciphers' | 'macs'>;

/** Both directions of ciphers and MACs together. https://www.rfc-editor.org/rfc/rfc4253#section-7.1 */
export function readKexInit(packet: Buffer): Offer | null {
  if (packet[5] !== 20) return null;
  const lists: string[][] = [];
  let at = 22;
  while (lists.length < 6) {
    if (at + 4 > packet.length) return null;
    const end = at + 4 + packet.readUInt32BE(at);
    if (end > packet.length) return null;
    lists.push(
      packet
        .toString('latin1', at + 4, end)
        .split(',')
        .filter((name) => name !== ''),
    );
    at = end;
  }
  const [kex = [], hostKeys = [], cipherIn = [], cipherOut = [], macIn = [], macOut = []] = lists;
  const both = (a: string[], b: string[]) => [...new Set([...a, ...b])];
  return { kex, hostKeys, ciphers: both(cipherIn, cipherOut), macs: both(macIn, macOut) };
}
