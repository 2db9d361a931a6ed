import type { Hint } from '../model.ts';
import type { Origin } from './arn.ts';
import { isAccountId, isId, isRegion } from './ids.ts';
import { field } from './json.ts';
import { idOf, type Normalised, named } from './normalised.ts';

/** Whether a message of another tool names resources, and which: only a hint, the live state decides. */
export interface Pointed {
  hints: readonly Hint[];
  /** Resources that it speaks of in words that cannot be used. */
  unusable?: number;
  at: string | null;
  /** What the message is, for a sentence: `GuardDuty Finding`. */
  name: string;
}

export function originOf(...parts: readonly unknown[]): Origin {
  const account = parts
    .flatMap((one) => [field(one, 'awsAccountId'), field(one, 'accountId'), field(one, 'account')])
    .find(isAccountId);
  const region = parts.flatMap((one) => [field(one, 'region'), field(one, 'awsRegion')]).find(isRegion);
  return { account: account ?? null, region: region ?? null };
}

/** The message as an event: each resource once, ids of no shape left out and counted. */
export function fromPointed(message: unknown, envelope: unknown, origin: Origin, said: Pointed): Normalised {
  const usable = said.hints.filter(({ kind, id }) => isId(kind, id));
  // Of two that name the same resource, the one that says it is leaked comes to stand last.
  const inOrder = usable.toSorted((a, b) => Number(a.leak !== undefined) - Number(b.leak !== undefined));
  const best = new Map(inOrder.map((one) => [keyOf(one), one]));
  const hints = [...new Set(usable.map(keyOf))].flatMap((key) => best.get(key) ?? []);
  const dropped = said.hints.length - usable.length + (said.unusable ?? 0);
  const name = named(said.name) ?? 'a finding';
  const isPlaceless = hints.length === 0 && (origin.account === null || origin.region === null);
  return {
    eventId: idOf([field(envelope, 'id')], message),
    at: said.at,
    account: origin.account ?? hints[0]?.account ?? null,
    region: origin.region ?? hints[0]?.region ?? null,
    actor: null,
    name,
    hints,
    dropped,
    ignored: hints.length > 0 ? null : whyNothing(name, origin, dropped),
    malformed: isPlaceless,
  };
}

function whyNothing(name: string, { account, region }: Origin, dropped: number): string {
  if (account === null) return `malformed event: ${name} names no account`;
  if (region === null) return `malformed event: ${name} names no region`;
  return dropped > 0 ? `the id in ${name} has the shape of none` : `no resource of a guarded kind in ${name}`;
}

function keyOf({ account, region, kind, id }: Hint): string {
  return JSON.stringify([account, region, kind, id]);
}
