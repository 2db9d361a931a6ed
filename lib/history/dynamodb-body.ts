import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { DynamoTable, Item } from './dynamodb-client.ts';

/**
 * Text of any size in a table whose items end at 400 KB: readable while small, packed when larger, and in
 * parts beside the item when even that is too large.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const plainMaxBytes = 8_000;
const partBytes = 350_000;

/** The attributes that hold one body; an update removes those that it does not set. */
export const bodyAttributes = ['json', 'packed', 'partsName', 'parts'] as const;

export interface PackedBody {
  /** What the item itself carries. */
  attributes: Item;
  /** Must be written before the item. Named by their content: never changed, safe to write twice. */
  parts: Item[];
}

export function packBody(pk: string, json: string): PackedBody {
  if (Buffer.byteLength(json) <= plainMaxBytes) return { attributes: { json }, parts: [] };
  const packed = gzipSync(json);
  if (packed.length <= partBytes) return { attributes: { packed }, parts: [] };
  const name = createHash('sha256').update(packed).digest('hex');
  const parts: Item[] = [];
  for (let from = 0; from < packed.length; from += partBytes) {
    parts.push({ ...partKey(pk, name, parts.length), packed: packed.subarray(from, from + partBytes) });
  }
  return { attributes: { partsName: name, parts: parts.length }, parts };
}

/** Null when parts are missing: the item has changed since it was read, or was damaged. */
export async function unpackBody(table: DynamoTable, item: Item): Promise<string | null> {
  if (typeof item.json === 'string') return item.json;
  if (item.packed instanceof Uint8Array) return gunzipSync(item.packed).toString();
  const prefix = `part#${item.partsName}#`;
  const parts = await table.all({
    where: 'pk = :pk and begins_with(sk, :prefix)',
    values: { ':pk': item.pk ?? '', ':prefix': prefix },
  });
  if (parts.length !== item.parts) return null;
  return gunzipSync(Buffer.concat(parts.map((part) => part.packed as Uint8Array))).toString();
}

export function partKey(pk: string, name: string, at: number): { pk: string; sk: string } {
  return { pk, sk: `part#${name}#${String(at).padStart(6, '0')}` };
}

/** The keys of the parts that an item points to. */
export function partKeysOf(item: Item): { pk: string; sk: string }[] {
  const { pk, partsName, parts } = item;
  if (typeof pk !== 'string' || typeof partsName !== 'string' || typeof parts !== 'number') return [];
  return Array.from({ length: parts }, (_, at) => partKey(pk, partsName, at));
}
