import { elements, field, isFields, text } from '../events/json.ts';
import { type BucketGrant, blockSwitches } from '../kinds/bucket.ts';
import type { PolicyStatement } from '../kinds/statement.ts';
import type { Json } from '../model.ts';
import type { Call, Reducer, Said, Step } from './deed.ts';
import { filled, statementsIn } from './policies.ts';

const groupUri = 'http://acs.amazonaws.com/groups/global/';

/**
 * A bucket's block and its account's may be unknown, but a public list or policy that S3 took was not refused by
 * them: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
export const bucketReducers: { [name: string]: Reducer } = {
  CreateBucket: of(({ request }) => [
    { do: 'make', fields: { grants: grantsIn(request) ?? [], statements: [] } },
  ]),
  PutBucketAcl: of(({ request }) => {
    const grants = grantsIn(request);
    return grants === null ? [] : [{ do: 'fill', part: 'grants', elements: grants }];
  }),
  PutBucketPolicy: of(({ request }) => filled('statements', field(request, 'bucketPolicy'))),
  DeleteBucketPolicy: of(() => [{ do: 'fill', part: 'statements', elements: [] }]),
  PutBucketPublicAccessBlock: of(({ request }) => blockIn(request)),
  DeleteBucketPublicAccessBlock: of(() => [noBlock]),
  PutBucketEncryption: of(({ request }) => encrypted(field(request, 'serverSideEncryptionConfiguration'))),
  DeleteBucketEncryption: of(({ at }) => [
    { do: 'set', part: 'settings', values: { encryption: at < alwaysEncrypted ? null : aes256 } },
  ]),
  PutPublicAccessBlock: (call) => ofBucketOrAccount(call, blockIn(call.request)),
  DeletePublicAccessBlock: (call) => ofBucketOrAccount(call, [noBlock]),
  CreateAccessPoint: madePoint,
  PutAccessPointPolicy: (call) => {
    const policy = field(call.request, 'policy');
    return ofPoint(call, statementsIn(isFields(policy) ? (field(policy, 'policy') ?? policy) : policy));
  },
  DeleteAccessPointPolicy: (call) => ofPoint(call, []),
  DeleteAccessPoint: (call) => ofPoint(call, []),
  PutBucketWebsite: of(() => [{ do: 'note', fields: { website: true } }]),
  DeleteBucketWebsite: of(() => [{ do: 'note', fields: { website: false } }]),
  DeleteBucket: of(() => [{ do: 'end' }]),
  PutAccountPublicAccessBlock: ({ account, request }) => ofAccount(account, blockIn(request)),
  DeleteAccountPublicAccessBlock: ({ account }) => ofAccount(account, [noBlock]),
};

const noBlock: Step = {
  do: 'set',
  part: 'settings',
  values: Object.fromEntries(blockSwitches.map((name) => [name, null])),
};

function of(steps: (call: Call) => Step[]): Reducer {
  return (call) => {
    const id = text(call.request, 'bucketName');
    const owned: Step = { do: 'note', fields: { owner: call.account } };
    const found = id === null ? [] : steps(call);
    return found.length === 0
      ? []
      : [...found, owned].map((step): Said => ({ kind: 'bucket', id: id ?? '', step }));
  };
}

/** From then on S3 encrypts whatever nobody says otherwise: https://aws.amazon.com/blogs/aws/amazon-s3-encrypts-new-objects-by-default/ */
const alwaysEncrypted = '2023-01-05';
const aes256 = { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] };

function encrypted(said: unknown): Step[] {
  if (!isFields(said)) return [];
  return [{ do: 'set', part: 'settings', values: { encryption: said as Json } }];
}

function ofBucketOrAccount(call: Call, steps: Step[]): Said[] {
  const isOfBucket = text(call.request, 'bucketName') !== null;
  return isOfBucket ? of(() => steps)(call) : ofAccount(call.account, steps);
}

const pointOf = (name: string) => `access point ${name}`;

/** One that is reachable from its VPC only is public to nobody, and is not remembered. */
function madePoint({ request }: Call): Said[] {
  const [name, id] = [text(request, 'name'), text(request, 'bucket') ?? text(request, 'bucketName')];
  if (name === null || id === null || isFields(field(request, 'vpcConfiguration'))) return [];
  const step: Step = { do: 'note', fields: {} };
  return [{ kind: 'bucket', id, names: { of: pointOf(name) }, step }];
}

/** Of a point that no record made neither its bucket is known nor whether anybody reaches it. */
function ofPoint({ request }: Call, statements: readonly PolicyStatement[] | null): Said[] {
  const name = text(request, 'name');
  if (name === null || statements === null) return [];
  const elements = statements.map((one) => ({ ...one, id: `${name}/${one.id}`, accessPoint: name }));
  const step: Step = { do: 'fill', part: 'accessPointStatements', elements, among: { accessPoint: name } };
  return [{ kind: 'bucket', id: name, names: { every: pointOf(name) }, step }];
}

function ofAccount(id: string, steps: Step[]): Said[] {
  return steps.map((step) => ({ kind: 'account', id, isGlobal: true, step }));
}

function blockIn(request: unknown): Step[] {
  const block = field(request, 'publicAccessBlockConfiguration');
  if (!isFields(block)) return [];
  const isOn = (name: string) => String(field(block, name)) === 'true';
  const values = Object.fromEntries(blockSwitches.map((name) => [name, isOn(name)]));
  return [{ do: 'set', part: 'settings', values }];
}

const canned: { [acl: string]: readonly string[] } = {
  'public-read': ['AllUsers/READ'],
  'public-read-write': ['AllUsers/READ', 'AllUsers/WRITE'],
  'authenticated-read': ['AuthenticatedUsers/READ'],
  'log-delivery-write': ['LogDelivery/WRITE', 'LogDelivery/READ_ACP'],
};
const headers: { [header: string]: string } = {
  'x-amz-grant-read': 'READ',
  'x-amz-grant-write': 'WRITE',
  'x-amz-grant-read-acp': 'READ_ACP',
  'x-amz-grant-write-acp': 'WRITE_ACP',
  'x-amz-grant-full-control': 'FULL_CONTROL',
};

/** The grants to others than the owner; null where the call does not speak of grants. */
function grantsIn(request: unknown): BucketGrant[] | null {
  const places = [request, field(request, 'accessControlList')];
  const names = places.flatMap((place) => elements(field(place, 'x-amz-acl'))).map(String);
  const policy = field(request, 'accessControlPolicy');
  const named = names
    .flatMap((name) => (Object.hasOwn(canned, name) ? (canned[name] ?? []) : []))
    .map((id) => groupGrant(id));
  const listed = elements(field(field(policy, 'accessControlList'), 'grant')).flatMap(grantOf);
  const inHeaders = places.flatMap((place) =>
    Object.entries(headers).flatMap(([header, permission]) => headerGrants(field(place, header), permission)),
  );
  const isSaid = names.length > 0 || isFields(policy) || inHeaders.length > 0;
  return isSaid ? [...named, ...listed, ...inHeaders] : null;
}

function groupGrant(id: string): BucketGrant {
  const [group, permission = ''] = id.split('/');
  return { id, grantee: { Type: 'Group', URI: `${groupUri}${group}` }, permission };
}

function grantOf(grant: unknown): BucketGrant[] {
  const grantee = field(grant, 'grantee');
  const permission = text(grant, 'permission');
  const uri = text(grantee, 'URI') ?? text(grantee, 'uri');
  if (permission === null) return [];
  if (uri !== null) return [groupGrant(`${uri.split('/').at(-1)}/${permission}`)];
  const id = text(grantee, 'ID') ?? text(grantee, 'id');
  if (id === null) return [];
  const said: Json = { Type: 'CanonicalUser', ID: id };
  return [{ id: `${id}/${permission}`, grantee: said, permission }];
}

/** `uri="http://acs.amazonaws.com/groups/global/AllUsers", id="f00d"` */
function headerGrants(value: unknown, permission: string): BucketGrant[] {
  const texts = elements(value).filter((one): one is string => typeof one === 'string');
  return texts
    .flatMap((one) => [...one.matchAll(/uri="?([^",\s]+)"?/gi)])
    .map((found) => groupGrant(`${found[1]?.split('/').at(-1)}/${permission}`));
}
