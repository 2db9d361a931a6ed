import { field, text } from '../events/json.ts';
import { arnOf } from './arns.ts';
import type { Call, Reducer, Said, Step } from './deed.ts';

type Reducers = { [name: string]: Reducer };
type Naming = (call: Call) => { id: string; name: string } | null;

/** Stores of data: whether they have an address on the internet, and whether they are encrypted. */
function of(service: string, naming: Naming): (steps: (call: Call) => Step[]) => Reducer {
  return (steps) => (call) => {
    const found = naming(call);
    const done = found === null ? [] : steps(call);
    if (found === null || done.length === 0) return [];
    const told: Step = { do: 'note', fields: { service, name: found.name, status: 'available' } };
    return [...done, told].map((step): Said => ({ kind: 'database', id: found.id, step }));
  };
}

/** Names of these are kept in lower case, however they were asked for. */
function named(service: string, prefix: string, ...fields: string[]): Naming {
  return (call) => {
    const places = [call.request, call.response];
    const said = fields.flatMap((one) => places.map((place) => text(place, one))).find((one) => one !== null);
    const name = said?.toLowerCase();
    return name === undefined ? null : { id: arnOf(call, service, `${prefix}:${name}`), name };
  };
}

const ends = (): Step[] => [{ do: 'end' }];

function publicAs(said: unknown): Step[] {
  return typeof said === 'boolean'
    ? [{ do: 'set', part: 'settings', values: { publiclyAccessible: said } }]
    : [];
}

function encryptedAs(said: unknown): Step[] {
  return typeof said === 'boolean'
    ? [{ do: 'note', fields: { encrypted: said }, proves: ['encrypted'] }]
    : [];
}

/** What both say is what the answer says: a request leaves out what has a default. */
function begun(encrypted: string): (call: Call) => Step[] {
  const either = ({ request, response }: Call, name: string) => field(response, name) ?? field(request, name);
  return (call) => [
    { do: 'make', fields: {} },
    ...publicAs(either(call, 'publiclyAccessible')),
    ...encryptedAs(either(call, encrypted)),
  ];
}
/** The answer still tells what was before: the request counts. */
const modified = ({ request }: Call) => publicAs(field(request, 'publiclyAccessible'));

const instance = of('rds', named('rds', 'db', 'dBInstanceIdentifier'));
const copy = of('rds', named('rds', 'db', 'targetDBInstanceIdentifier', 'dBInstanceIdentifier'));
const cluster = of('rds-cluster', named('rds', 'cluster', 'dBClusterIdentifier'));
const warehouse = of('redshift', named('redshift', 'cluster', 'clusterIdentifier'));

export const databaseReducers: Reducers = {
  CreateDBInstance: instance(begun('storageEncrypted')),
  CreateDBInstanceReadReplica: instance(begun('storageEncrypted')),
  RestoreDBInstanceFromDBSnapshot: instance(begun('storageEncrypted')),
  RestoreDBInstanceFromS3: instance(begun('storageEncrypted')),
  RestoreDBInstanceToPointInTime: copy(begun('storageEncrypted')),
  ModifyDBInstance: instance(modified),
  DeleteDBInstance: instance(ends),
  CreateDBCluster: cluster(begun('storageEncrypted')),
  RestoreDBClusterFromSnapshot: cluster(begun('storageEncrypted')),
  DeleteDBCluster: cluster(ends),
};

export const warehouseReducers: Reducers = {
  CreateCluster: warehouse(begun('encrypted')),
  RestoreFromClusterSnapshot: warehouse(begun('encrypted')),
  ModifyCluster: warehouse((call) => [...modified(call), ...encryptedAs(field(call.request, 'encrypted'))]),
  DeleteCluster: warehouse(ends),
};

const replicator = of('dms', ({ request, response }) => {
  const told = field(response, 'replicationInstance');
  const id = text(told, 'replicationInstanceArn') ?? text(request, 'replicationInstanceArn');
  return id === null ? null : { id, name: text(told, 'replicationInstanceIdentifier') ?? id };
});

export const replicatorReducers: Reducers = {
  CreateReplicationInstance: replicator(({ request, response }) => {
    const told = field(response, 'replicationInstance');
    return [
      { do: 'make', fields: {} },
      ...publicAs(field(told, 'publiclyAccessible') ?? field(request, 'publiclyAccessible')),
    ];
  }),
  DeleteReplicationInstance: replicator(ends),
};

/** Some calls carry the ARN as it stands in the address of the call: `arn%3Aaws%3Akafka…`. */
function plainArn(said: string | null): string | null {
  return said?.startsWith('arn%3A') ? said.replaceAll('%3A', ':').replaceAll('%2F', '/') : said;
}

const broker = of('msk', ({ request, response }) => {
  const id = plainArn(text(response, 'clusterArn') ?? text(request, 'clusterArn'));
  return id === null ? null : { id, name: id.split('/')[1] ?? id };
});

/** A new cluster cannot be public: https://docs.aws.amazon.com/msk/latest/developerguide/public-access.html */
const brokerMade = (): Step[] => [{ do: 'make', fields: {} }, ...publicAs(false)];

export const brokerReducers: Reducers = {
  CreateCluster: broker(brokerMade),
  CreateClusterV2: broker(brokerMade),
  UpdateConnectivity: broker(({ request }) => {
    const access = field(field(request, 'connectivityInfo'), 'publicAccess');
    const type = text(access, 'type');
    return type === null ? [] : publicAs(type !== 'DISABLED');
  }),
  DeleteCluster: broker(ends),
};

const files = of('efs', (call) => {
  const id = text(call.response, 'fileSystemId') ?? text(call.request, 'fileSystemId');
  const name = id?.split('/').at(-1);
  return name === undefined ? null : { id: arnOf(call, 'elasticfilesystem', `file-system/${name}`), name };
});

/** Whether it is encrypted, for it is so from its creation to its end. */
export const fileReducers: Reducers = {
  CreateFileSystem: files(({ request, response }) => {
    const said = encryptedAs(field(response, 'encrypted') ?? field(request, 'encrypted'));
    return said.length === 0 ? [] : [{ do: 'make', fields: {} }, ...said];
  }),
  DeleteFileSystem: files(ends),
};
