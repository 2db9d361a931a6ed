import { RetryableError } from '../errors.ts';
import type { Reservation } from '../ports.ts';
import type { DynamoTable, Item } from './dynamodb-client.ts';
import { padded, part, ttlAttribute } from './dynamodb-table.ts';

const tries = 60;
/** Free places to choose among: enough for those who come together. */
const choice = 100;

/**
 * A limit is that many places, each an item that can be held by one id at a time; a transaction takes a place
 * and notes the id. Those who come together find different places free, and the loser looks again.
 */
export async function reserve(table: DynamoTable, reservation: Reservation): Promise<boolean> {
  const { counter, id, max, windowMs, nowMs } = reservation;
  const pk = `counter#${part(counter)}`;
  const over = { if: 'attribute_not_exists(pk) or takenMs <= :over', values: { ':over': nowMs - windowMs } };
  const taking: Item = { pk, takenMs: nowMs, [ttlAttribute]: Math.ceil((nowMs + windowMs) / 1000) + 3600 };
  for (let round = 0; round < tries; round++) {
    const note = await table.get({ pk, sk: `id#${part(id)}` });
    if (note && Number(note.takenMs) > nowMs - windowMs) return true;
    const places = await table.all({
      where: 'pk = :pk and begins_with(sk, :prefix)',
      values: { ':pk': pk, ':prefix': 'place#' },
    });
    const held = new Set(places.filter((one) => Number(one.takenMs) > nowMs - windowMs).map((one) => one.sk));
    // After a limit has shrunk, held places beyond it still count.
    const left = max - held.size;
    if (!(left > 0)) return false;
    const free = freePlaces(Math.min(max, held.size + choice), held).slice(0, left);
    const place = free[spread(id, round) % free.length] ?? '';
    const failed = await table.transact([
      { put: { ...taking, sk: `id#${part(id)}` }, ...over },
      { put: { ...taking, sk: place }, ...over },
    ]);
    if (failed === null) return true;
  }
  throw new RetryableError(`too many at once ask for a place in ${counter}`);
}

function freePlaces(max: number, held: ReadonlySet<unknown>): string[] {
  return Array.from({ length: max }, (_, at) => `place#${padded(at)}`).filter((place) => !held.has(place));
}

/** Different ids begin at different places, and go on differently. */
function spread(id: string, round: number): number {
  let sum = round;
  for (const sign of id) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 1_000_003;
  return sum;
}
