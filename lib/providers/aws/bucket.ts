import type { DistributionSummary } from '@aws-sdk/client-cloudfront';
import type { ServerSideEncryptionConfiguration } from '@aws-sdk/client-s3';
import type { AccessPoint } from '@aws-sdk/client-s3-control';
import { TerminalError } from '../../errors.ts';
import { elementsOf, withoutStatement, withStatement } from '../../iam/document.ts';
import type {
  AccessPointStatement,
  BucketGrant,
  BucketState,
  PublicAccessBlock,
} from '../../kinds/bucket.ts';
import type { PolicyStatement } from '../../kinds/statement.ts';
import type { Change, Json } from '../../model.ts';
import { once } from '../../once.ts';
import type { Reading } from '../../ports.ts';
import {
  accessPointsOf,
  bucketBehind,
  readAccessPointStatements,
  writeAccessPointPolicy,
} from './access-points.ts';
import { readAccountBlock } from './account-block.ts';
import type { Adapter } from './adapter.ts';
import { grantsOf, withGrant, withoutGrant } from './bucket-grants.ts';
import { servedBy } from './bucket-served.ts';
import type { Clients, Place } from './clients.ts';
import { allDistributions } from './distributions.ts';
import { expected, isAws } from './errors.ts';
import { oneByOne } from './one-by-one.ts';
import { blockOf, isSwitch, noBlock, withSwitch } from './public-access-block.ts';
import { s3Of } from './services.ts';

/** S3 buckets, with the access points in front of them. */
export const bucket: Adapter = {
  kind: 'bucket',
  calls: {
    read: [
      's3:GetBucketAcl',
      's3:GetBucketPolicy',
      's3:GetBucketPublicAccessBlock',
      's3:GetEncryptionConfiguration',
      's3:GetBucketWebsite',
      's3:GetBucketTagging',
      's3:GetBucketLocation',
      's3:ListAllMyBuckets',
      's3:ListAccessPoints',
      's3:GetAccessPoint',
      's3:GetAccessPointPolicy',
      's3:GetAccountPublicAccessBlock',
      'cloudfront:ListDistributions',
    ],
    write: [
      's3:PutBucketAcl',
      's3:PutBucketPolicy',
      's3:DeleteBucketPolicy',
      's3:PutBucketPublicAccessBlock',
      's3:PutEncryptionConfiguration',
      's3:PutAccessPointPolicy',
      's3:DeleteAccessPointPolicy',
    ],
  },

  async read(clients, place, ids) {
    const shared = sharedBy(clients, place);
    return oneByOne(ids, async (id) => readBucket(clients, place, id, await shared()));
  },

  async glance(clients, place, ids) {
    const shared = sharedBy(clients, place);
    return oneByOne(
      ids,
      async (id) =>
        (await glanceAtBucket(clients, place, id, await shared())) ??
        (await readBucket(clients, place, id, await shared())),
    );
  },

  async apply(clients, place, id, change) {
    try {
      await applyTo(clients, place, id, change);
    } catch (error) {
      // Nothing is open in a bucket that is gone.
      if (!isAws(error, 'NoSuchBucket') || change.op === 'add') throw error;
    }
    return change;
  },

  async *list(clients, place) {
    const { client, sdk } = await s3Of(clients, place);
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(
        new sdk.ListBucketsCommand({ BucketRegion: place.region, MaxBuckets: 1000, ContinuationToken }),
      );
      const here = await Promise.all(
        (page.Buckets ?? []).map(async ({ Name = '', BucketRegion }) => {
          const region = BucketRegion ?? (await regionOf(clients, place, Name));
          return region === place.region ? [Name] : [];
        }),
      );
      yield here.flat();
      ContinuationToken = page.ContinuationToken || undefined;
    } while (ContinuationToken);
  },

  hints: { 'access-point': bucketBehind },
};

export async function regionOf(clients: Clients, place: Place, Bucket: string): Promise<string | null> {
  const { client, sdk } = await s3Of(clients, place);
  const said = await expected(client.send(new sdk.GetBucketLocationCommand({ Bucket })), 'NoSuchBucket');
  if (said === null) return null;
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html: empty is us-east-1.
  const region = said.LocationConstraint || 'us-east-1';
  return region === 'EU' ? 'eu-west-1' : region;
}

/** What all buckets of a place have in common, asked for once. */
interface Shared {
  accountBlock: PublicAccessBlock;
  points: AccessPoint[];
  distributions(): Promise<DistributionSummary[]>;
}

function sharedBy(clients: Clients, place: Place): () => Promise<Shared> {
  const distributions = once(() => allDistributions(clients, place));
  return once(async () => {
    const [accountBlock, points] = await Promise.all([
      readAccountBlock(clients, place.account),
      accessPointsOf(clients, place),
    ]);
    return { accountBlock, points, distributions };
  });
}

/**
 * A bucket whose block ignores every public list and policy is public to nobody, whatever they say, so they are not
 * asked for. Null for every other bucket.
 */
async function glanceAtBucket(
  clients: Clients,
  place: Place,
  Bucket: string,
  { accountBlock }: Shared,
): Promise<Reading | null> {
  const { client, sdk } = await s3Of(clients, place);
  const of = { Bucket, ExpectedBucketOwner: place.account };
  const block = await expected(
    client.send(new sdk.GetPublicAccessBlockCommand(of)),
    'NoSuchPublicAccessBlockConfiguration',
    'NoSuchBucket',
  );
  const configuration = block?.PublicAccessBlockConfiguration;
  if (!configuration?.IgnorePublicAcls || !configuration.RestrictPublicBuckets) return null;
  const encryption = await encryptionOf(clients, place, Bucket);
  const state: BucketState = {
    kind: 'bucket',
    name: Bucket,
    tags: {},
    owner: place.account,
    website: false,
    origins: [],
    grants: [],
    statements: [],
    accessPointStatements: [],
    settings: { ...blockOf(configuration), encryption },
    accountBlock,
  };
  return { status: 'found', state };
}

async function encryptionOf(clients: Clients, place: Place, Bucket: string): Promise<Json> {
  const { client, sdk } = await s3Of(clients, place);
  const said = await expected(
    client.send(new sdk.GetBucketEncryptionCommand({ Bucket, ExpectedBucketOwner: place.account })),
    'ServerSideEncryptionConfigurationNotFoundError',
  );
  const rules = said?.ServerSideEncryptionConfiguration;
  return rules ? (JSON.parse(JSON.stringify(rules)) as Json) : null;
}

async function readBucket(
  clients: Clients,
  place: Place,
  Bucket: string,
  { accountBlock, points, distributions }: Shared,
): Promise<Reading> {
  const { client, sdk } = await s3Of(clients, place);
  const ExpectedBucketOwner = place.account;
  const of = { Bucket, ExpectedBucketOwner };
  const acl = await expected(client.send(new sdk.GetBucketAclCommand(of)), 'NoSuchBucket');
  if (acl === null) return { status: 'gone' };
  const [policy, block, encryption, tags, accessPointStatements] = await Promise.all([
    expected(client.send(new sdk.GetBucketPolicyCommand(of)), 'NoSuchBucketPolicy'),
    expected(client.send(new sdk.GetPublicAccessBlockCommand(of)), 'NoSuchPublicAccessBlockConfiguration'),
    encryptionOf(clients, place, Bucket),
    expected(client.send(new sdk.GetBucketTaggingCommand(of)), 'NoSuchTagSet'),
    readAccessPointStatements(
      clients,
      place,
      points.filter((one) => one.Bucket === Bucket),
    ),
  ]);
  const statements = policy?.Policy === undefined ? [] : statementsOf(policy.Policy, Bucket);
  const grants = grantsOf(acl);
  const ways = { grants, statements: [...statements, ...accessPointStatements] };
  const served = await servedBy(clients, place, Bucket, ways, distributions);
  const configuration = block?.PublicAccessBlockConfiguration;
  const state: BucketState = {
    kind: 'bucket',
    name: Bucket,
    tags: Object.fromEntries((tags?.TagSet ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
    owner: place.account,
    ...served,
    grants,
    statements,
    accessPointStatements,
    settings: {
      ...(configuration ? blockOf(configuration) : noBlock),
      encryption,
    },
    accountBlock,
  };
  return { status: 'found', state };
}

function statementsOf(policy: string, bucketName: string): PolicyStatement[] {
  const statements = elementsOf(policy);
  if (statements === null) throw new TerminalError(`the policy of ${bucketName} cannot be read`);
  return statements;
}

async function applyTo(clients: Clients, place: Place, Bucket: string, change: Change): Promise<void> {
  if (change.op === 'set') {
    if (isSwitch(change.id)) return setSwitch(clients, place, Bucket, change.id, change.to);
    if (change.id === 'encryption') return setEncryption(clients, place, Bucket, change.to);
    throw new TerminalError(`a bucket has no setting ${change.id}`);
  }
  // States are built by this adapter, so elements are what their part holds.
  if (change.part === 'grants') {
    return setGrants(clients, place, Bucket, change, change.value as unknown as BucketGrant);
  }
  if (change.part === 'accessPointStatements') {
    // Elements of this part name their access point.
    const value = change.value as unknown as AccessPointStatement;
    const own = { ...change, value: { ...change.value, id: value.id.slice(value.accessPoint.length + 1) } };
    return writeAccessPointPolicy(clients, place, value, (text) => edit(text, own));
  }
  return setPolicy(clients, place, Bucket, change);
}

/** The policy text after a change: null for none. */
function edit(text: string | null, change: Exclude<Change, { op: 'set' }>): string | null {
  // Elements of `statements` are statements.
  const statement = change.value as unknown as PolicyStatement;
  if (change.op === 'add') return withStatement(text, statement, change.index);
  return text === null ? null : withoutStatement(text, statement);
}

async function setPolicy(
  clients: Clients,
  place: Place,
  Bucket: string,
  change: Exclude<Change, { op: 'set' }>,
) {
  const { client, sdk } = await s3Of(clients, place);
  const of = { Bucket, ExpectedBucketOwner: place.account };
  const said = await expected(client.send(new sdk.GetBucketPolicyCommand(of)), 'NoSuchBucketPolicy');
  const before = said?.Policy ?? null;
  const after = edit(before, change);
  if (after === before) return;
  if (after === null) await client.send(new sdk.DeleteBucketPolicyCommand(of));
  else await client.send(new sdk.PutBucketPolicyCommand({ ...of, Policy: after }));
}

async function setGrants(
  clients: Clients,
  place: Place,
  Bucket: string,
  change: Exclude<Change, { op: 'set' }>,
  grant: BucketGrant,
) {
  const { client, sdk } = await s3Of(clients, place);
  const of = { Bucket, ExpectedBucketOwner: place.account };
  const acl = await client.send(new sdk.GetBucketAclCommand(of));
  const Grants = change.op === 'add' ? withGrant(acl, grant, change.index) : withoutGrant(acl, grant);
  if (Grants.length === acl.Grants?.length) return;
  await client.send(
    new sdk.PutBucketAclCommand({ ...of, AccessControlPolicy: { Owner: acl.Owner, Grants } }),
  );
}

async function setSwitch(clients: Clients, place: Place, Bucket: string, name: string, to: Json) {
  const { client, sdk } = await s3Of(clients, place);
  const of = { Bucket, ExpectedBucketOwner: place.account };
  const said = await expected(
    client.send(new sdk.GetPublicAccessBlockCommand(of)),
    'NoSuchPublicAccessBlockConfiguration',
  );
  const configuration = said?.PublicAccessBlockConfiguration;
  const next = withSwitch(configuration ? blockOf(configuration) : noBlock, name, to);
  if (next === null) await client.send(new sdk.DeletePublicAccessBlockCommand(of));
  else
    await client.send(new sdk.PutPublicAccessBlockCommand({ ...of, PublicAccessBlockConfiguration: next }));
}

async function setEncryption(clients: Clients, place: Place, Bucket: string, to: Json) {
  const { client, sdk } = await s3Of(clients, place);
  const of = { Bucket, ExpectedBucketOwner: place.account };
  if (to === null) {
    await client.send(new sdk.DeleteBucketEncryptionCommand(of));
    return;
  }
  // Either what S3 said itself or what a control wrote in the same form.
  const ServerSideEncryptionConfiguration = to as unknown as ServerSideEncryptionConfiguration;
  await client.send(new sdk.PutBucketEncryptionCommand({ ...of, ServerSideEncryptionConfiguration }));
}
