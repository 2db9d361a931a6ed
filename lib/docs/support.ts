import { type Kind, kinds } from '../kinds.ts';
import type { ProviderName } from '../model.ts';
import { AwsProvider } from '../providers/aws/aws.ts';
import { guardedKinds as exoscaleKinds } from '../providers/exoscale/exoscale.ts';
import { OpenStackProvider } from '../providers/openstack/openstack.ts';

/** Which kinds are guarded where: what the README prints and the tests of the providers hold to. */
export const support: { readonly [name in Exclude<ProviderName, 'memory' | 'host'>]: readonly Kind[] } = {
  aws: new AwsProvider({ accounts: [], version: '' }).kinds,
  openstack: new OpenStackProvider([]).kinds,
  exoscale: exoscaleKinds,
};

/** One row for each kind; an endpoint is looked at from outside, wherever it stands. */
export function supportRows(): string[][] {
  return (Object.keys(kinds) as Kind[]).map((kind) => [
    kind,
    ...Object.values(support).map((guarded) => (guarded.includes(kind) || kind === 'endpoint' ? 'yes' : '–')),
  ]);
}
