import type { Resource } from '../model.ts';

/** An address of ours as a resource: of no cloud account, named by what it was listed as. */
export function endpointResource({ name, address }: { name: string | null; address: string }): Resource {
  const id = name === null ? address : `${name}/${address}`;
  return { provider: 'host', account: 'endpoints', region: 'global', kind: 'endpoint', id };
}
