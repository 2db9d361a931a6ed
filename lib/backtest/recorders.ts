import { collect, elements, field, isFields, text } from '../events/json.ts';
import { arnOf } from './arns.ts';
import type { Call, Reducer, Said, Step } from './deed.ts';
import { inApiWords } from './listeners.ts';

type Reducers = { [name: string]: Reducer };

/** What watches the account: whether it does, and what it keeps. */
function watching(service: string, id: string, name: string, steps: readonly Step[]): Said[] {
  const told: Step = { do: 'note', fields: { service, name } };
  return [...steps, told].map((step) => ({ kind: 'trail', id, step }));
}

const set = (values: Extract<Step, { do: 'set' }>['values']): Step => ({
  do: 'set',
  part: 'settings',
  values,
});
const there: Step = { do: 'note', fields: { exists: true } };
const on = (isOn: boolean): Step[] => [there, set({ on: isOn })];
/** What it was like, and so what it would be made anew as, no record tells whole. */
const deleted: Step[] = [{ do: 'note', fields: { exists: false } }, set({ shape: null })];

const trail =
  (steps: (call: Call) => readonly Step[]): Reducer =>
  (call) => {
    const told =
      text(call.response, 'trailARN') ?? text(call.request, 'trailName') ?? text(call.request, 'name');
    const done = told === null ? [] : steps(call);
    if (told === null || done.length === 0) return [];
    const id = told.startsWith('arn:') ? told : arnOf(call, 'cloudtrail', `trail/${told}`);
    return watching('cloudtrail', id, id.split('/').at(-1) ?? id, done);
  };

export const trailReducers: Reducers = {
  // It does not log yet, and keeps every management event.
  CreateTrail: trail(() => [{ do: 'make', fields: { exists: true } }, set({ selectors: null })]),
  StartLogging: trail(() => on(true)),
  StopLogging: trail(() => on(false)),
  PutEventSelectors: trail(({ request, response }) => {
    const listOf = (name: string) => {
      const said = field(response, name) ?? field(request, name);
      return elements(said).filter(isFields).map(inApiWords);
    };
    const lists = {
      EventSelectors: listOf('eventSelectors'),
      AdvancedEventSelectors: listOf('advancedEventSelectors'),
    };
    const isSaid = lists.EventSelectors.length + lists.AdvancedEventSelectors.length > 0;
    return isSaid ? [there, set({ selectors: lists })] : [];
  }),
  DeleteTrail: trail(() => deleted),
};

const recorder =
  (steps: readonly Step[]): Reducer =>
  ({ request }) => {
    const name =
      text(request, 'configurationRecorderName') ?? text(field(request, 'configurationRecorder'), 'name');
    return name === null ? [] : watching('config', `config-recorder/${name}`, name, steps);
  };

export const configurationReducers: Reducers = {
  PutConfigurationRecorder: recorder([there]),
  StartConfigurationRecorder: recorder(on(true)),
  StopConfigurationRecorder: recorder(on(false)),
  DeleteConfigurationRecorder: recorder(deleted),
};

const detector =
  (steps: (call: Call) => readonly Step[]): Reducer =>
  (call) => {
    const id = text(call.response, 'detectorId') ?? text(call.request, 'detectorId');
    const done = id === null ? [] : steps(call);
    return id === null || done.length === 0 ? [] : watching('guardduty', `detector/${id}`, id, done);
  };
const enabled = ({ request }: Call): Step[] => {
  const said = field(request, 'enable');
  return typeof said === 'boolean' ? on(said) : [];
};

export const detectorReducers: Reducers = {
  CreateDetector: detector((call) => [{ do: 'make', fields: { exists: true } }, ...enabled(call)]),
  UpdateDetector: detector(enabled),
  DeleteDetector: detector(() => deleted),
};

export const flowLogReducers: Reducers = {
  CreateFlowLogs: ({ response }) =>
    collectIds(response, 'flowLogIdSet').flatMap((id) =>
      watching('flow-log', id, id, [{ do: 'make', fields: { exists: true } }, set({ on: true })]),
    ),
  DeleteFlowLogs: ({ request }) =>
    collectIds(request, 'flowLogId').flatMap((id) => watching('flow-log', id, id, deleted)),
};

/** A text, a list, or `{tag: 1, content: "fl-0123"}`. */
function collectIds(part: unknown, name: string): string[] {
  const found = [...collect(part, name), ...collect(part, `${name}.content`)];
  return [...new Set(found.filter((id) => id.startsWith('fl-')))];
}

/** This service's own rules go by this name, unless somebody named them otherwise. */
const own = /^snapshut/i;

const rule =
  (steps: (call: Call) => readonly Step[]): Reducer =>
  (call) => {
    const name = text(call.request, 'name');
    if (name === null || !own.test(name)) return [];
    const bus = text(call.request, 'eventBusName')?.split('/').at(-1) ?? 'default';
    const path = bus === 'default' ? name : `${bus}/${name}`;
    return watching('event-rule', arnOf(call, 'events', `rule/${path}`), name, steps(call));
  };

export const ruleReducers: Reducers = {
  PutRule: rule(({ request }) => on(text(request, 'state') !== 'DISABLED')),
  EnableRule: rule(() => on(true)),
  DisableRule: rule(() => on(false)),
  DeleteRule: rule(() => deleted),
};
