import { isIP } from 'node:net';
import type { Actor, Hint } from '../model.ts';
import { field, isFields, text } from './json.ts';
import { idOf, malformed, type Normalised, named, timeOf } from './normalised.ts';

/** One event of Exoscale's audit trail as our polling hands it on: `{exoscale: {account, eventId}, event}`. */
export function isExoscale(value: unknown): boolean {
  return isFields(field(value, 'exoscale')) && isFields(field(value, 'event'));
}

export function fromExoscale(value: unknown): Normalised {
  const event = field(value, 'event');
  const account = named(field(field(value, 'exoscale'), 'account'));
  if (account === null) return malformed(value, 'an Exoscale event of no organization');
  const actor = actorOf(event);
  // Sign-ins have a handler but no call; `create session`, `add-rule-to-security-group`.
  const name = named(text(event, 'handler')) ?? 'a call without a name';
  const known: Omit<Normalised, 'hints' | 'dropped' | 'ignored'> = {
    eventId: idOf([field(field(value, 'exoscale'), 'eventId')], value),
    at: timeOf(field(event, 'timestamp')),
    account,
    region: named(field(event, 'zone')),
    actor,
    name,
    malformed: false,
  };
  const nothing = (ignored: string): Normalised => ({ ...known, hints: [], dropped: 0, ignored });

  const status = field(event, 'status');
  const by = actor ? ` by ${actor.name}` : '';
  if (typeof status === 'number' && status >= 400) return nothing(`failed API call ${name}${by}: ${status}`);
  if (text(event, 'uri') === null) return nothing(`${name}${by}: no resource is touched`);
  const hints = hintsOf(text(event, 'uri') ?? '').map(
    (one): Hint => ({ provider: 'exoscale', account, ...one }),
  );
  return hints.length > 0
    ? { ...known, hints, dropped: 0, ignored: null }
    : nothing(`unknown event: no resource of a guarded kind in ${name}`);
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const group = new RegExp(`^/v2/security-group/(${uuid})(?:[/:]([\\w-]+))?`, 'i');

/** The path names the resource; a new one has no id there yet, and is seen when something is done to it. */
function hintsOf(uri: string): Omit<Hint, 'provider' | 'account'>[] {
  const [, id, action] = group.exec(uri) ?? [];
  if (!id) return [];
  const firewall = { region: 'global', kind: 'firewall', id };
  // Its networks are the far side of other groups' rules.
  const isMembership = action === 'add-source' || action === 'remove-source';
  return isMembership ? [firewall, { region: 'global', kind: 'external-sources', id }] : [firewall];
}

/** Keys and secrets stay out; a key's name says enough. */
function actorOf(event: unknown): Actor | null {
  const user = text(field(event, 'iam-user'), 'email');
  const key = text(field(event, 'iam-api-key'), 'name');
  const role = text(field(event, 'iam-role'), 'name');
  // A sign-in says who only in its sentence.
  const spoken = /^User ([^\s@]+@\S+): /.exec(text(event, 'message') ?? '')?.[1];
  const name = named(user ?? key ?? spoken ?? role ?? null);
  const sourceIp = text(event, 'source-ip');
  if (name === null && sourceIp === null) return null;
  return {
    name: name ?? 'unknown',
    type: key && !user ? 'api-key' : 'user',
    via: key && !user ? 'api' : 'console',
    sourceIp: sourceIp !== null && isIP(sourceIp) ? sourceIp : null,
  };
}
