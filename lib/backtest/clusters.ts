import { elements, field, text } from '../events/json.ts';
import type { Json } from '../model.ts';
import type { Call, Reducer, Said, Step } from './deed.ts';

/** Clusters of EKS: where their API answers, and whom. The id is the name. */
export const clusterReducers: { [name: string]: Reducer } = {
  CreateCluster: of(({ request, response }) => {
    const told = field(field(response, 'cluster'), 'resourcesVpcConfig');
    const values = { ...byDefault, ...accessIn(field(request, 'resourcesVpcConfig')), ...accessIn(told) };
    return [
      { do: 'make', fields: {} },
      { do: 'set', part: 'settings', values },
    ];
  }),
  UpdateClusterConfig: of(({ request }) => {
    const values = accessIn(field(request, 'resourcesVpcConfig'));
    return Object.keys(values).length === 0 ? [] : [{ do: 'set', part: 'settings', values }];
  }),
  DeleteCluster: of(() => [{ do: 'end' }]),
};

/** https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html */
const byDefault = { publicAccess: true, privateAccess: false, publicCidrs: ['0.0.0.0/0'] };

function of(steps: (call: Call) => Step[]): Reducer {
  return (call) => {
    const name = text(call.request, 'name') ?? text(field(call.response, 'cluster'), 'name');
    const done = name === null ? [] : steps(call);
    if (name === null || done.length === 0) return [];
    const told: Step = { do: 'note', fields: { name, status: 'ACTIVE' } };
    return [...done, told].map((step): Said => ({ kind: 'cluster', id: name, step }));
  };
}

function accessIn(network: unknown): { [name: string]: Json } {
  const [isPublic, isPrivate] = [
    field(network, 'endpointPublicAccess'),
    field(network, 'endpointPrivateAccess'),
  ];
  const cidrs = field(network, 'publicAccessCidrs');
  return {
    ...(typeof isPublic === 'boolean' && { publicAccess: isPublic }),
    ...(typeof isPrivate === 'boolean' && { privateAccess: isPrivate }),
    ...(Array.isArray(cidrs) && { publicCidrs: elements(cidrs).map(String) }),
  };
}
