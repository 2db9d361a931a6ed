import { utf8 } from '../logs/lines.ts';
import { epochMs, isoMs, syslogMs } from '../logs/times.ts';

/** One line of a system log. `pid` and `host` are empty where the line has none. */
export interface LogRecord {
  timeMs: number;
  host: string;
  program: string;
  pid: string;
  message: string;
}

/**
 * Reads a line by what it looks like: RFC 3164 (with or without priority and host), RFC 5424, ISO times as rsyslog
 * and syslog-ng write them, journald's JSON. Null where it is none of these.
 */
export function parseLogRecord(line: string, nowMs: number): LogRecord | null {
  const first = line.charCodeAt(0);
  if (first === 30 || first === 123) return fromJournal(first === 30 ? line.slice(1) : line);
  const body = first === 60 ? line.replace(/^<\d{1,3}>/, '') : line;
  const letter = body.charCodeAt(0);
  if (letter >= 65 && letter <= 90) {
    const match = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d\d:\d\d:\d\d(?:\.\d+)?) /.exec(body);
    return match ? fromRfc3164(match, body, nowMs) : null;
  }
  if (body[1] === ' ') {
    const match = /^1 (\S+) (\S+) (\S+) (\S+) (\S+) (.*)$/s.exec(body);
    return match ? fromRfc5424(match) : null;
  }
  const space = body.indexOf(' ', 11);
  return space < 0 ? null : tagged(isoMs(body.slice(0, space)), body.slice(space + 1));
}

function fromRfc3164(match: RegExpExecArray, body: string, nowMs: number): LogRecord | null {
  const [all, month = '', day = '', year, clock = ''] = match;
  const nearMs = year === undefined ? nowMs : Date.UTC(Number(year), 11, 31);
  return tagged(syslogMs(month, Number(day), clock, nearMs), body.slice(all.length));
}

/** `host sshd[123]: message`; the host, the pid and the colon may be missing. */
function tagged(timeMs: number, rest: string): LogRecord | null {
  if (Number.isNaN(timeMs)) return null;
  return plainlyTagged(timeMs, rest) ?? oddlyTagged(timeMs, rest);
}

/** What nearly every line looks like: `host program[123]: message`. */
function plainlyTagged(timeMs: number, rest: string): LogRecord | null {
  const space = rest.indexOf(' ');
  const colon = rest.indexOf(': ', space);
  if (space < 0 || colon < 0 || rest[colon - 1] !== ']') return null;
  const open = rest.lastIndexOf('[', colon);
  if (open <= space + 1 || rest.lastIndexOf(' ', colon - 1) !== space) return null;
  const pid = rest.slice(open + 1, colon - 1);
  if (!/^\d+$/.test(pid) || rest.startsWith('[ID ', colon + 2)) return null;
  const program = rest.slice(space + 1, open);
  return { timeMs, host: rest.slice(0, space), program, pid, message: rest.slice(colon + 2) };
}

function oddlyTagged(timeMs: number, rest: string): LogRecord {
  const tag =
    /^(?:(\S+) )?(\[?[\w./-]+\]?)(?:\[(\d+)\])?: (.*)$/s.exec(rest) ??
    /^()(\[[\w./-]+\])() (.*)$/s.exec(rest);
  // No program speaks: the syslog daemon itself (`last message repeated 3 times`).
  if (!tag) {
    const [host = '', ...words] = rest.split(' ');
    return { timeMs, host, program: '', pid: '', message: words.join(' ') };
  }
  const [, host = '', program = '', pid = '', message = ''] = tag;
  // Solaris puts an id before the message.
  const plain = message.replace(/^\[ID \d+ [\w.]+\] /, '');
  return { timeMs, host, program: program.replace(/^\[|\]$/g, ''), pid, message: plain };
}

function fromRfc5424(match: RegExpExecArray): LogRecord | null {
  const [, time = '', host = '', program = '', pid = '', , rest = ''] = match;
  const timeMs = isoMs(time);
  if (Number.isNaN(timeMs)) return null;
  const message = afterStructuredData(rest).replace(/^(?:\xef\xbb\xbf|\ufeff)/, '');
  return { timeMs, host, program, pid: pid === '-' ? '' : pid, message };
}

/** Structured data is `-` or `[id name="value"…]…`; a `]` inside a value is escaped. */
function afterStructuredData(rest: string): string {
  if (rest.startsWith('-')) return rest.slice(rest[1] === ' ' ? 2 : 1);
  const data = /^(?:\[(?:[^"\]\\]|\\.|"(?:[^"\\]|\\.)*")*\])+/.exec(rest);
  return data ? rest.slice(data[0].length).trimStart() : rest;
}

/** https://systemd.io/JOURNAL_EXPORT_FORMATS: every field is text, unprintable ones are arrays of bytes. */
function fromJournal(line: string): LogRecord | null {
  let record: { [field: string]: unknown };
  try {
    record = JSON.parse(utf8(line));
  } catch {
    return null;
  }
  const timeMs = timeOf(record);
  const message = textOf(record.MESSAGE);
  if (Number.isNaN(timeMs) || message === null) return null;
  // Any user may claim any identifier; the command's name comes from the kernel.
  const command = textOf(record._COMM);
  const claimed = textOf(record.SYSLOG_IDENTIFIER) ?? command ?? '';
  const program = command !== null && isSshd(claimed) && !isSshd(command) ? command : claimed;
  const pid = textOf(record._PID) ?? textOf(record.SYSLOG_PID) ?? '';
  return { timeMs, host: textOf(record._HOSTNAME) ?? '', program, pid, message };
}

function timeOf(record: { [field: string]: unknown }): number {
  const micros = textOf(record._SOURCE_REALTIME_TIMESTAMP) ?? textOf(record.__REALTIME_TIMESTAMP);
  if (micros !== null) return epochMs(micros);
  const iso = textOf(record.timestamp) ?? textOf(record['@timestamp']);
  return iso === null ? Number.NaN : isoMs(iso);
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value) && value.every((byte) => typeof byte === 'number')) {
    return Buffer.from(value).toString('utf8');
  }
  return null;
}

/** OpenSSH's server: one program up to 9.7, then a listener, a session and an authenticating part. */
export function isSshd(program: string): boolean {
  return /^(?:\S*\/)?sshd(?:-session|-auth)?$/.test(program);
}
