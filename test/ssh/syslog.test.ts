import { describe, expect, test } from 'vitest';
import { parseLogRecord } from '../../lib/ssh/syslog.ts';

const nowMs = Date.parse('2026-11-24T12:00:00Z');
const local = (...parts: [number, number, number, number, number, number]) => new Date(...parts).getTime();

describe('a line of a system log', () => {
  const message = 'Failed password for root from 203.0.113.5 port 4022 ssh2';
  const record = { program: 'sshd', pid: '4242', host: 'web1', message };
  const utc = Date.parse('2026-11-24T11:00:00.250Z');
  test.each([
    ['RFC 3164', `Nov 24 11:00:00 web1 sshd[4242]: ${message}`, local(2026, 10, 24, 11, 0, 0)],
    ['with a priority', `<86>Nov 24 11:00:00 web1 sshd[4242]: ${message}`, local(2026, 10, 24, 11, 0, 0)],
    ['of one digit', `Nov  4 11:00:00 web1 sshd[4242]: ${message}`, local(2026, 10, 4, 11, 0, 0)],
    ['RFC 5424', `<86>1 2026-11-24T11:00:00.250Z web1 sshd 4242 - - ${message}`, utc],
    [
      'RFC 5424 with data',
      `<86>1 2026-11-24T11:00:00.250Z web1 sshd 4242 ID47 [a@1 x="]\\"y"][b] ${message}`,
      utc,
    ],
    [
      'RFC 5424 with a mark of order',
      `<86>1 2026-11-24T11:00:00.250Z web1 sshd 4242 - - \u00ef\u00bb\u00bf${message}`,
      utc,
    ],
    ['ISO time', `2026-11-24T13:00:00.250123+02:00 web1 sshd[4242]: ${message}`, utc],
    [
      'journald',
      JSON.stringify({
        __REALTIME_TIMESTAMP: String(utc * 1000),
        _HOSTNAME: 'web1',
        SYSLOG_IDENTIFIER: 'sshd',
        _COMM: 'sshd',
        _PID: '4242',
        MESSAGE: message,
      }),
      utc,
    ],
    [
      'journald with bytes',
      JSON.stringify({
        __REALTIME_TIMESTAMP: String(utc * 1000),
        _HOSTNAME: 'web1',
        SYSLOG_IDENTIFIER: 'sshd',
        _PID: '4242',
        MESSAGE: [...Buffer.from(message)],
      }),
      utc,
    ],
  ])('%s', (_, line, timeMs) => {
    expect(parseLogRecord(line, nowMs)).toEqual({ ...record, timeMs });
  });

  test.each([
    '',
    'garbage',
    '{"MESSAGE":1',
    'Xyz 24 11:00:00 web1 sshd[1]: x',
    'Nov 24 25:00 web1 sshd: x',
    '{}',
  ])('%j is none', (line) => {
    expect(parseLogRecord(line, nowMs)).toBeNull();
  });

  test('a program that only calls itself sshd is taken for what the kernel says', () => {
    const line = JSON.stringify({
      __REALTIME_TIMESTAMP: String(utc * 1000),
      SYSLOG_IDENTIFIER: 'sshd',
      _COMM: 'logger',
      MESSAGE: message,
    });

    expect(parseLogRecord(line, nowMs)?.program).toBe('logger');
  });
});

describe('the year of a line that has none', () => {
  test.each([
    ['the same day', 'Nov 24', '2026-11-24T12:00:00', 2026],
    ['earlier this year', 'Jan  2', '2026-11-24T12:00:00', 2026],
    ['last year, seen in January', 'Dec 31', '2027-01-01T00:00:10', 2026],
    ['last year, seen in autumn', 'Dec 24', '2026-11-24T12:00:00', 2025],
    ['a clock that runs a little ahead', 'Jan  1', '2026-12-31T23:59:00', 2027],
    ['a day that exists in leap years only', 'Feb 29', '2026-11-24T12:00:00', 2024],
  ])('%s', (_, day, now, year) => {
    const record = parseLogRecord(`${day} 00:00:05 web1 sshd[1]: x`, Date.parse(now));
    expect(new Date(record?.timeMs ?? 0).getFullYear()).toBe(year);
  });
});
