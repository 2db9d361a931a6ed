import { isIP } from 'node:net';
import type { Actor, Hint } from '../model.ts';
import { field, isFields, parsed, text } from './json.ts';
import { idOf, levelsMax, malformed, type Normalised, named, timeOf } from './normalised.ts';

/** oslo.messaging notifications, bare or in their v2 envelope: `{"oslo.version": "2.0", "oslo.message": "…"}`. */
export function isOslo(value: unknown): boolean {
  if (typeof field(value, 'oslo.message') === 'string') return true;
  return text(value, 'event_type') !== null && text(value, 'publisher_id') !== null;
}

export function fromOslo(value: unknown): Normalised {
  const inner = field(value, 'oslo.message');
  const notification = typeof inner === 'string' ? parsed(inner) : value;
  const name = named(field(notification, 'event_type'));
  if (!isFields(notification) || name === null) return malformed(value, 'a notification without event_type');
  const payload = field(notification, 'payload');
  const account = accountOf(notification, payload);
  const known: Omit<Normalised, 'hints' | 'dropped' | 'ignored'> = {
    eventId: idOf([field(notification, 'message_id')], value),
    at: timeOf(field(payload, 'eventTime'), isoOf(text(notification, 'timestamp'))),
    account,
    region: null,
    actor: actorOf(notification, payload),
    name,
    malformed: false,
  };
  const nothing = (ignored: string): Normalised => ({ ...known, hints: [], dropped: 0, ignored });

  if (name.endsWith('.start')) return nothing(`${name} has not happened yet; its end is an event of its own`);
  if (name.endsWith('.error')) return nothing(`failed API call ${name}`);
  if (text(payload, 'outcome') === 'failure') return nothing(`failed API call ${name}`);
  const found = touched(name, payload);
  if (found.length === 0) return nothing(`unknown event: no resource of a guarded kind in ${name}`);
  if (account === null) {
    return { ...nothing(`malformed event: ${name} names no project`), malformed: true };
  }
  const usable = found.filter(({ id }) => isId(id));
  const hints = usable.map((one): Hint => ({ provider: 'openstack', account, region: 'global', ...one }));
  const dropped = found.length - usable.length;
  if (hints.length > 0) return { ...known, hints, dropped, ignored: null };
  return { ...nothing(`the id in ${name} has the shape of none`), dropped };
}

interface Found {
  kind: string;
  id: string;
}

/**
 * Where each notification keeps its ids. Notifications name no region, so their hints are `global`: the provider
 * looks in every region of the project.
 */
function touched(name: string, payload: unknown): Found[] {
  const what = name.replace(/\.(create|update|delete)\.end$/, '');
  const one = (of: string): unknown[] => {
    const single = field(payload, of);
    const many = field(payload, `${of}s`);
    return [...(isFields(single) ? [single] : []), ...(Array.isArray(many) ? many : [])];
  };
  const ids = (kind: string, values: unknown[]): Found[] => {
    const texts = values.filter((id): id is string => typeof id === 'string' && id !== '');
    return [...new Set(texts)].map((id) => ({ kind, id }));
  };
  switch (what) {
    case 'security_group':
      return ids('firewall', [
        ...one(what).map((group) => field(group, 'id')),
        field(payload, 'security_group_id'),
      ]);
    case 'security_group_rule': {
      const groups = ids(
        'firewall',
        one(what).map((rule) => field(rule, 'security_group_id')),
      );
      // The end of a rule may name the rule alone.
      return groups.length > 0 ? groups : ids('firewall-rule', [field(payload, 'security_group_rule_id')]);
    }
    case 'address_group':
      return ids('address-group', [
        ...one(what).map((group) => field(group, 'id')),
        field(payload, 'address_group_id'),
      ]);
    case 'port': {
      const groups = one(what).flatMap((port) => {
        const held = field(port, 'security_groups');
        return Array.isArray(held) ? held : [];
      });
      const unfiltered = one(what).filter((port) => field(port, 'port_security_enabled') === false);
      return [
        ...ids('firewall', groups),
        ...ids(
          'instance',
          unfiltered.map((port) => field(port, 'id')),
        ),
      ];
    }
    case 'floatingip':
      return ids(
        'instance',
        one(what).map((address) => field(address, 'port_id')),
      );
    case 'rbac_policy':
      return ids('sharing', one(what).map(sharedObject));
    default:
      return [];
  }
}

/** As the provider names what is shared: `network/ID`. */
function sharedObject(policy: unknown): string | null {
  const [type, id] = [text(policy, 'object_type'), text(policy, 'object_id')];
  return type === null || id === null ? null : `${type.replaceAll('_', '-')}/${id}`;
}

function isId(id: string): boolean {
  return /^([a-z-]{1,32}\/)?[A-Za-z0-9_-]{1,64}$/.test(id);
}

/** The project that the resource belongs to; the caller's own where the payload does not say. */
function accountOf(notification: unknown, payload: unknown): string | null {
  const inner = isFields(payload)
    ? Object.values(payload).flatMap((one) => (Array.isArray(one) ? one : [one]))
    : [];
  const candidates = [
    ...inner.map((one) => text(one, 'project_id') ?? text(one, 'tenant_id')),
    text(notification, '_context_project_id'),
    text(notification, '_context_tenant_id') ?? text(notification, '_context_tenant'),
    text(field(payload, 'initiator'), 'project_id'),
  ];
  return candidates.find((one): one is string => one !== null && isId(one)) ?? null;
}

function actorOf(notification: unknown, payload: unknown): Actor | null {
  const initiator = field(payload, 'initiator');
  const name = [
    text(notification, '_context_user_name'),
    text(initiator, 'name') ?? text(initiator, 'username'),
    text(notification, '_context_user_id') ?? text(notification, '_context_user'),
    text(initiator, 'id'),
  ].find((one) => one !== null);
  const address = text(notification, '_context_remote_address') ?? text(field(initiator, 'host'), 'address');
  if (!name && address === null) return null;
  return {
    name: named(name ?? null) ?? 'unknown',
    type: 'user',
    via: null,
    sourceIp: address !== null && isIP(address) ? address : null,
  };
}

/** `2013-08-29 19:03:45.960280` is UTC. */
function isoOf(stamp: string | null): string | null {
  const found = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,3})?\d*$/.exec(stamp ?? '');
  return found ? `${found[1]}T${found[2]}${found[3] ?? ''}Z` : null;
}

const secret = /token|password|secret|service_catalog|credential_blob|private_key/i;

/** A notification without what could be used to act as somebody. */
export function withoutSecrets(value: unknown, levels = levelsMax): unknown {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return null;
  if (Array.isArray(value)) return value.map((one) => withoutSecrets(one, levels - 1));
  const kept = Object.entries(value).flatMap(([key, one]) => {
    // The envelope holds the notification as text.
    if (key === 'oslo.message' && typeof one === 'string') {
      const inner = parsed(one);
      return inner === undefined ? [] : [[key, JSON.stringify(withoutSecrets(inner, levels - 1))]];
    }
    return secret.test(key) ? [] : [[key, withoutSecrets(one, levels - 1)]];
  });
  return Object.fromEntries(kept);
}
