const months: { [name: string]: number } = {
  Jan: 0,
  Feb: 1,
  Mar: 2,
  Apr: 3,
  May: 4,
  Jun: 5,
  Jul: 6,
  Aug: 7,
  Sep: 8,
  Oct: 9,
  Nov: 10,
  Dec: 11,
};

/** Milliseconds of an ISO 8601 time with an offset or `Z`; NaN where it is none. Without an offset it is UTC. */
export function isoMs(text: string): number {
  const [between, first, second] = [text.charCodeAt(10), text.charCodeAt(13), text.charCodeAt(16)];
  if (
    text[4] !== '-' ||
    text[7] !== '-' ||
    (between !== 84 && between !== 32) ||
    first !== 58 ||
    second !== 58
  ) {
    return Number.NaN;
  }
  const base = utcMs(
    digits(text, 0, 4),
    digits(text, 5, 2) - 1,
    digits(text, 8, 2),
    digits(text, 11, 2),
    digits(text, 14, 2),
    digits(text, 17, 2),
  );
  let at = 19;
  let ms = 0;
  if (text[at] === '.' || text[at] === ',') {
    at++;
    for (let scale = 100; ; at++, scale /= 10) {
      const digit = text.charCodeAt(at) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      ms += digit * scale;
    }
  }
  const zone = text.slice(at);
  return base + Math.floor(ms + 1e-6) - (zone === '' ? 0 : zoneMs(zone));
}

/** Milliseconds of `30/Sep/2021:08:00:55 +0000`, the common log format; NaN where it is none. */
export function commonLogMs(text: string): number {
  if (text.length !== 26 || text[2] !== '/' || text[6] !== '/' || text[11] !== ':') return Number.NaN;
  const month = months[text.slice(3, 6)];
  if (month === undefined) return Number.NaN;
  const base = utcMs(
    digits(text, 7, 4),
    month,
    digits(text, 0, 2),
    digits(text, 12, 2),
    digits(text, 15, 2),
    digits(text, 18, 2),
  );
  return base - zoneMs(text.slice(21));
}

/** Seconds or milliseconds since 1970, as number or text; NaN where it is neither. */
export function epochMs(value: number | string): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : Number(value || Number.NaN);
  if (!Number.isFinite(number) || number <= 0) return Number.NaN;
  // 1e11 seconds are the year 5138, 1e11 milliseconds are 1973.
  return Math.floor(number < 1e11 ? number * 1000 : number < 1e14 ? number : number / 1000);
}

const dayMs = 86_400_000;

/**
 * Milliseconds of a syslog time without a year (`Sep 30 12:11:33`), which syslog writes in the local time of the
 * machine. The year is the one that brings it closest before `nowMs`; a day ahead is a clock that runs fast.
 */
export function syslogMs(month: string, day: number, clock: string, nowMs: number): number {
  const minutes = digits(clock, 3, 2);
  const seconds = digits(clock, 6, 2);
  if (clock[2] !== ':' || clock[5] !== ':' || !(minutes <= 59) || !(seconds <= 60)) return Number.NaN;
  const hourMs = hourOf(month, day, clock.slice(0, 2), nowMs);
  return hourMs + minutes * 60_000 + seconds * 1000 + (clock.length > 8 ? fraction(clock) : 0);
}

/** The hour of the last line: a log stays in one for thousands of lines. */
let lastHour = { month: '', day: 0, hour: '', nowMs: 0, ms: Number.NaN };

function hourOf(month: string, day: number, hour: string, nowMs: number): number {
  const isSame = lastHour.day === day && lastHour.hour === hour && lastHour.month === month;
  if (isSame && lastHour.nowMs === nowMs) return lastHour.ms;
  lastHour = { month, day, hour, nowMs, ms: hourNear(months[month], day, digits(hour, 0, 2), nowMs) };
  return lastHour.ms;
}

function hourNear(month: number | undefined, day: number, hour: number, nowMs: number): number {
  if (month === undefined || !(hour <= 23)) return Number.NaN;
  const at = (year: number) => {
    const date = new Date(year, month, day, hour);
    return date.getMonth() === month ? date.getTime() : Number.NaN;
  };
  const thisYear = new Date(nowMs).getFullYear();
  for (const year of [thisYear + 1, thisYear, thisYear - 1]) {
    const ms = at(year);
    if (ms <= nowMs + dayMs) return ms;
  }
  // 29 February of a year that has none: the last one that had.
  for (let year = thisYear - 2; year > thisYear - 9; year--) if (!Number.isNaN(at(year))) return at(year);
  return Number.NaN;
}

function fraction(clock: string): number {
  return Math.floor(Number(`0${clock.slice(8)}`) * 1000);
}

function utcMs(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number {
  if (month < 0 || month > 11 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
    return Number.NaN;
  return Date.UTC(year, month, day, hour, minute, second);
}

/** `Z`, `+0200`, `-05:30` in milliseconds. */
function zoneMs(zone: string): number {
  if (zone === 'Z') return 0;
  if (!/^[+-]\d\d:?\d\d$/.test(zone)) return Number.NaN;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone[0] === '-' ? -minutes : minutes) * 60_000;
}

function digits(text: string, at: number, length: number): number {
  let value = 0;
  for (let index = at; index < at + length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
