import type { DynamoTable, Item, Key } from './dynamodb-client.ts';
import { caseKey, part } from './dynamodb-table.ts';

/** How far each channel has told of a case: one item per channel, beside the entries of the case. */

const keyFor = (caseId: string, channel: string): Key => ({
  pk: caseKey(caseId).pk,
  sk: `told#${part(channel)}`,
});

export async function markOf(table: DynamoTable, caseId: string, channel: string): Promise<number> {
  return Number((await table.get(keyFor(caseId, channel)))?.toldSeq ?? 0);
}

/** Notes it for this channel; answers up to where every channel has told. */
export async function markTold(
  table: DynamoTable,
  caseId: string,
  seq: number,
  { channel, all }: { channel: string; all: readonly string[] },
): Promise<number> {
  const key = keyFor(caseId, channel);
  const later = { if: 'attribute_not_exists(pk) or toldSeq < :seq', values: { ':seq': seq } };
  const isOurs = (await table.get(caseKey(caseId))) !== null;
  if (!isOurs) return seq;
  await table.write({ put: { ...key, toldSeq: seq }, ...later });
  const wanted = [...new Set([channel, ...all])].map((one) => keyFor(caseId, one));
  const marks = new Map((await table.getMany(wanted)).map((item) => [String(item.sk), Number(item.toldSeq)]));
  return Math.min(...wanted.map(({ sk }) => marks.get(sk) ?? 0));
}

/** The ids of the first of these waiting cases that the channel has not told to their end. */
export async function lacking(
  table: DynamoTable,
  channel: string,
  waiting: readonly Item[],
  limit: number,
): Promise<string[]> {
  const found: string[] = [];
  for (let at = 0; at < waiting.length && found.length < limit; at += pageSize) {
    const page = waiting.slice(at, at + pageSize);
    const keys = page.map((one) => keyFor(String(one.caseId), channel));
    const marks = new Map((await table.getMany(keys)).map((item) => [String(item.pk), Number(item.toldSeq)]));
    const behind = page.filter(
      ({ caseId, tellableSeq }) => (marks.get(caseKey(String(caseId)).pk) ?? 0) < Number(tellableSeq),
    );
    found.push(...behind.map((one) => String(one.caseId)));
  }
  return found.slice(0, limit);
}

const pageSize = 100;
