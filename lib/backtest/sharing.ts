import { elements, field, isFields, text } from '../events/json.ts';
import { arnOf } from './arns.ts';
import type { Call, Reducer, Said, Step } from './deed.ts';
import { listed } from './policies.ts';

type Reducers = { [name: string]: Reducer };

function of(service: string, idIn: (call: Call) => string | null, steps: (call: Call) => Step[]): Reducer {
  return (call) => {
    const id = idIn(call);
    const found = id === null ? [] : steps(call);
    if (id === null || found.length === 0) return [];
    const name = id.startsWith('arn:') ? (id.split(/[:/]/).at(-1) ?? id) : id;
    const told: Step = { do: 'note', fields: { service, name, owner: call.account } };
    return [...found, told].map((step): Said => ({ kind: 'sharing', id, step }));
  };
}

const ends = (): Step[] => [{ do: 'end' }];
const made = (): Step[] => [{ do: 'make', fields: { shares: [] } }];
const unshared = (): Step[] => [{ do: 'fill', part: 'shares', elements: [] }];

function changed(added: readonly string[], removed: readonly string[]): Step[] {
  const put: Step = { do: 'put', part: 'shares', elements: added.map((id) => ({ id })) };
  const take: Step = { do: 'take', part: 'shares', ids: removed };
  return [...(added.length > 0 ? [put] : []), ...(removed.length > 0 ? [take] : [])];
}

/** `{add: {items: [{group: "all"}, {userId: "…"}]}, remove: …}`, or an operation with its users and groups. */
function permissions(list: unknown, request: unknown): Step[] {
  if (isFields(list)) return changed(whos(field(list, 'add')), whos(field(list, 'remove')));
  const named = ['userId', 'userIds', 'groupName', 'groupNames', 'userGroup', 'organizationArn'];
  const who = named.flatMap((name) => listed(field(request, name)));
  return text(request, 'operationType') === 'remove' ? changed([], who) : changed(who, []);
}

function whos(list: unknown): string[] {
  const names = ['group', 'userId', 'organizationArn', 'organizationalUnitArn'];
  return elements(list).flatMap((one) => names.flatMap((name) => text(one, name) ?? []));
}

const snapshot = (call: Call) => text(call.request, 'snapshotId');
const image = (call: Call) => text(call.request, 'imageId');

export const imageReducers: Reducers = {
  ModifySnapshotAttribute: of('ebs-snapshot', snapshot, ({ request }) =>
    permissions(field(request, 'createVolumePermission'), request),
  ),
  ResetSnapshotAttribute: of('ebs-snapshot', snapshot, unshared),
  CreateSnapshot: of('ebs-snapshot', ({ response }) => text(response, 'snapshotId'), made),
  CopySnapshot: of('ebs-snapshot', ({ response }) => text(response, 'snapshotId'), made),
  DeleteSnapshot: of('ebs-snapshot', snapshot, ends),
  ModifyImageAttribute: of('ami', image, ({ request }) =>
    permissions(field(request, 'launchPermission'), request),
  ),
  ResetImageAttribute: of('ami', image, unshared),
  CreateImage: of('ami', ({ response }) => text(response, 'imageId'), made),
  CopyImage: of('ami', ({ response }) => text(response, 'imageId'), made),
  RegisterImage: of('ami', ({ response }) => text(response, 'imageId'), made),
  DeregisterImage: of('ami', image, ends),
};

const named = (name: string, prefix: string) => (call: Call) => {
  const found = text(call.request, name);
  if (found === null) return null;
  return found.startsWith('arn:') ? found : arnOf(call, 'rds', `${prefix}:${found}`);
};
const dbSnapshot = named('dBSnapshotIdentifier', 'snapshot');
const clusterSnapshot = named('dBClusterSnapshotIdentifier', 'cluster-snapshot');
const restoring = ({ request }: Call) =>
  changed(listed(field(request, 'valuesToAdd')), listed(field(request, 'valuesToRemove')));

export const databaseSnapshotReducers: Reducers = {
  CreateDBSnapshot: of('rds-snapshot', dbSnapshot, made),
  ModifyDBSnapshotAttribute: of('rds-snapshot', dbSnapshot, restoring),
  DeleteDBSnapshot: of('rds-snapshot', dbSnapshot, ends),
  CreateDBClusterSnapshot: of('cluster-snapshot', clusterSnapshot, made),
  ModifyDBClusterSnapshotAttribute: of('cluster-snapshot', clusterSnapshot, restoring),
  DeleteDBClusterSnapshot: of('cluster-snapshot', clusterSnapshot, ends),
};

const warehouseSnapshot = (call: Call) => {
  const name = text(call.request, 'snapshotIdentifier');
  if (name === null || name.startsWith('arn:')) return name;
  const cluster = text(call.response, 'clusterIdentifier') ?? text(call.request, 'snapshotClusterIdentifier');
  return cluster === null ? null : arnOf(call, 'redshift', `snapshot:${cluster}/${name}`);
};
const restorer = ({ request }: Call) => listed(field(request, 'accountWithRestoreAccess'));

export const warehouseSnapshotReducers: Reducers = {
  CreateClusterSnapshot: of('redshift-snapshot', warehouseSnapshot, made),
  AuthorizeSnapshotAccess: of('redshift-snapshot', warehouseSnapshot, (call) => changed(restorer(call), [])),
  RevokeSnapshotAccess: of('redshift-snapshot', warehouseSnapshot, (call) => changed([], restorer(call))),
  DeleteClusterSnapshot: of('redshift-snapshot', warehouseSnapshot, ends),
};

const document = (call: Call) => {
  const name = text(call.request, 'name');
  if (name === null) return null;
  return name.startsWith('arn:') ? name : arnOf(call, 'ssm', `document/${name}`);
};
const whoOf = (account: string) => (account.toLowerCase() === 'all' ? 'all' : account);

export const documentReducers: Reducers = {
  ModifyDocumentPermission: of('ssm-document', document, ({ request }) =>
    changed(
      listed(field(request, 'accountIdsToAdd')).map(whoOf),
      listed(field(request, 'accountIdsToRemove')).map(whoOf),
    ),
  ),
  DeleteDocument: of('ssm-document', document, ends),
};
