import type { NewEntry, Story } from '../../lib/cases.ts';
import type { State } from '../../lib/kinds.ts';
import type { Actor, ProviderName, Resource, Severity, ToldChange } from '../../lib/model.ts';

/** Entries as the loop writes them, reduced to what a store can tell apart. */

export const startMs = Date.parse('2026-01-05T10:00:00.000Z');
export const at = (offsetMs: number): string => new Date(startMs + offsetMs).toISOString();

export const group = (id: string, account = '123456789012'): Resource => ({
  provider: 'aws',
  account,
  region: 'eu-central-1',
  kind: 'firewall',
  id,
});

export const person = (name: string): Actor => ({ name, type: 'IAMUser', via: 'console', sourceIp: null });

export const shut: ToldChange = {
  op: 'remove',
  part: 'rules',
  value: { id: 'sgr-1', from: 22, to: 22 },
  text: 'closed tcp/22 (ssh) from 0.0.0.0/0',
};

export interface Opening {
  caseId: string;
  atMs?: number;
  resource?: Resource;
  control?: string;
  actor?: Actor | null;
  why?: string;
  severity?: Severity;
  provider?: ProviderName;
  name?: string;
}

export function opened(opening: Opening): NewEntry {
  const { caseId, atMs = 0, resource = group('sg-1'), control, actor, why, provider } = opening;
  return entry(caseId, atMs, {
    type: 'opened',
    resource: provider === undefined ? resource : { ...resource, provider },
    resourceName: opening.name ?? 'web',
    control: control ?? 'public-port',
    severity: opening.severity ?? 'high',
    why: why ?? 'ssh is open to the whole internet',
    exposures: [],
    actor: actor ?? null,
    eventName: 'AuthorizeSecurityGroupIngress',
    since: null,
  });
}

export function entry(caseId: string, atMs: number, story: Story): NewEntry {
  return { caseId, at: at(atMs), eventId: `event of ${caseId}`, story };
}

export const stories = {
  intent: (before: State): Story => ({
    type: 'intent',
    changes: [shut],
    before,
    planFingerprint: 'plan',
    by: 'snapshut',
  }),
  fixed: (open = false): Story => ({
    type: 'fixed',
    changes: [shut],
    after: 'fingerprint',
    why: 'shut',
    open,
  }),
  told: (): Story => ({ type: 'told', why: 'the mode is tell', changes: [shut] }),
  closed: (): Story => ({ type: 'closed', outcome: 'clean', why: 'somebody closed it' }),
  unfixed: (): Story => ({
    type: 'unfixed',
    why: 'it is still open',
    changes: [shut],
    done: [],
    after: 'fingerprint',
  }),
  note: (text = 'seen'): Story => ({ type: 'note', text, by: 'anna' }),
} satisfies { [name: string]: (...args: never[]) => Story };
