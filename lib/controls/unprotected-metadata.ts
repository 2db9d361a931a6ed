import * as z from 'zod';
import type { InstanceState } from '../kinds/instance.ts';
import { control } from './control.ts';

const good: InstanceState = {
  kind: 'instance',
  name: 'web-1',
  tags: {},
  service: 'instance',
  status: 'running',
  tokenlessCalls: null,
  settings: { httpTokens: 'required', httpEndpoint: 'enabled', hopLimit: 1 },
};

/** What is known of who would be cut off. */
function usageOf({ tokenlessCalls, service }: InstanceState): string {
  if (service === 'launch-template') return 'machines made from it later are the same';
  if (tokenlessCalls === null) return 'CloudWatch does not know whether anything still calls without a token';
  if (tokenlessCalls === 0) return 'in two weeks nothing called without a token';
  return `in two weeks it made ${tokenlessCalls} calls without a token, which would fail`;
}

export const unprotectedMetadata = control({
  name: 'unprotected-metadata',
  kind: 'instance',
  title: 'The metadata service gives out credentials without a token (IMDSv1)',
  remedy: 'requires tokens, and keeps the hop limit and everything else',
  defaultMode: 'ask',
  options: z.strictObject({}),
  check(state) {
    const { httpTokens, httpEndpoint } = state.settings;
    if (httpTokens !== 'optional' || httpEndpoint === 'disabled') return null;
    const thing = state.service === 'instance' ? 'Instance' : 'Launch template';
    const exposure = {
      part: 'settings',
      id: 'httpTokens',
      what: `the credentials of ${state.name ?? 'the machine'} through its metadata service`,
      to: 'whoever makes a program on it fetch an address',
      severity: 'medium',
    } as const;
    const why = `${thing} ${state.name ?? ''} does not require tokens for its metadata service; ${usageOf(state)}.`;
    return { severity: 'medium', why: why.replace('  ', ' '), exposures: [exposure] };
  },
  fix: () => [{ op: 'set', part: 'settings', id: 'httpTokens', from: 'optional', to: 'required' }],
  examples: { bad: { ...good, settings: { ...good.settings, httpTokens: 'optional' } }, good },
});
