import { publicPort } from '../../../lib/controls/public-port.ts';
import type { FirewallRule } from '../../../lib/kinds/firewall.ts';
import type { State } from '../../../lib/kinds.ts';
import type { Change, Element, Json } from '../../../lib/model.ts';
import type { Draw, Subject, Thing } from './subject.ts';

/** Security groups. Rules are told apart by their descriptions: of `wide-N` what is no web must go, the web may stay. */

const ports = { exposed: [22, 3389, 5432, 6379, 8080], web: [80, 443] } as const;

const isWeb = ({ protocol, fromPort, toPort }: FirewallRule) =>
  protocol.startsWith('icmp') ||
  (['tcp', 'udp'].includes(protocol) && fromPort === toPort && ports.web.some((port) => port === fromPort));

function natureOf(rule: FirewallRule): Thing['is'] {
  if (rule.description?.startsWith('exposed-')) return 'exposed';
  if (!rule.description?.startsWith('wide-')) return 'innocent';
  return isWeb(rule) ? 'remnant' : 'exposed';
}

const thingOf = (rule: FirewallRule): Thing => ({
  name: rule.description ?? '',
  is: natureOf(rule),
  held: rule as Json,
});

// Elements of a firewall's rules are rules.
const ruleOf = (element: Element) => element as unknown as FirewallRule;

function rulesOf(state: State): readonly FirewallRule[] {
  if (state.kind !== 'firewall') throw new Error(`a ${state.kind} is no firewall`);
  return state.rules;
}

function add(word: string, { random, fresh }: Draw, over: Partial<FirewallRule>): Change {
  const rule: FirewallRule = {
    id: '',
    direction: 'ingress',
    protocol: 'tcp',
    fromPort: null,
    toPort: null,
    icmpType: null,
    icmpCode: null,
    peer: { type: 'cidr', cidr: random.pick(['0.0.0.0/0', '::/0']) },
    description: `${word}-${fresh()}`,
    tags: {},
    ...over,
  };
  return { op: 'add', part: 'rules', value: rule };
}

export const firewalls: Subject = {
  kind: 'firewall',
  control: publicPort,
  eventName: 'AuthorizeSecurityGroupIngress',
  create: (id) => {
    const attached = { interfaces: 1, public: 1 };
    return { kind: 'firewall', name: id, tags: {}, isDefault: false, attached, rules: [] };
  },
  opens: (_, draw) => {
    const port = draw.random.pick(ports.exposed);
    return add('exposed', draw, { fromPort: port, toPort: port });
  },
  opensWide: (_, draw) => add('wide', draw, { protocol: 'all' }),
  doesInnocently: (_, draw) => {
    const web = draw.random.pick(ports.web);
    return draw.random.pick([
      add('innocent', draw, { fromPort: web, toPort: web }),
      add('innocent', draw, { fromPort: 22, toPort: 22, peer: { type: 'cidr', cidr: '10.0.0.0/8' } }),
      add('innocent', draw, { fromPort: 5432, toPort: 5432, peer: { type: 'group', id: 'sg-other' } }),
    ]);
  },
  takesAway: (state, { random }) => {
    const rules = rulesOf(state);
    return rules.length === 0 ? null : { op: 'remove', part: 'rules', value: random.pick(rules) };
  },
  thingsOf: (state) => rulesOf(state).map(thingOf),
  thingIn: (change) => (change.op === 'set' ? null : thingOf(ruleOf(change.value))),
};
