import type { PutRuleRequest, Rule, Target } from '@aws-sdk/client-eventbridge';
import { TerminalError } from '../../../errors.ts';
import type { Json } from '../../../model.ts';
import type { Clients, Place } from '../clients.ts';
import { allPages } from '../ec2.ts';
import { isAws, orNull } from '../errors.ts';
import { arnOf, nameIn } from '../policies/holder.ts';
import { eventsOf } from '../services.ts';
import { ruleBefore } from './from-config.ts';
import { type Recorder, shapeOf, stateOf, wordsOf } from './recorder.ts';

const absent = (error: unknown) => isAws(error, 'ResourceNotFoundException');

interface RuleShape {
  rule: PutRuleRequest;
  targets: Target[];
}

/** The EventBridge rules that bring this service its events; the id is the rule's ARN. */
export const ownRules: Recorder = {
  service: 'event-rule',
  calls: {
    read: ['events:DescribeRule', 'events:ListTargetsByRule', 'events:ListRules', 'events:ListEventBuses'],
    write: [
      'events:EnableRule',
      'events:DisableRule',
      'events:PutRule',
      'events:PutTargets',
      'events:RemoveTargets',
      'events:DeleteRule',
      'iam:PassRole',
    ],
  },
  owns: (id) => /^arn:[^:]+:events:[^:]*:\d*:rule\//.test(id),

  async read(clients, place, arn) {
    const of = placeIn(arn);
    const said = await ruleOf(clients, place, of);
    if (said === null) return stateOf('event-rule', of.Name, null);
    const targets = await targetsOf(clients, place, of);
    const on = said.State !== 'DISABLED';
    return stateOf('event-rule', of.Name, { on, shape: shape(of, said, targets) });
  },

  async set(clients, place, arn, setting, to) {
    const { client, sdk } = await eventsOf(clients, place);
    const of = placeIn(arn);
    if (setting === 'on' && to === true) await client.send(new sdk.EnableRuleCommand(of));
    else if (setting === 'on') await client.send(new sdk.DisableRuleCommand(of));
    else if (setting === 'shape') await become(clients, place, of, to);
    else throw new TerminalError(`a rule has no setting ${setting}`);
  },

  shapeBefore: (before, arn) => ruleBefore(before, placeIn(arn).Name),

  async *list(clients, place) {
    const { client, sdk } = await eventsOf(clients, place);
    const buses = await allPages(async (NextToken) => {
      const page = await client.send(new sdk.ListEventBusesCommand({ Limit: 100, NextToken }));
      return { items: page.EventBuses, next: page.NextToken };
    });
    for (const { Name: EventBusName } of buses) {
      const found = await allPages(async (NextToken) => {
        const page = await client.send(new sdk.ListRulesCommand({ EventBusName, Limit: 100, NextToken }));
        return { items: page.Rules, next: page.NextToken };
      });
      yield found.filter((one) => clients.isOwn(one.Name ?? '')).flatMap((one) => one.Arn ?? []);
    }
  },

  hints: {
    /** `BUS/NAME`, or a name on the default bus. */
    'event-rule': async (clients, place, id) => {
      const name = id.split('/').pop() ?? '';
      if (!clients.isOwn(name)) return [];
      const bus = id.includes('/') ? (id.split('/').at(-2) ?? '') : 'default';
      const path = bus === 'default' || bus.endsWith('event-bus') ? name : `${bus}/${name}`;
      return [arnOf('events', place, `rule/${path}`)];
    },
  },
};

interface RulePlace {
  Name: string;
  EventBusName: string;
}

/** `rule/NAME` is on the default bus, `rule/BUS/NAME` on another. */
function placeIn(arn: string): RulePlace {
  const path = nameIn(arn, 'rule/').split('/');
  return { Name: path.at(-1) ?? '', EventBusName: path.slice(0, -1).join('/') || 'default' };
}

async function ruleOf(clients: Clients, place: Place, of: RulePlace): Promise<Rule | null> {
  const { client, sdk } = await eventsOf(clients, place);
  return orNull(client.send(new sdk.DescribeRuleCommand(of)), absent);
}

async function targetsOf(clients: Clients, place: Place, of: RulePlace): Promise<Target[]> {
  const { client, sdk } = await eventsOf(clients, place);
  const { Name: Rule, EventBusName } = of;
  return allPages(async (NextToken) => {
    const command = new sdk.ListTargetsByRuleCommand({ Rule, EventBusName, Limit: 100, NextToken });
    const page = await orNull(client.send(command), absent);
    return { items: page?.Targets, next: page?.NextToken };
  });
}

function shape(of: RulePlace, said: Rule, targets: readonly Target[]): Json {
  const { EventPattern, ScheduleExpression, Description, RoleArn } = said;
  const rule = { ...of, EventPattern, ScheduleExpression, Description, RoleArn };
  return shapeOf({ rule, targets: targets.toSorted((a, b) => ((a.Id ?? '') < (b.Id ?? '') ? -1 : 1)) });
}

/** The rule as this shape says, its targets too, or no rule at all. */
async function become(clients: Clients, place: Place, of: RulePlace, to: Json): Promise<void> {
  const { client, sdk } = await eventsOf(clients, place);
  const { Name: Rule, EventBusName } = of;
  const now = await targetsOf(clients, place, of);
  const { rule, targets } = to === null ? { rule: null, targets: [] } : wordsOf<RuleShape>(to);
  if (rule) await putRule(clients, place, of, rule);
  for (let at = 0; at < targets.length; at += 10) {
    const Targets = targets.slice(at, at + 10);
    const said = await client.send(new sdk.PutTargetsCommand({ Rule, EventBusName, Targets }));
    const [refused] = said.FailedEntries ?? [];
    if (refused) throw new TerminalError(`target ${refused.TargetId} of ${Rule}: ${refused.ErrorMessage}`);
  }
  const Ids = now.flatMap((one) => one.Id ?? []).filter((id) => !targets.some((one) => one.Id === id));
  if (Ids.length > 0)
    await orNull(client.send(new sdk.RemoveTargetsCommand({ Rule, EventBusName, Ids })), absent);
  if (!rule) await orNull(client.send(new sdk.DeleteRuleCommand(of)), absent);
}

/** Whether it is on is another setting: only a new rule is on from the start. */
async function putRule(clients: Clients, place: Place, of: RulePlace, rule: PutRuleRequest) {
  const { client, sdk } = await eventsOf(clients, place);
  const { State = 'ENABLED' } = (await ruleOf(clients, place, of)) ?? {};
  await client.send(new sdk.PutRuleCommand({ ...rule, State }));
}
