import * as z from 'zod';
import { TerminalError } from '../errors.ts';
import type { ClusterState } from '../kinds/cluster.ts';
import type { Change, Exposure, Json } from '../model.ts';
import { addressSet, sizeOf } from '../net/addresses.ts';
import { publicPart } from '../net/special-purpose.ts';
import { control, type Settings } from './control.ts';
import { limitsOf, MaxAddresses } from './max-addresses.ts';

const Options = z.strictObject({ maxAddresses: MaxAddresses });
type Options = z.infer<typeof Options>;

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** The blocks that let in more than the policy allows; those that cannot be read are not judged. */
function wideBlocks(state: ClusterState, settings: Settings<Options>): string[] {
  const trusted = addressSet(settings.trusted);
  const limits = limitsOf(settings.options.maxAddresses);
  return textsOf(state.settings.publicCidrs).filter((cidr) => {
    try {
      const open = publicPart(addressSet([cidr]), trusted);
      return sizeOf(open.v4) > limits.v4 || sizeOf(open.v6) > limits.v6;
    } catch (thrown) {
      if (thrown instanceof TerminalError) return false;
      throw thrown;
    }
  });
}

/** To the trusted networks where there are any; else off the internet where it answers inside too. */
function changeOf(state: ClusterState, { trusted }: Settings): Change | null {
  if (state.lacks?.includes('narrowing')) return null;
  const from = state.settings.publicCidrs ?? null;
  if (trusted.length > 0) return { op: 'set', part: 'settings', id: 'publicCidrs', from, to: [...trusted] };
  if (state.settings.privateAccess !== true) return null;
  return { op: 'set', part: 'settings', id: 'publicAccess', from: true, to: false };
}

const bad: ClusterState = {
  kind: 'cluster',
  name: 'platform',
  tags: {},
  status: 'ACTIVE',
  settings: { publicAccess: true, privateAccess: true, publicCidrs: ['0.0.0.0/0'] },
};

export const publicClusterEndpoint = control({
  name: 'public-cluster-endpoint',
  kind: 'cluster',
  title: 'The API of a cluster answers the whole internet',
  remedy:
    'lets in the trusted networks only; without any, and with a private endpoint, takes it off the internet',
  defaultMode: 'ask',
  options: Options,
  check(state, settings) {
    if (state.settings.publicAccess !== true) return null;
    const wide = wideBlocks(state, settings);
    if (wide.length === 0) return null;
    const change = changeOf(state, settings);
    const tell = state.lacks?.includes('narrowing')
      ? 'this cloud has nothing to narrow it with: its certificates and roles are all that stands before it'
      : 'no trusted networks are named and it has no private endpoint: closing it would lock everybody out';
    const exposure: Exposure = {
      part: 'settings',
      id: change?.op === 'set' ? change.id : 'publicCidrs',
      what: `the API of cluster ${state.name}`,
      to: wide.join(', '),
      severity: 'high',
      ...(change === null && { tell }),
    };
    const why = `The API of cluster ${state.name} answers ${wide.join(', ')} on the internet.`;
    return { severity: 'high', why, exposures: [exposure] };
  },
  fix: (state, _, settings) => [changeOf(state, settings)].filter((change) => change !== null),
  examples: { bad, good: { ...bad, settings: { ...bad.settings, publicAccess: false } } },
});
