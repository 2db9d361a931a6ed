import { field, text } from '../events/json.ts';
import { arnOf } from './arns.ts';
import type { Call, Reducer, Step } from './deed.ts';

type Reducers = { [name: string]: Reducer };

/** Databases, audit trails and the defaults of a region: what is a setting and no list. */
const database =
  (step: (call: Call) => Step[]): Reducer =>
  (call) => {
    const name = text(call.request, 'dBInstanceIdentifier') ?? text(call.response, 'dBInstanceIdentifier');
    const steps = name === null ? [] : step(call);
    if (steps.length === 0) return [];
    const told: Step = { do: 'note', fields: { service: 'rds', name, status: 'available' } };
    const id = arnOf(call, 'rds', `db:${name}`);
    return [...steps, told].map((one) => ({ kind: 'database', id, step: one }));
  };
const publicAs = (said: unknown): Step[] =>
  typeof said === 'boolean' ? [{ do: 'set', part: 'settings', values: { publiclyAccessible: said } }] : [];

const begun = (call: Call): Step[] => [
  { do: 'make', fields: {} },
  ...publicAs(field(call.request, 'publiclyAccessible') ?? field(call.response, 'publiclyAccessible')),
];

export const databaseReducers: Reducers = {
  CreateDBInstance: database(begun),
  RestoreDBInstanceFromDBSnapshot: database(begun),
  // The answer still tells what was before: the request counts.
  ModifyDBInstance: database(({ request }) => publicAs(field(request, 'publiclyAccessible'))),
  DeleteDBInstance: database(() => [{ do: 'end' }]),
};

export const regionReducers: Reducers = {
  EnableEbsEncryptionByDefault: ({ account }) => byDefault(account, true),
  DisableEbsEncryptionByDefault: ({ account }) => byDefault(account, false),
};

function byDefault(id: string, isOn: boolean) {
  const step: Step = { do: 'set', part: 'settings', values: { ebsEncryptionByDefault: isOn } };
  return [{ kind: 'account' as const, id, step }];
}

const trail =
  (...steps: Step[]): Reducer =>
  (call) => {
    const name = text(call.response, 'trailARN') ?? text(call.request, 'name');
    if (name === null) return [];
    const id = name.startsWith('arn:') ? name : arnOf(call, 'cloudtrail', `trail/${name}`);
    const told: Step = { do: 'note', fields: { service: 'cloudtrail', name: id.split('/').at(-1) ?? id } };
    return [...steps, told].map((step) => ({ kind: 'trail', id, step }));
  };
const on = (value: boolean): Step => ({ do: 'set', part: 'settings', values: { on: value } });

export const trailReducers: Reducers = {
  StartLogging: trail({ do: 'note', fields: { exists: true } }, on(true)),
  StopLogging: trail({ do: 'note', fields: { exists: true } }, on(false)),
  DeleteTrail: trail({ do: 'note', fields: { exists: false } }, on(false)),
};
