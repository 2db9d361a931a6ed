import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FirewallRule, FirewallState } from '../../lib/kinds/firewall.ts';
import { invert, stateFingerprint } from '../../lib/kinds.ts';
import type { Change, Element, Resource } from '../../lib/model.ts';
import type { Provider, Reading } from '../../lib/ports.ts';

/** How the suite makes things in a cloud, apart from the provider under test. */
export interface FirewallCloud {
  provider: Provider;
  /** A firewall with exactly these rules; their ids and a reference to a group may be the cloud's own. */
  put(rules: readonly FirewallRule[]): Promise<Resource>;
  remove(resource: Resource): Promise<void>;
  /** A well-formed id that nothing has. */
  unknown(): Resource;
  /** An id that this cloud would never give, hostile to filters. */
  hostile(): Resource;
  /** What another writer does at the same time. */
  open(resource: Resource, rule: FirewallRule): Promise<void>;
  /** How a rule reads in a cloud that says less (no tags on rules) or otherwise (all ports have no numbers). */
  spelt?(rule: FirewallRule): FirewallRule;
  /** How many firewalls are many; fewer than 250 where making them is slow. */
  many?: number;
  /** Spellings whose removal this cloud's provider refuses when nothing like them is left, and why. */
  refuses?: { [spelling: string]: string };
}

export function rule(over: Partial<FirewallRule>): FirewallRule {
  return {
    id: '',
    direction: 'ingress',
    protocol: 'tcp',
    fromPort: 22,
    toPort: 22,
    icmpType: null,
    icmpCode: null,
    peer: { type: 'cidr', cidr: '0.0.0.0/0' },
    description: null,
    tags: {},
    ...over,
  };
}

export const cidr = (text: string) => ({ type: 'cidr' as const, cidr: text });

/** Every way in which a rule can be said; each must come back as it was. */
export const spellings: { [what: string]: FirewallRule } = {
  'a port with description and tags': rule({
    description: 'ssh, temporary (ticket 12)',
    tags: { owner: 'ann', 'cost centre': '7' },
  }),
  'a port range': rule({ fromPort: 8000, toPort: 8080, peer: cidr('198.51.100.0/24') }),
  'all tcp ports': rule({ fromPort: 0, toPort: 65535 }),
  'all traffic': rule({ protocol: 'all', fromPort: null, toPort: null }),
  'a protocol without ports': rule({ protocol: '50', fromPort: null, toPort: null }),
  'every kind of icmp': rule({ protocol: 'icmp', fromPort: null, toPort: null }),
  'one kind of icmp': rule({ protocol: 'icmp', fromPort: null, toPort: null, icmpType: 8, icmpCode: 0 }),
  'an IPv6 network': rule({ fromPort: 5432, toPort: 5432, peer: cidr('::/0'), description: 'six' }),
  'an egress rule': rule({ direction: 'egress', fromPort: 25, toPort: 25, peer: cidr('203.0.113.0/24') }),
};

export function firewallContract(
  name: string,
  /** The cloud, or why it cannot be had here. */
  makeCloud: () => Promise<FirewallCloud | string> | FirewallCloud | string,
): void {
  describe(`the firewall contract on ${name}`, () => {
    let cloud: FirewallCloud;
    let missing: string | null = null;
    beforeAll(async () => {
      const made = await makeCloud();
      if (typeof made === 'string') missing = made;
      else cloud = made;
    }, 600_000);
    beforeEach(({ skip }) => {
      if (missing !== null) skip(missing);
    });
    const spelt = (one: FirewallRule) => cloud.spelt?.(one) ?? one;

    const readOne = async (resource: Resource) => (await cloud.provider.read([resource]))[0] as Reading;
    const stateNow = async (resource: Resource) => stateOf(await readOne(resource));
    const apply = async (resource: Resource, changes: readonly Change[]) => {
      const applied: Change[] = [];
      for (const change of changes) applied.push(await cloud.provider.apply(resource, change));
      return applied;
    };

    it.each(Object.entries(spellings))('reads what was put: %s', async (_, spelling) => {
      const resource = await cloud.put([spelling]);

      const state = await stateNow(resource);

      expect(state.rules.map(withoutId)).toEqual([withoutId(spelt(spelling))]);
      expect(state.rules[0]?.id).not.toBe('');
    });

    it.for(Object.entries(spellings))('removes, and puts back exactly: %s', async ([what, spelling], {
      skip,
    }) => {
      const refused = cloud.refuses?.[what];
      if (refused) skip(refused);
      const other = rule({ fromPort: 9999, toPort: 9999, description: 'a neighbour' });
      const resource = await cloud.put([spelling, other]);
      const before = await stateNow(resource);

      const applied = await apply(resource, [remove(find(before, spelt(spelling)))]);
      const shut = await stateNow(resource);
      await apply(resource, invert(applied));
      const after = await stateNow(resource);

      expect(shut.rules.map(withoutId)).toEqual([withoutId(spelt(other))]);
      expect(stateFingerprint(after)).toBe(stateFingerprint(before));
    });

    it('answers an added rule with the id that it got', async () => {
      const resource = await cloud.put([]);

      const added = await cloud.provider.apply(resource, add(rule({ fromPort: 443, toPort: 443 })));

      const { rules } = await stateNow(resource);
      expect(added).toMatchObject({ op: 'add', value: { id: rules[0]?.id } });
      await apply(resource, invert([added]));
      expect((await stateNow(resource)).rules).toEqual([]);
    });

    it('removing twice is removing once, and so is adding', async () => {
      const resource = await cloud.put([rule({})]);
      const close = remove(find(await stateNow(resource), rule({})));

      await apply(resource, [close, close]);
      expect((await stateNow(resource)).rules).toEqual([]);

      const [first, second] = await apply(resource, [add(rule({})), add(rule({}))]);
      expect((await stateNow(resource)).rules).toHaveLength(1);
      expect(second).toEqual(first);
    });

    it('a closed neighbour that says nearly the same stays open', async () => {
      const six = rule({ peer: cidr('::/0') });
      const described = rule({ peer: cidr('198.51.100.0/24'), description: 'office' });
      const resource = await cloud.put([rule({}), six, described]);

      await apply(resource, [remove(find(await stateNow(resource), rule({})))]);

      const left = (await stateNow(resource)).rules.map(withoutId);
      expect(left).toHaveLength(2);
      expect(left).toEqual(expect.arrayContaining([withoutId(spelt(six)), withoutId(spelt(described))]));
    });

    it('a rule that somebody adds while we work survives', async () => {
      const resource = await cloud.put([rule({})]);
      const before = await stateNow(resource);

      const theirs = rule({ fromPort: 3389, toPort: 3389, description: 'theirs' });
      await cloud.open(resource, theirs);
      await apply(resource, [remove(find(before, rule({})))]);

      expect((await stateNow(resource)).rules.map(withoutId)).toEqual([withoutId(spelt(theirs))]);
    });

    it('a firewall that was deleted is gone, and shutting it is already done', async () => {
      const resource = await cloud.put([rule({})]);
      const close = remove(find(await stateNow(resource), rule({})));
      await cloud.remove(resource);

      expect(await readOne(resource)).toEqual({ status: 'gone' });
      expect(await cloud.provider.apply(resource, close)).toEqual(close);
    });

    it('unknown and hostile ids fail alone, not the batch', async () => {
      const resource = await cloud.put([rule({})]);

      const asked = [cloud.unknown(), resource, cloud.hostile(), resource];
      const [unknown, known, hostile, again] = await cloud.provider.read(asked);

      expect(unknown).toEqual({ status: 'gone' });
      expect(hostile?.status).not.toBe('found');
      expect(stateOf(known).rules).toHaveLength(1);
      expect(again).toEqual(known);
    });

    it('reads many firewalls together, in the order of the questions', async () => {
      const resources: Resource[] = [];
      const many = cloud.many ?? 250;
      for (let port = 1; port <= many; port++) {
        resources.push(await cloud.put([rule({ fromPort: port, toPort: port })]));
      }

      const readings = await cloud.provider.read(resources);

      const ports = readings.map((reading) => stateOf(reading).rules[0]?.fromPort);
      expect(ports).toEqual(resources.map((_, index) => index + 1));
    }, 180_000);

    it('lists every firewall of the place, each once', async () => {
      const resource = await cloud.put([]);

      const listed: string[] = [];
      const { account, region } = resource;
      for await (const page of cloud.provider.list(account, region, 'firewall')) {
        listed.push(...page.map((one) => one.id));
      }

      expect(listed).toContain(resource.id);
      expect(new Set(listed).size).toBe(listed.length);
    });

    it('a hint that is a resource resolves to it', async () => {
      const resource = await cloud.put([]);

      expect(await cloud.provider.resolve(resource)).toEqual([resource]);
    });
  });
}

export function stateOf(reading: Reading | undefined): FirewallState {
  if (reading?.status === 'error') throw reading.error;
  if (reading?.status !== 'found' || reading.state.kind !== 'firewall') throw new Error('not found');
  return reading.state;
}

// A rule is an element of `rules`; its optional field keeps the compiler from seeing that.
const elementOf = (one: FirewallRule) => one as unknown as Element;
export const remove = (one: FirewallRule): Change => ({ op: 'remove', part: 'rules', value: elementOf(one) });
export const add = (one: FirewallRule): Change => ({ op: 'add', part: 'rules', value: elementOf(one) });

/** What a rule says; its id and the provider's own notes apart. */
export const withoutId = ({ id: _, native: __, ...said }: FirewallRule) => said;

export function find(state: FirewallState, like: FirewallRule): FirewallRule {
  const wanted = JSON.stringify([like.direction, like.protocol, like.fromPort, like.peer]);
  const found = state.rules.find(
    (one) => JSON.stringify([one.direction, one.protocol, one.fromPort, one.peer]) === wanted,
  );
  if (!found) throw new Error(`no rule ${wanted}`);
  return found;
}
