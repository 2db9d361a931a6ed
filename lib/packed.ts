import { gunzipSync, gzipSync } from 'node:zlib';

/**
 * Large texts as JSON can hold them, gzip in base64. The history takes a setting of any size, in parts; what is written
 * anew at every look is kept within one item of DynamoDB, which ends at 400 KB.
 */

export function pack(text: string): string {
  return gzipSync(text).toString('base64');
}

/** Throws where it is not packed, or unpacks to more than `bytesMax`. */
export function unpack(packed: string, bytesMax: number): string {
  return gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: bytesMax }).toString('utf8');
}

/** `bodyOf(count)` as packed JSON, or of half as many, and so on, until it fits. */
export function packAsManyAsFit(count: number, packedMax: number, bodyOf: (most: number) => unknown): string {
  for (let most = count; ; most = Math.floor(most / 2)) {
    const packed = pack(JSON.stringify(bodyOf(most)));
    if (packed.length <= packedMax || most === 0) return packed;
  }
}
