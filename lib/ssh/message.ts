import { clientKey } from '../logs/address.ts';

/** Where a connection comes from. Port null where the line does not say. */
export interface Endpoint {
  address: string;
  port: number | null;
}

/**
 * What one message of sshd says. `counter` names who counts: sshd's own line, each PAM module, each way to hang up.
 * They tell of the same attempts, so that a connection's attempts are what the highest of them says.
 *
 * `from` lists every endpoint that the text can be read to mean. Names of users who do not exist are written by the
 * client and may imitate anything; more than one reading is settled by what else the connection said.
 */
export type SshMessage =
  | { type: 'failed'; counter: string; from: Endpoint[]; count: number; ends?: true }
  /** The client offered a key (or its host's) that was refused: no failure if another one is accepted. */
  | { type: 'key-refused'; from: Endpoint[] }
  | { type: 'accepted'; from: Endpoint[] }
  | { type: 'begins'; from: Endpoint[] }
  | { type: 'ends'; from: Endpoint[] };

/** Null: not about anybody's attempt to get in. */
export function parseSshMessage(message: string): SshMessage | null {
  const isPreauth = message.endsWith(' [preauth]');
  const from = /^(?:error|fatal|info): /.exec(message.slice(0, 7))?.[0].length ?? 0;
  const text = message.slice(from, isPreauth ? -10 : message.length);
  if (text.startsWith('pam_')) return text.startsWith('(sshd:auth)', text.indexOf('(')) ? pam(text) : null;
  const space = text.indexOf(' ');
  // The first word decides; most lines of a log are done here.
  switch (space < 0 ? text : text.slice(0, space)) {
    case 'Failed':
      return failed(text);
    case 'Accepted':
    case 'Partial':
      return accepted(text);
    case 'Invalid':
    case 'Illegal':
      return counted('user', /^\w+ user .* from (\S+?)(?: port (\d+))?\s*$/s.exec(text));
    case 'User':
      return counted('user', /^User \S+ from (\S+) not allowed because /.exec(text));
    case 'ROOT':
      return counted('root', /^ROOT LOGIN REFUSED FROM (\S+)(?: port (\d+))?$/.exec(text));
    case 'PAM:':
    case 'PAM':
    case 'Authentication':
    case 'authentication':
      return pam(text);
    case 'maximum':
    case 'Maximum':
      return counted(
        'maximum',
        /^[mM]aximum authentication attempts exceeded for .* from (\S+) port (\d+)(?: ssh\d)?$/s.exec(text),
      );
    case 'Received':
      return disconnect(text, isPreauth);
    case 'Connection':
    case 'Disconnected':
    case 'Disconnecting':
    case 'Disconnecting:':
      return ending(text);
    default:
      return null;
  }
}

function failed(text: string): SshMessage | null {
  const match = /^Failed (\S+) for (invalid user |illegal user )?(.*)$/s.exec(text);
  if (!match) return null;
  const [, method = '', invalid, rest = ''] = match;
  const from = invalid ? readings(rest) : knownUser(rest);
  if (from.length === 0) return null;
  // The first request of every client; a user that does not exist makes it an attempt.
  if (method === 'none') return invalid ? { type: 'failed', counter: 'none', from, count: 1 } : null;
  const isKey = method === 'publickey' || method === 'hostbased';
  if (isKey && !invalid) return { type: 'key-refused', from };
  return { type: 'failed', counter: 'sshd', from, count: 1 };
}

/** A user who exists has a name without blanks, and whatever follows the endpoint is told by the client. */
function knownUser(rest: string): Endpoint[] {
  const match = /^\S* from (\S+)(?: port (\d+))?(?: |$)/.exec(rest);
  return match ? [endpoint(match)] : readings(rest);
}

const reading = / from (\S+)(?: port (\d+))?(?: on \S+(?: port \d+)?)?(?: ssh\d*)?(?=$|: )/g;

/** Every place where the name may end: `… from ADDRESS port N ssh2` before the end or before `: details`. */
function readings(rest: string): Endpoint[] {
  const found: Endpoint[] = [];
  reading.lastIndex = 0;
  for (let match = reading.exec(rest); match; match = reading.exec(rest)) {
    found.push(endpoint(match));
    reading.lastIndex = match.index + 1;
  }
  return found;
}

function accepted(text: string): SshMessage | null {
  const match = /^(?:Accepted|Partial) \S+ for \S+ from (\S+)(?: port (\d+))?/.exec(text);
  return match ? { type: 'accepted', from: [endpoint(match)] } : null;
}

/** Only sshd's own words stand before `rhost=`, and only the client's behind it. */
function pam(text: string): SshMessage | null {
  const unix = /^(pam_\w+)\(sshd:auth\): authentication failure;.*? rhost=(\S+)/.exec(text);
  if (unix)
    return {
      type: 'failed',
      counter: unix[1] ?? 'pam',
      from: [{ address: unix[2] ?? '', port: null }],
      count: 1,
    };
  const more = /^PAM (\d{1,4}) more authentication failures?;.*? rhost=(\S+)/.exec(text);
  if (more) {
    return {
      type: 'failed',
      counter: 'pam_unix',
      from: [{ address: more[2] ?? '', port: null }],
      count: Number(more[1]),
    };
  }
  const told =
    /^(?:PAM: )?(?:authentication (?:failure|error|failed)|user not known to the underlying authentication module|permission denied|user account (?:has expired|is locked)|maximum number of retries exceeded) for .* from (\S+?)(?: via \S+)?\s*$/is.exec(
      text,
    );
  return counted('PAM:', told);
}

/** `Received disconnect from 192.0.2.1 port 7736:3: …: Auth fail`: the reason is the client's own words. */
function disconnect(text: string, isPreauth: boolean): SshMessage | null {
  const match = /^Received disconnect from (\S+?)(?: port (\d+))?: ?(\d+): ?(.*)$/s.exec(text);
  if (!match) return null;
  const gaveUp =
    (match[3] === '3' && /Auth fail/.test(match[4] ?? '')) ||
    (isPreauth && /^No (?:more |supported )*(?:user )?authentication methods/.test(match[4] ?? ''));
  return gaveUp
    ? { type: 'failed', counter: 'Received', from: [endpoint(match)], count: 1, ends: true }
    : { type: 'ends', from: [endpoint(match)] };
}

/** `Connection closed by authenticating user root 192.0.2.1 port 22` and its kin. */
function ending(text: string): SshMessage | null {
  const begins = /^Connection from (\S+) port (\d+)/.exec(text);
  if (begins) return { type: 'begins', from: [endpoint(begins)] };
  const withUser =
    /^(?:Connection (?:closed|reset) by|Disconnected from) (?:authenticating|invalid) user .* (\S+) port (\d+)$/s.exec(
      text,
    );
  if (withUser) {
    return { type: 'failed', counter: text.slice(0, 16), from: [endpoint(withUser)], count: 1, ends: true };
  }
  // What follows holds both names, written by the client: the connection is known by its process alone.
  if (/^Disconnecting(?:: Too many authentication failures| (?:authenticating|invalid) user )/.test(text)) {
    return { type: 'failed', counter: 'Disconnecting', from: [], count: 1, ends: true };
  }
  const plain =
    /^(?:Connection (?:closed|reset) by|Disconnected from)(?: user \S+)? (\S+)(?: port (\d+))?$/.exec(text);
  return plain ? { type: 'ends', from: [endpoint(plain)] } : null;
}

function counted(counter: string, match: RegExpExecArray | null): SshMessage | null {
  return match ? { type: 'failed', counter, from: [endpoint(match)], count: 1 } : null;
}

function endpoint([, address = '', port]: RegExpExecArray): Endpoint {
  return { address, port: port === undefined ? null : Number(port) };
}

/** Whether an endpoint names an address; with UseDNS it may be a name, which its owner chooses. */
export function isAddress({ address }: Endpoint): boolean {
  return clientKey(address) !== null;
}
