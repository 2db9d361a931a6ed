import * as z from 'zod';
import type { ClusterState } from '../kinds/cluster.ts';
import { control } from './control.ts';

const good: ClusterState = {
  kind: 'cluster',
  name: 'platform',
  tags: {},
  status: 'running',
  settings: { publicAccess: true, privateAccess: false, publicCidrs: ['0.0.0.0/0'], autoUpgrade: true },
};

export const clusterUpdates = control({
  name: 'cluster-updates',
  kind: 'cluster',
  title: 'A cluster does not install patches of its control plane by itself',
  remedy: 'turns on upgrades to the latest patch of its version, which the provider carries out',
  defaultMode: 'ask',
  options: z.strictObject({}),
  check({ name, settings }) {
    // Where a provider has no such setting, nothing is said.
    if (settings.autoUpgrade !== false) return null;
    const exposure = { part: 'settings', id: 'autoUpgrade', what: `the API of cluster ${name}` };
    const to = 'whoever knows a hole that a patch has closed';
    const why = `Cluster ${name} stays on its version until somebody upgrades it by hand.`;
    return { severity: 'medium', why, exposures: [{ ...exposure, to, severity: 'medium' }] };
  },
  fix: () => [{ op: 'set', part: 'settings', id: 'autoUpgrade', from: false, to: true }],
  examples: { bad: { ...good, settings: { ...good.settings, autoUpgrade: false } }, good },
});
