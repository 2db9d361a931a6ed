import * as z from 'zod';
import type { TrailState } from '../kinds/trail.ts';
import type { Change, Exposure } from '../model.ts';
import { control, wasTurnedOff } from './control.ts';
import { keepingAll, missingEvents } from './trail-selectors.ts';

const words: { [service: string]: string } = {
  cloudtrail: 'Audit trail',
  config: 'Configuration recorder',
  guardduty: 'Threat detector',
  'flow-log': 'Flow log',
};
const neverOn = 'as far as anybody knows it was never on';

function exposuresOf(
  state: TrailState,
  trigger: string | undefined,
  turnedOff: (setting: string) => boolean,
): Exposure[] {
  const exposure = { part: 'settings', to: 'whoever acts meanwhile', severity: 'critical' } as const;
  if (!state.exists) {
    if (!trigger?.startsWith('Delete')) return [];
    const tell = 'AWS does not say any more what it was: put it back from your templates';
    return [{ ...exposure, id: 'on', what: 'actions that nobody records (it was deleted)', tell }];
  }
  const unless = (setting: string) => (turnedOff(setting) ? {} : { tell: neverOn });
  const found: Exposure[] = [];
  if (state.settings.on === false) {
    found.push({
      ...exposure,
      id: 'on',
      what: 'actions that nobody records (it was stopped)',
      ...unless('on'),
    });
  }
  const missing = missingEvents(state.settings.selectors ?? null);
  if (missing)
    found.push({
      ...exposure,
      id: 'selectors',
      what: `${missing} that it does not keep`,
      ...unless('selectors'),
    });
  return found;
}

function changeOf(state: TrailState, { id }: Exposure): Change {
  if (id === 'on') return { op: 'set', part: 'settings', id, from: false, to: true };
  const from = state.settings.selectors ?? null;
  return { op: 'set', part: 'settings', id, from, to: keepingAll(from) };
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
};
const narrowed = {
  EventSelectors: [{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true, DataResources: [] }],
  AdvancedEventSelectors: [],
};

export const auditTrailStopped = control({
  name: 'audit-trail-stopped',
  kind: 'trail',
  title: 'What watches the account was stopped, narrowed or deleted',
  remedy: 'starts it again and has it keep every management event',
  defaultMode: 'fix',
  options: z.strictObject({}),
  check(state, settings) {
    const exposures = exposuresOf(state, settings.trigger, (setting) => wasTurnedOff(setting, settings));
    if (exposures.length === 0) return null;
    const thing = words[state.service] ?? 'Recorder';
    const why = `${thing} ${state.name ?? ''} misses ${exposures.map((one) => one.what).join(' and ')}.`;
    return { severity: 'critical', why: why.replace('  ', ' '), exposures };
  },
  fix: (state, exposures) => exposures.map((one) => changeOf(state, one)),
  examples: { bad: { ...good, settings: { on: false, selectors: narrowed } }, good },
});
