import * as z from 'zod';
import { isRecord } from '../iam/statement.ts';
import { isDeleted, noLogBucket, ownServices as ours, type TrailState } from '../kinds/trail.ts';
import type { Change, Exposure, Json } from '../model.ts';
import { fits } from '../policy/glob.ts';
import { control, type Settings, wasTurnedOff } from './control.ts';
import { grantExposures, policyExposures } from './doors.ts';
import { lossesOf, restoredShape } from './own-intake.ts';
import { removals } from './public-statements.ts';
import { keepingAll, missingEvents } from './trail-selectors.ts';

const Options = z.strictObject({
  /** Names of this service's own EventBridge rules and queues; `*` stands for any text. */
  own: z.array(z.string().min(1)).default(['snapshut*']),
});
type Options = z.infer<typeof Options>;

const words: { [service: string]: string } = {
  cloudtrail: 'Audit trail',
  config: 'Configuration recorder',
  guardduty: 'Threat detector',
  'flow-log': 'Flow log',
  'event-rule': 'Event rule',
  'event-bus': 'Event bus',
  queue: 'Event queue',
  'event-source': 'Event source',
  function: 'Function',
};
/** Looks that no change led to. */
const unprompted = new Set(['sweep', 'housekeeping']);
const neverOn = 'as far as anybody knows it was never on';
const exposure = { part: 'settings', to: 'whoever acts meanwhile', severity: 'critical' } as const;

function exposuresOf(state: TrailState, settings: Settings<Options>): Exposure[] {
  if (isDeleted(state)) return deletion(state, settings);
  return [...stops(state, settings), ...losses(state, settings), ...openLogs(state, settings)];
}

/** What nobody has seen before is worth no word, except to whoever deleted it just now. */
function deletion(state: TrailState, settings: Settings<Options>): Exposure[] {
  const what = 'actions that nobody records (it was deleted)';
  const known = settings.was?.shape ?? null;
  const said = settings.said ?? null;
  const isDeletion = settings.isDeletion ?? settings.trigger?.startsWith('Delete') ?? false;
  if (known === null && said === null && !isDeletion) return [];
  const isLost = (known === null && said === null) || state.service === 'function';
  const tell = whyNot(state, settings) ?? (isLost ? lossOf(state, known) : undefined);
  const ask = known === null ? onlySaid : mayBeDeployment(state, settings);
  return [{ ...exposure, id: 'shape', what, ...(tell ? { tell } : ask && { ask }) }];
}

/** An event can be forged, and what it says of the past is in no cloud any more. */
const onlySaid =
  'nobody looked at it before it was deleted, and only the message of its deletion says what it was (tags and selectors are not in it)';

function lossOf({ service }: TrailState, known: Json): string {
  if (service === 'function') return functionLoss(known);
  const lost = lossWords[service] ?? 'all that it was set to';
  return `lost with it are ${lost}: nobody looked at it before, and the event only names it; put it back from your templates`;
}

const lossWords: { [service: string]: string } = {
  cloudtrail: 'where its records went, which events it kept, its encryption, its topic and its tags',
  config: 'what it recorded and the role that it recorded as',
  guardduty: 'its features, how often it told of findings, and the findings so far',
  'flow-log': 'what it watched, which traffic it kept, where its records went and its tags',
  'event-rule': 'the events that it was made for and its targets',
  'event-bus': 'who may send to it, and its rules',
  queue: 'its policy, its other attributes and every message in it',
  'event-source': 'its batches and its filter',
};

/** Its code is nowhere else, and its environment is not kept. */
function functionLoss(known: Json): string {
  if (!isRecord(known)) return 'nobody looked at it before it was deleted: deploy it again';
  const named = [known.handler, known.runtime, known.role].filter((one) => typeof one === 'string');
  const variables = Array.isArray(known.variables) ? known.variables.join(', ') : '';
  return `lost with it are its code, its environment (${variables || 'none'}) and its concurrency; it was ${named.join(', ')}; deploy it again`;
}

/** A sweep cannot tell who took a part of the service away. */
function mayBeDeployment({ service }: TrailState, { trigger }: Settings): string | undefined {
  return ours.has(service) && unprompted.has(trigger ?? '') ? 'it may have been a deployment' : undefined;
}

/** Taking the service down with its own stack is no attack, and would only be half undone. */
function whyNot({ service }: TrailState, { deployed = false }: Settings): string | undefined {
  return deployed && ours.has(service)
    ? 'CloudFormation took it away with the stack that it is of'
    : undefined;
}

/** A source is named behind its function. */
const ownName = ({ name }: TrailState) => (name ?? '').split('/')[0] ?? '';

function stops(state: TrailState, settings: Settings<Options>): Exposure[] {
  const found: Exposure[] = [];
  const unless = (setting: string) => (wasTurnedOff(setting, settings) ? {} : { tell: neverOn });
  const tell = whyNot(state, settings);
  if (state.settings.on === false) {
    const what = 'actions that nobody records (it was stopped)';
    found.push({ ...exposure, id: 'on', what, ...unless('on'), ...(tell && { tell }) });
  }
  if (state.settings.concurrency === 0) {
    const { was, trigger } = settings;
    const isKnown = !unprompted.has(trigger ?? '') || (was && was.concurrency !== 0);
    const what = 'actions that it may not look at (not one of it may run)';
    found.push({
      ...exposure,
      id: 'concurrency',
      what,
      ...(tell ? { tell } : !isKnown && { tell: neverOn }),
    });
  }
  const missing = missingEvents(state.settings.selectors ?? null);
  if (missing) {
    const what = `${missing} that it does not keep`;
    found.push({ ...exposure, id: 'selectors', what, ...unless('selectors') });
  }
  return found;
}

/** Of our own rules and queues. A deployment may change them; whether there was one, only its event tells. */
function losses(state: TrailState, settings: Settings<Options>): Exposure[] {
  const { was, deployed = false } = settings;
  if (!ours.has(state.service) || !was || deployed) return [];
  const lost = lossesOf(state, was, settings);
  if (lost.length === 0) return [];
  if (state.service === 'function') {
    const what = `actions that it may look at otherwise, with another ${lost.join(', ')}`;
    return [{ ...exposure, id: 'shape', what, tell: deployAgain }];
  }
  const what = `actions that it is not told of any more, without ${lost.join(' and ')}`;
  const ask = mayBeDeployment(state, settings);
  return [{ ...exposure, id: 'shape', what, ...(ask && { ask }) }];
}

const deployAgain =
  'it was no deployment by CloudFormation, and what it was is not kept: deploy it again, or exempt the change';

/** Who can read the records can see what is watched, and who can write them can hide what he did. */
function openLogs({ bucket, grants, statements }: TrailState, settings: Settings): Exposure[] {
  if (bucket === null) return [];
  const open = [
    ...(bucket.ignoresGrants ? [] : grantExposures(grants)),
    ...(bucket.ignoresStatements ? [] : policyExposures({ ...bucket, statements }, settings)),
  ];
  return open.map((one) => ({
    ...one,
    severity: 'critical',
    what: `its log bucket ${bucket.name}: ${one.what}`,
  }));
}

function changeOf(state: TrailState, { id }: Exposure, settings: Settings): Change {
  const from = state.settings[id] ?? null;
  const set = { op: 'set', part: 'settings', id, from } as const;
  if (id === 'on') return { ...set, to: true };
  if (id === 'concurrency') {
    const before = settings.was?.concurrency ?? null;
    return { ...set, to: before === 0 ? null : before };
  }
  if (id === 'selectors') return { ...set, to: keepingAll(from) };
  if (settings.was) return { ...set, to: restoredShape(state, settings.was, settings) };
  return { ...set, to: settings.said ?? null };
}

const kept = {
  EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [] }],
  AdvancedEventSelectors: [],
};
const good: TrailState = {
  kind: 'trail',
  name: 'main',
  tags: {},
  service: 'cloudtrail',
  exists: true,
  settings: { on: true, selectors: kept },
  ...noLogBucket,
};
const narrowed = {
  EventSelectors: [{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true, DataResources: [] }],
  AdvancedEventSelectors: [],
};
const logs = {
  name: 'shop-logs',
  owner: '123456789012',
  ignoresGrants: false,
  ignoresStatements: false,
};
const everybody = {
  id: 'AllUsers/READ',
  grantee: { Type: 'Group', URI: 'http://acs.amazonaws.com/groups/global/AllUsers' },
  permission: 'READ',
};

export const auditTrailStopped = control({
  name: 'audit-trail-stopped',
  kind: 'trail',
  title: 'What watches the account was stopped, narrowed, deleted or laid open',
  remedy: 'starts it again or makes it anew as it was, has it keep every event, and closes its log bucket',
  defaultMode: 'fix',
  options: Options,
  check(state, settings) {
    const isTheirs =
      ours.has(state.service) && !settings.options.own.some((one) => fits(one, ownName(state)));
    const exposures = isTheirs ? [] : exposuresOf(state, settings);
    if (exposures.length === 0) return null;
    const thing = words[state.service] ?? 'Recorder';
    const misses = exposures.filter((one) => one.part === 'settings').map((one) => one.what);
    const opens = exposures.filter((one) => one.part !== 'settings').map((one) => `${one.what} to ${one.to}`);
    const said = [
      ...(misses.length > 0 ? [`misses ${misses.join(' and ')}`] : []),
      ...(opens.length > 0 ? [`lays open ${opens.join('; ')}`] : []),
    ];
    const why = `${thing} ${state.name ?? ''} ${said.join(', and ')}.`;
    return { severity: 'critical', why: why.replace('  ', ' '), exposures };
  },
  fix: (state, exposures, settings) => [
    ...exposures.filter((one) => one.part === 'settings').map((one) => changeOf(state, one, settings)),
    ...removals('statements', state.statements, exposures),
    ...removals('grants', state.grants, exposures),
  ],
  examples: {
    bad: { ...good, settings: { on: false, selectors: narrowed }, bucket: logs, grants: [everybody] },
    good: { ...good, bucket: logs },
  },
});
