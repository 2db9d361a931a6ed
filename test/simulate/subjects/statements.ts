import type { Control } from '../../../lib/controls/control.ts';
import { publicBucket } from '../../../lib/controls/public-bucket.ts';
import { publicPolicy } from '../../../lib/controls/public-policy.ts';
import type { PolicyStatement } from '../../../lib/kinds/statement.ts';
import type { Kind, State } from '../../../lib/kinds.ts';
import type { Change, Element, Json } from '../../../lib/model.ts';
import type { Draw, Subject, Thing } from './subject.ts';

/** Policies of buckets and queues. Statements are told apart by their Sids and stand in an order that must stay. */

const owner = '123456789012';
const partner = 'arn:aws:iam::111122223333:root';

/** What the Principal of an Allow looks like that lets everybody in, as people write it. */
const everybody: readonly Json[] = ['*', { AWS: '*' }, { AWS: [partner, '*'] }];

/** What lets in only who is named, or nobody. */
const innocents: readonly { [key: string]: Json }[] = [
  { Effect: 'Allow', Principal: { AWS: partner } },
  { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${owner}:role/shop` } },
  { Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
  { Effect: 'Allow', Principal: '*', Condition: { StringEquals: { 'aws:PrincipalAccount': owner } } },
];

interface Place {
  kind: Kind;
  control: Control;
  eventName: string;
  action: string;
  arn: string;
  create(id: string): State;
}

function statementsOf(state: State): readonly PolicyStatement[] {
  if (state.kind !== 'bucket' && state.kind !== 'policy') throw new Error(`a ${state.kind} has no policy`);
  return state.statements;
}

const isExposed = ({ id }: Element) => id.startsWith('exposed');

const thingOf = (one: Element): Thing => ({
  name: one.id,
  is: isExposed(one) ? 'exposed' : 'innocent',
  held: one,
});

function statementsIn({ action, arn, ...place }: Place): Subject {
  const add = (
    state: State,
    { random, fresh }: Draw,
    word: string,
    said: { [key: string]: Json },
  ): Change => {
    const Sid = `${word}${fresh()}`;
    const value = {
      id: Sid,
      statement: { Sid, Action: action, Resource: arn, ...said },
      envelope: { Version: '2012-10-17', Statement: [] },
    };
    return { op: 'add', part: 'statements', value, index: random.below(statementsOf(state).length + 1) };
  };
  const opens = (state: State, draw: Draw) =>
    add(state, draw, 'exposed', { Effect: 'Allow', Principal: draw.random.pick(everybody) });
  return {
    ...place,
    opens,
    // A statement is taken out as a whole.
    opensWide: opens,
    doesInnocently: (state, draw) => add(state, draw, 'innocent', draw.random.pick(innocents)),
    takesAway: (state, { random }) => {
      const all = statementsOf(state);
      return all.length === 0 ? null : { op: 'remove', part: 'statements', value: random.pick(all) };
    },
    thingsOf: (state) => statementsOf(state).map(thingOf),
    thingIn: (change) => (change.op === 'set' ? null : thingOf(change.value)),
  };
}

const unset = {
  blockPublicAcls: null,
  ignorePublicAcls: null,
  blockPublicPolicy: null,
  restrictPublicBuckets: null,
};

export const bucketPolicies = statementsIn({
  kind: 'bucket',
  control: publicBucket,
  eventName: 'PutBucketPolicy',
  action: 's3:GetObject',
  arn: 'arn:aws:s3:::shop-data/*',
  create: (id) => ({
    kind: 'bucket',
    name: id,
    tags: {},
    owner,
    website: false,
    origins: [],
    grants: [],
    statements: [],
    accessPointStatements: [],
    settings: { ...unset, encryption: null },
    accountBlock: unset,
  }),
});

export const queuePolicies = statementsIn({
  kind: 'policy',
  control: publicPolicy,
  eventName: 'SetQueueAttributes',
  action: 'sqs:SendMessage',
  arn: 'arn:aws:sqs:eu-central-1:123456789012:orders',
  create: (id) => ({
    kind: 'policy',
    name: id,
    tags: {},
    service: 'sqs',
    owner,
    statements: [],
    settings: {},
  }),
});
