import { elements, field, isFields, text } from '../events/json.ts';
import { arnOf } from './arns.ts';
import type { Call, Reducer, Step } from './deed.ts';
import { emptied, ends, filled, granted, holder, policyAt, taken } from './policies.ts';

type Reducers = { [name: string]: Reducer };

/** Policies of file systems, search domains, event buses and vaults. */

const made = (): Step => ({ do: 'make', fields: {} });

/** The name may come as an ARN. */
function named(service: string, prefix: string, ...fields: string[]): (call: Call) => string | null {
  return (call) => {
    const places = [call.request, call.response];
    const said = fields.flatMap((one) => places.map((place) => text(place, one))).find((one) => one !== null);
    const name = said?.split(/[:/]/).at(-1);
    return name ? arnOf(call, service, `${prefix}${name}`) : null;
  };
}

const fileSystem = holder('elasticfilesystem', named('elasticfilesystem', 'file-system/', 'fileSystemId'));

export const fileSystemReducers: Reducers = {
  PutFileSystemPolicy: fileSystem(policyAt('policy')),
  DeleteFileSystemPolicy: fileSystem(emptied),
};

const domain = holder('es', named('es', 'domain/', 'domainName'));

/** In a VPC the network decides first, and an open policy is AWS's own advice; null where nothing tells of the network. */
function isInVpc({ request, response }: Call, isNew: boolean): boolean | null {
  const config = field(response, 'domainConfig') ?? field(response, 'domainStatus');
  const told = field(config, 'vPCOptions');
  const asked = field(request, 'vPCOptions');
  const options = field(told, 'options') ?? told ?? asked;
  if (isFields(options))
    return text(options, 'vPCId') !== null || elements(field(options, 'subnetIds')).length > 0;
  return isNew || isFields(config) ? false : null;
}

const domainPolicy =
  (isNew: boolean) =>
  (call: Call): Step[] => {
    const policy = filled('statements', field(call.request, 'accessPolicies'));
    const isInside = isInVpc(call, isNew);
    const begin = isNew ? [made()] : [];
    if (isInside === null) return begin;
    return isInside ? [...begin, ...emptied()] : [...begin, ...policy];
  };

export const domainReducers: Reducers = {
  CreateDomain: domain(domainPolicy(true)),
  CreateElasticsearchDomain: domain(domainPolicy(true)),
  UpdateDomainConfig: domain(domainPolicy(false)),
  UpdateElasticsearchDomainConfig: domain(domainPolicy(false)),
  DeleteDomain: domain(ends),
  DeleteElasticsearchDomain: domain(ends),
};

const bus = holder('events', (call) => {
  const name = (text(call.request, 'eventBusName') ?? text(call.request, 'name'))?.split('/').at(-1);
  return arnOf(call, 'events', `event-bus/${name || 'default'}`);
});

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html */
function permitted({ request }: Call): Step[] {
  const whole = field(request, 'policy');
  if (whole !== undefined && whole !== null) return filled('statements', whole);
  const [Sid, who] = [text(request, 'statementId'), text(request, 'principal')];
  if (Sid === null || who === null) return [];
  const condition = field(request, 'condition');
  const [type, key, value] = ['type', 'key', 'value'].map((name) => text(condition, name));
  const isBound = type && key && value;
  return granted({
    Sid,
    Principal: who === '*' ? '*' : { AWS: who },
    Action: text(request, 'action') ?? 'events:PutEvents',
    ...(isBound && { Condition: { [type]: { [key]: value } } }),
  });
}

export const busReducers: Reducers = {
  CreateEventBus: bus(({ request }) => [made(), ...filled('statements', field(request, 'policy'))]),
  PutPermission: bus(permitted),
  RemovePermission: bus(({ request }) =>
    field(request, 'removeAllPermissions') === true ? emptied() : taken(text(request, 'statementId')),
  ),
  DeleteEventBus: bus(ends),
};

const vault = holder('backup', named('backup', 'backup-vault:', 'backupVaultName'));

export const vaultReducers: Reducers = {
  CreateBackupVault: vault(() => [made()]),
  PutBackupVaultAccessPolicy: vault(policyAt('policy')),
  DeleteBackupVaultAccessPolicy: vault(emptied),
  DeleteBackupVault: vault(ends),
};

const archive = holder('glacier', named('glacier', 'vaults/', 'vaultName'));

export const archiveReducers: Reducers = {
  CreateVault: archive(() => [made()]),
  SetVaultAccessPolicy: archive(({ request }) => {
    const policy = field(request, 'policy');
    return filled('statements', isFields(policy) ? field(policy, 'policy') : policy);
  }),
  DeleteVaultAccessPolicy: archive(emptied),
  DeleteVault: archive(ends),
};
