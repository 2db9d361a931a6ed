import { objectsIn, utf8 } from '../../logs/lines.ts';
import type { Parsed } from '../request.ts';
import { isAlb, parseAlb } from './alb.ts';
import { parseAwsWaf } from './aws-waf.ts';
import { parseAwsWafFast } from './aws-waf-fast.ts';
import {
  cloudFrontFields,
  isCloudFront,
  parseCloudFront,
  parseCloudFrontJson,
  standardFields,
} from './cloudfront.ts';
import { cloudWatchLines } from './cloudwatch.ts';
import { parseCombined } from './combined.ts';
import { parseJsonAccess } from './json-access.ts';

type Record = { [key: string]: unknown };

/** Reads the lines of one file, each by what it looks like: formats may be mixed. */
export class RequestReader {
  readonly #onRequest: (parsed: Parsed, line: string) => void;
  #cloudFront: readonly string[] = standardFields;

  readonly #readsForwarded: boolean;

  /** `readsForwarded`: somebody believes X-Forwarded-For, because proxies are configured. */
  constructor(onRequest: (parsed: Parsed, line: string) => void, readsForwarded = true) {
    this.#onRequest = onRequest;
    this.#readsForwarded = readsForwarded;
  }

  read(line: string): void {
    const first = line.charCodeAt(0);
    const fast = first === 123 ? parseAwsWafFast(line, this.#readsForwarded) : null;
    if (fast) this.#onRequest(fast, line);
    else if (first === 123 || first === 91) this.#json(line);
    else if (first === 35) this.#header(line);
    else this.#onRequest(this.#text(line), line);
  }

  #header(line: string): void {
    this.#cloudFront = cloudFrontFields(line) ?? this.#cloudFront;
    this.#onRequest('ignored', line);
  }

  #text(line: string): Parsed {
    if (isAlb(line)) return parseAlb(line);
    if (isCloudFront(line)) return parseCloudFront(line, this.#cloudFront);
    if (isNoRequest(line)) return 'ignored';
    return parseCombined(line);
  }

  #json(line: string): void {
    const value = jsonOf(line);
    const pieces = value === undefined ? objectsIn(line) : [];
    if (pieces.length > 1) {
      for (const piece of pieces) this.#record(jsonOf(piece), piece);
      return;
    }
    for (const one of Array.isArray(value) ? value : [value]) this.#record(one, line);
  }

  #record(value: unknown, line: string): void {
    const record = recordOf(value);
    if (!record) this.#onRequest(null, line);
    else if (isPayload(record)) this.#payload(record, line);
    else this.#onRequest(parseRecord(record), line);
  }

  #payload(record: Record, line: string): void {
    const lines = cloudWatchLines(record);
    if (lines === null) this.#onRequest(null, line);
    for (const inner of lines ?? []) this.#onRequest(this.#inner(inner), inner);
  }

  /** One level only: a payload inside a payload is nobody's log. */
  #inner(line: string): Parsed {
    if (line.charCodeAt(0) !== 123) return this.#text(line);
    const record = recordOf(jsonOf(line));
    return record && !isPayload(record) ? parseRecord(record) : null;
  }
}

function recordOf(value: unknown): Record | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record) : null;
}

function isPayload(record: Record): boolean {
  return 'awslogs' in record || 'logEvents' in record;
}

function parseRecord(record: Record): Parsed {
  try {
    const isWaf = 'webaclId' in record || ('httpRequest' in record && 'action' in record);
    if (isWaf) return parseAwsWaf(record);
    if ('c-ip' in record) return parseCloudFrontJson(record);
    return parseJsonAccess(record);
  } catch (thrown) {
    // A field of another type than any log has it: the line is unreadable, the rest is not.
    if (thrown instanceof TypeError) return null;
    throw thrown;
  }
}

function jsonOf(latin1: string): unknown {
  const text = utf8(latin1);
  try {
    return JSON.parse(text);
  } catch {
    // nginx without escape=json writes \x22 into its JSON; whoever sends a quote must not vanish from the log.
    return text.includes('\\x') ? lenient(text.replace(/\\x([0-9A-Fa-f]{2})/g, '\\u00$1')) : undefined;
  }
}

function lenient(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Lines that stand in such files and are no requests: nginx's and Apache's error logs. */
function isNoRequest(line: string): boolean {
  return /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+:|^\[\w{3} \w{3} \d\d [\d:.]+ \d{4}\] \[/.test(
    line,
  );
}
