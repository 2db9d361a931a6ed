import { type ApprovalRules, noRules } from '../../lib/approvers.ts';
import type { Case, Entry } from '../../lib/cases.ts';
import type { Control } from '../../lib/controls/control.ts';
import { publicPort } from '../../lib/controls/public-port.ts';
import { SqliteHistory } from '../../lib/history/sqlite.ts';
import type { FirewallRule, FirewallState } from '../../lib/kinds/firewall.ts';
import { InOrder, type Loop, type PolicyView } from '../../lib/loop.ts';
import type { Exemption, Mode, Resource, Trigger } from '../../lib/model.ts';
import type { History, Notifier, Provider } from '../../lib/ports.ts';
import { MemoryProvider } from '../../lib/providers/memory.ts';
import { Teller } from '../../lib/tell.ts';

/** A whole service in memory on a clock that only moves when told (or when somebody sleeps). */
export interface World {
  loop: Loop;
  cloud: MemoryProvider;
  history: History;
  clock: { nowMs: number };
  policy: TestPolicy;
  told: { caseId: string; outcome: string }[];
  frozen: { why: string | null };
}

export interface TestPolicy {
  mode: Mode;
  exemptions: Exemption[];
  notes: string[];
  limits: PolicyView['limits'];
  people: ApprovalRules;
}

export const group: Resource = {
  provider: 'memory',
  account: '123456789012',
  region: 'eu-central-1',
  kind: 'firewall',
  id: 'sg-1',
};

export const opened: Trigger = {
  eventId: 'event-1',
  at: '2026-11-24T08:00:00.000Z',
  actor: {
    name: 'arn:aws:iam::123456789012:user/alice',
    type: 'IAMUser',
    via: 'console',
    sourceIp: '203.0.113.7',
  },
  name: 'AuthorizeSecurityGroupIngress',
};

export function rule(id: string, over: Partial<FirewallRule> = {}): FirewallRule {
  return {
    id,
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

export function firewall(rules: FirewallRule[], over: Partial<FirewallState> = {}): FirewallState {
  const attached = { interfaces: 1, public: 1 };
  return { kind: 'firewall', name: 'web', tags: {}, isDefault: false, attached, rules, ...over };
}

export function makeWorld(
  over: { history?: History; provider?: Provider; controls?: Control[] } = {},
): World {
  const clock = { nowMs: Date.parse('2026-11-24T08:00:30.000Z') };
  const cloud = new MemoryProvider();
  const history = over.history ?? SqliteHistory.open(':memory:');
  const policy: TestPolicy = {
    mode: 'fix',
    exemptions: [],
    notes: [],
    people: noRules,
    limits: {
      fixesPerHour: 50,
      percentPerHour: 30,
      changesPerPlan: 100,
      flap: { times: 3, withinMinutes: 60 },
    },
  };
  const told: World['told'] = [];
  const frozen: World['frozen'] = { why: null };
  const channel: Notifier = {
    name: 'test',
    tell: async (about: Case, _entries: readonly Entry[]) => {
      told.push({ caseId: about.caseId, outcome: about.outcome });
    },
  };
  const teller = new Teller({ history, channels: [channel], now: () => new Date(clock.nowMs), warn: fail });
  let nextId = 1;
  const loop: Loop = {
    history,
    controls: over.controls ?? [publicPort],
    policy: testPolicyView(policy),
    provider: () => over.provider ?? cloud,
    now: () => new Date(clock.nowMs),
    newId: () => `id-${nextId++}`,
    owner: 'test',
    frozen: async () => frozen.why,
    tell: async (about) => {
      await teller.begin(about);
      await teller.settle();
    },
    dryRun: false,
    sleep: async (ms) => {
      clock.nowMs += ms;
    },
    inOrder: new InOrder(),
  };
  return { loop, cloud, history, clock, policy, told, frozen };
}

function fail(text: string): never {
  throw new Error(text);
}

export function testPolicyView(policy: TestPolicy): PolicyView {
  return {
    get limits() {
      return policy.limits;
    },
    approvalExpiresMs: 86_400_000,
    get people() {
      return policy.people;
    },
    modeFor: () => policy.mode,
    settingsFor: (control, { now }) => ({
      now,
      trusted: [],
      trustedAccounts: [],
      trustedOrganizations: [],
      options: control.options.parse({}),
    }),
    exemptionsFor: (control, { now, stored }) => ({
      inEffect: [...policy.exemptions, ...stored].filter(
        (one) => one.control === control.name && new Date(one.until) > now,
      ),
      notes: policy.notes,
    }),
  };
}
