import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { type Act, type NewAct, sealAct } from '../acts.ts';
import type { Case, Entry, NewEntry } from '../cases.ts';
import { RetryableError, TerminalError } from '../errors.ts';
import { fingerprint } from '../fingerprint.ts';
import type { Exemption, Json } from '../model.ts';
import type { CasePage, CaseQuery, History, Reservation } from '../ports.ts';
import { advance, appendedFirst, factsOf, isTellable } from './advance.ts';
import { bodyAttributes, packBody, partKeysOf, unpackBody } from './dynamodb-body.ts';
import { DynamoTable, type Item, type Key, type Write } from './dynamodb-client.ts';
import { reserve } from './dynamodb-reserve.ts';
import {
  caseKey,
  entryKey,
  indexOf,
  openedSk,
  padded,
  part,
  resourcePk,
  ttlAttribute,
  wordPk,
} from './dynamodb-table.ts';
import { lacking, markOf, markTold } from './dynamodb-told.ts';
import { boundsOf, cursorOf, millisOf, positionOf } from './position.ts';
import { filtersOf } from './selective.ts';
import { startsOf } from './words.ts';

/**
 * The history in one DynamoDB table. What the loop depends on is read consistently through pointer items;
 * the indexes, which lag, only serve `find`.
 */
export class DynamoHistory implements History {
  readonly #table: DynamoTable;

  constructor(tableName: string, config: DynamoDBClientConfig = {}) {
    this.#table = new DynamoTable(tableName, config);
  }

  async lease(key: string, owner: string, untilMs: number, nowMs: number): Promise<boolean> {
    const expiresAt = Math.ceil(untilMs / 1000) + 3600;
    return this.#table.write({
      put: { pk: `lease#${part(key)}`, sk: 'lease', holder: owner, untilMs, [ttlAttribute]: expiresAt },
      if: 'attribute_not_exists(pk) or holder = :holder or untilMs <= :now',
      values: { ':holder': owner, ':now': nowMs },
    });
  }

  async release(key: string, owner: string): Promise<void> {
    const lease = { pk: `lease#${part(key)}`, sk: 'lease' };
    await this.#table.write({ delete: lease, if: 'holder = :holder', values: { ':holder': owner } });
  }

  async append(entry: NewEntry, expectedSeq: number): Promise<Case> {
    const item = await this.#table.get(caseKey(entry.caseId));
    const before = item && (await this.#unpack(item));
    const { sealed, after } = advance(before, entry, expectedSeq);
    const key = entryKey(sealed.caseId, sealed.seq);
    const entryBody = packBody(key.pk, JSON.stringify(sealed));
    const caseBody = packBody(key.pk, JSON.stringify(after));
    for (const put of [...entryBody.parts, ...caseBody.parts]) await this.#table.write({ put });
    const failed = await this.#table.transact([
      { put: { ...key, ...entryBody.attributes }, if: 'attribute_not_exists(pk)' },
      caseWrite(before, after, caseBody.attributes),
      ...pointerWrites(before, after, sealed),
    ]);
    if (failed !== null) throw appendedFirst(entry.caseId, expectedSeq);
    if (item) await this.#forget(partKeysOf(item));
    return after;
  }

  /** Parts of a case body that a newer one has replaced. Left behind after a crash, they do no harm. */
  async #forget(keys: readonly Key[]): Promise<void> {
    for (const key of keys) await this.#table.write({ delete: key });
  }

  async latest(resourceKey: string, control: string): Promise<Case | null> {
    const pointer = await this.#table.get({ pk: resourcePk(resourceKey), sk: `latest#${part(control)}` });
    return pointer && this.get(String(pointer.caseId));
  }

  async openCases(resourceKey: string): Promise<Case[]> {
    const pointers = await this.#under(resourcePk(resourceKey), 'open#');
    const cases = await this.#cases(pointers.map((one) => caseKey(String(one.caseId))));
    return cases
      .filter((one) => one.closedAt === null)
      .sort(newestFirst)
      .reverse();
  }

  async get(caseId: string): Promise<Case | null> {
    const item = await this.#table.get(caseKey(caseId));
    return item && this.#unpack(item);
  }

  async entries(caseId: string): Promise<Entry[]> {
    const items = await this.#under(caseKey(caseId).pk, 'entry#');
    return Promise.all(items.map((item) => this.#parse<Entry>(item)));
  }

  async find(query: CaseQuery): Promise<CasePage> {
    const span = spanOf(query);
    if (span.from > span.to) return { cases: [], cursor: null };
    const found: Case[] = [];
    for await (const page of this.#table.query(indexQuery(query, span))) {
      const keys = page.filter((one) => (one.openedSk ?? one.sk) !== span.seen).map(caseKeyOf);
      // Of a full page no more cases are read than are still asked for.
      for (let at = 0; at < keys.length && found.length <= query.limit; ) {
        const next = keys.slice(at, at + query.limit + 1 - found.length);
        at += next.length;
        // The index may be behind: the case as it is now decides.
        const cases = (await this.#cases(next)).filter((one) => matches(query, one));
        found.push(...cases.sort(newestFirst));
      }
      if (found.length > query.limit) break;
    }
    const cases = found.slice(0, query.limit);
    const last = found.length > cases.length ? cases.at(-1) : undefined;
    const cursor = last ? cursorOf({ openedMs: Date.parse(last.openedAt), caseId: last.caseId }) : null;
    return { cases, cursor };
  }

  async fixesSince(resourceKey: string, control: string, sinceMs: number): Promise<number> {
    const prefix = `fix#${part(control)}#`;
    const fixes = await this.#table.all({
      where: 'pk = :pk and sk between :from and :to',
      values: {
        ':pk': resourcePk(resourceKey),
        ':from': prefix + padded(Math.max(0, sinceMs)),
        ':to': `${prefix}:`,
      },
    });
    return fixes.length;
  }

  async untold(limit: number, channel?: string): Promise<Case[]> {
    const pointers = await this.#under('untold', 'case#');
    pointers.sort((a, b) => Number(a.tellableMs) - Number(b.tellableMs));
    const ids =
      channel === undefined
        ? pointers.slice(0, limit).map((one) => String(one.caseId))
        : await lacking(this.#table, channel, pointers, limit);
    const cases = new Map((await this.#cases(ids.map(caseKey))).map((one) => [one.caseId, one]));
    return ids.flatMap((id) => cases.get(id) ?? []);
  }

  async toldBy(caseId: string, channel: string): Promise<number> {
    return markOf(this.#table, caseId, channel);
  }

  async told(caseId: string, seq: number, by?: { channel: string; all: readonly string[] }): Promise<void> {
    const byAll = by === undefined ? seq : await markTold(this.#table, caseId, seq, by);
    const wasLast = await this.#table.write({
      delete: untoldKey(caseId),
      if: 'tellableSeq <= :seq',
      values: { ':seq': byAll },
    });
    if (wasLast || (await this.#table.get(caseKey(caseId)))) return;
    throw new TerminalError(`there is no case ${caseId}`);
  }

  async reserve(reservation: Reservation): Promise<boolean> {
    return reserve(this.#table, reservation);
  }

  async exempt(exemption: Exemption): Promise<void> {
    const untilMs = millisOf(exemption.until, "the exemption's end");
    const body = { json: JSON.stringify(exemption) };
    const sk = `exemption#${padded(untilMs)}#${fingerprint(exemption)}`;
    await this.#table.transact([
      { put: { pk: resourcePk(exemption.resourceKey), sk, ...body } },
      { put: { pk: 'exemptions', sk, ...body } },
    ]);
  }

  async exemptions(resourceKey: string): Promise<Exemption[]> {
    return this.#exemptionsUnder(resourcePk(resourceKey));
  }

  async allExemptions(): Promise<Exemption[]> {
    return this.#exemptionsUnder('exemptions');
  }

  async #exemptionsUnder(pk: string): Promise<Exemption[]> {
    const items = await this.#under(pk, 'exemption#', true);
    return items.map((item) => JSON.parse(String(item.json)));
  }

  async record(act: NewAct): Promise<Act> {
    millisOf(act.at, 'at');
    for (let round = 0; round < recordTries; round++) {
      const [last] = await this.acts(1);
      const sealed = sealAct(act, last ?? null);
      const put = { pk: 'acts', sk: padded(sealed.seq), json: JSON.stringify(sealed) };
      if (await this.#table.write({ put, if: 'attribute_not_exists(pk)' })) return sealed;
    }
    throw new RetryableError('too many at once record what they do');
  }

  async acts(limit: number, before = Number.MAX_SAFE_INTEGER): Promise<Act[]> {
    const values = { ':pk': 'acts', ':before': padded(before) };
    const where = 'pk = :pk and sk < :before';
    const found: Act[] = [];
    for await (const page of this.#table.query({ where, values, descending: true, pageSize: limit })) {
      found.push(...page.map((item) => JSON.parse(String(item.json))));
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  async setting(name: string): Promise<Json> {
    const item = await this.#table.get({ pk: `setting#${part(name)}`, sk: 'setting' });
    return item && this.#parse<Json>(item);
  }

  async set(name: string, value: Json): Promise<void> {
    const key = { pk: `setting#${part(name)}`, sk: 'setting' };
    const { attributes, parts } = packBody(key.pk, JSON.stringify(value));
    for (const put of parts) await this.#table.write({ put });
    await this.#table.write({ put: { ...key, ...attributes } });
  }

  async close(): Promise<void> {
    await this.#table.close();
  }

  async #under(pk: string, prefix: string, descending = false): Promise<Item[]> {
    const values = { ':pk': pk, ':prefix': prefix };
    return this.#table.all({ where: 'pk = :pk and begins_with(sk, :prefix)', values, descending });
  }

  async #cases(keys: readonly Key[]): Promise<Case[]> {
    const items = await this.#table.getMany(keys);
    return Promise.all(items.map((item) => this.#unpack(item)));
  }

  /** A case whose parts are gone was appended to since it was read: it is read again. */
  async #unpack(item: Item): Promise<Case> {
    const json = await unpackBody(this.#table, item);
    if (json !== null) return JSON.parse(json);
    const again = await this.#table.get(keyOf(item));
    return this.#parse<Case>(again ?? item);
  }

  async #parse<T>(item: Item): Promise<T> {
    const json = await unpackBody(this.#table, item);
    if (json === null) throw new RetryableError(`parts of ${item.pk} ${item.sk} are missing`);
    return JSON.parse(json);
  }
}

const recordTries = 60;

const keyOf = (item: Item): Key => ({ pk: String(item.pk), sk: String(item.sk) });
/** Of an item of an index, or of a list of words. */
const caseKeyOf = (item: Item): Key =>
  item.caseId === undefined ? keyOf(item) : caseKey(String(item.caseId));
const untoldKey = (caseId: string): Key => ({ pk: 'untold', sk: `case#${part(caseId)}` });
const skOf = (held: Case): string => openedSk(Date.parse(held.openedAt), held.caseId);
const newestFirst = (a: Case, b: Case): number => Buffer.compare(Buffer.from(skOf(b)), Buffer.from(skOf(a)));

function caseWrite(before: Case | null, after: Case, body: Item): Write {
  const facts = factsOf(after);
  const set: Item = {
    ...body,
    caseSeq: after.seq,
    headHash: after.hash,
    openedSk: openedSk(facts.openedMs, after.caseId),
    [indexOf.time]: 'case',
    [indexOf.resourceKey]: part(facts.resourceKey),
    [indexOf.control]: part(facts.control),
    [indexOf.outcome]: part(facts.outcome),
    [indexOf.account]: part(facts.account),
    [indexOf.provider]: part(facts.provider),
    [indexOf.severity]: part(facts.severity),
    words: facts.words,
  };
  if (facts.actor !== null) set[indexOf.actor] = part(facts.actor);
  if (facts.open) set[indexOf.open] = 'open';
  const remove = [...bodyAttributes, indexOf.open].filter((name) => set[name] === undefined);
  const update = caseKey(after.caseId);
  if (before === null) return { update, set, remove, if: 'attribute_not_exists(pk)' };
  const values = { ':seq': before.seq, ':hash': before.hash };
  return { update, set, remove, if: 'caseSeq = :seq and headHash = :hash', values };
}

/** What leads to the case without an index: newest of its control, open, not told yet; and what it counts for. */
function pointerWrites(before: Case | null, after: Case, { seq, at, story }: Entry): Write[] {
  const { caseId } = after;
  const { resourceKey, open, openedMs, words } = factsOf(after);
  const pk = resourcePk(resourceKey);
  const writes: Write[] = [];
  if (before === null) writes.push({ put: { pk, sk: `latest#${part(after.control)}`, caseId } });
  // The words of a resource never change, and neither does the time.
  for (const start of before === null ? startsOf(words) : [])
    writes.push({ put: { pk: wordPk(start), sk: openedSk(openedMs, caseId), caseId, words } });
  const openKey = { pk, sk: `open#${part(caseId)}` };
  const wasOpen = before !== null && before.closedAt === null;
  if (open && !wasOpen) writes.push({ put: { ...openKey, caseId } });
  if (!open && wasOpen) writes.push({ delete: openKey });
  if (isTellable(story)) {
    writes.push({ put: { ...untoldKey(caseId), caseId, tellableSeq: seq, tellableMs: Date.parse(at) } });
  }
  if (story.type === 'fixed') {
    const when = padded(Date.parse(at));
    writes.push({ put: { pk, sk: `fix#${part(after.control)}#${when}#${fingerprint([caseId, seq])}` } });
  }
  return writes;
}

interface Span {
  from: string;
  to: string;
  /** The last case of the page before. */
  seen: string | null;
}

function spanOf(query: CaseQuery): Span {
  const { sinceMs, untilMs } = boundsOf(query);
  const after = query.cursor === undefined ? null : positionOf(query.cursor);
  const seen = after && openedSk(after.openedMs, after.caseId);
  // Every key goes on behind the padded time, so the time alone stands before all keys of its millisecond.
  const until = untilMs === null ? '~' : padded(untilMs);
  return { from: padded(sinceMs ?? 0), to: seen !== null && seen < until ? seen : until, seen };
}

function indexQuery(query: CaseQuery, { from, to }: Span) {
  const { indexed, others, search } = filtersOf(query);
  const values: Item = { ':from': from, ':to': to };
  const contained = (search?.parts ?? []).map((text, at) => {
    values[`:word${at}`] = text;
    return `contains(words, :word${at})`;
  });
  if (search?.isWalked) {
    values[':is'] = wordPk(search.starts[0]);
    const where = 'pk = :is and sk between :from and :to';
    return { where, values, descending: true, filter: contained.join(' and ') };
  }
  const index = indexOf[indexed ?? 'time'];
  values[':is'] = indexed === null ? 'case' : indexed === 'open' ? 'open' : part(String(query[indexed]));
  const filters = others.map((name) => {
    if (name === 'open')
      return `${query.open ? 'attribute_exists' : 'attribute_not_exists'}(${indexOf.open})`;
    values[`:${name}`] = part(String(query[name]));
    return `${indexOf[name]} = :${name}`;
  });
  const filter = [...filters, ...contained].join(' and ');
  return {
    index,
    where: `${index} = :is and openedSk between :from and :to`,
    values,
    descending: true,
    ...(filter === '' ? { pageSize: query.limit + 2 } : { filter }),
  };
}

function matches(query: CaseQuery, held: Case): boolean {
  const facts = factsOf(held);
  const { indexed, others, search } = filtersOf(query);
  const isSearched = search === null || search.parts.every((text) => facts.words.includes(text));
  return isSearched && [indexed, ...others].every((name) => name === null || facts[name] === query[name]);
}
