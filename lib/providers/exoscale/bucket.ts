import pMap from 'p-map';
import * as z from 'zod';
import { TerminalError } from '../../errors.ts';
import { elementsOf, withoutStatement, withStatement } from '../../iam/document.ts';
import type { BucketGrant, BucketState } from '../../kinds/bucket.ts';
import type { PolicyStatement } from '../../kinds/statement.ts';
import type { Change } from '../../model.ts';
import type { Reading } from '../../ports.ts';
import { grantsOf, withGrant, withoutGrant } from '../aws/bucket-grants.ts';
import { awsError, expected, isAws } from '../aws/errors.ts';
import type { Adapter } from './adapter.ts';
import type { Sos } from './sos.ts';

/** Buckets of Exoscale's object storage: S3's access lists and policies. */

type Edit = Exclude<Change, { op: 'set' }>;

export const bucket: Adapter = {
  kind: 'bucket',
  scope: 'zone',

  async read(place, ids) {
    const sos = await place.sos(place.zone);
    const readings = await pMap(ids, (id) => readBucket(sos, place.account, id), { concurrency: 6 });
    return new Map(ids.map((id, index) => [id, readings[index] as Reading]));
  },

  async apply(place, id, change) {
    if (change.op === 'set' || (change.part !== 'grants' && change.part !== 'statements')) {
      throw new TerminalError(`a bucket of Exoscale has no ${change.part} to ${change.op}`);
    }
    const sos = await place.sos(place.zone);
    try {
      await (change.part === 'grants' ? editGrants(sos, id, change) : editPolicy(sos, id, change));
    } catch (error) {
      // Nothing is open in a bucket that is gone.
      if (change.op === 'add' || !isAws(error, 'NoSuchBucket')) throw awsError(error);
    }
    return change;
  },

  /** Every zone's S3 address lists the buckets of all zones; the usage says which are here. */
  async *list({ client, zone }) {
    const all = await client.get(zone, '/sos-buckets-usage', Usage);
    yield all['sos-buckets-usage'].filter((one) => one['zone-name'] === zone).map((one) => one.name);
  },
};

const Usage = z.object({
  'sos-buckets-usage': z.array(z.object({ name: z.string(), 'zone-name': z.string() })),
});

const noSwitches = {
  blockPublicAcls: null,
  ignorePublicAcls: null,
  blockPublicPolicy: null,
  restrictPublicBuckets: null,
};

async function readBucket({ client, sdk }: Sos, owner: string, Bucket: string): Promise<Reading> {
  try {
    const acl = await expected(client.send(new sdk.GetBucketAclCommand({ Bucket })), 'NoSuchBucket');
    if (acl === null) return { status: 'gone' };
    const policy = await policyOf({ client, sdk }, Bucket);
    const statements = policy === null ? [] : elementsOf(policy);
    if (statements === null) throw new TerminalError(`the policy of ${Bucket} cannot be read`);
    const state: BucketState = {
      kind: 'bucket',
      name: Bucket,
      tags: {},
      owner,
      website: false,
      origins: [],
      grants: grantsOf(acl),
      statements,
      accessPointStatements: [],
      settings: { ...noSwitches, encryption: null },
      accountBlock: noSwitches,
      lacks: ['block', 'encryption'],
    };
    return { status: 'found', state };
  } catch (error) {
    return { status: 'error', error: awsError(error) };
  }
}

/** A zone whose storage knows no policies has none. */
async function policyOf({ client, sdk }: Sos, Bucket: string): Promise<string | null> {
  const asked = client.send(new sdk.GetBucketPolicyCommand({ Bucket }));
  const said = await expected(asked, 'NoSuchBucketPolicy', 'NotImplemented');
  return said?.Policy ?? null;
}

async function editGrants({ client, sdk }: Sos, Bucket: string, change: Edit): Promise<void> {
  // States are built by this adapter, so elements are what their part holds.
  const grant = change.value as unknown as BucketGrant;
  const acl = await client.send(new sdk.GetBucketAclCommand({ Bucket }));
  const Grants = change.op === 'add' ? withGrant(acl, grant, change.index) : withoutGrant(acl, grant);
  if (Grants.length === acl.Grants?.length) return;
  const AccessControlPolicy = { Owner: acl.Owner, Grants };
  await client.send(new sdk.PutBucketAclCommand({ Bucket, AccessControlPolicy }));
}

async function editPolicy(sos: Sos, Bucket: string, change: Edit): Promise<void> {
  const { client, sdk } = sos;
  // Elements of `statements` are statements.
  const statement = change.value as unknown as PolicyStatement;
  const before = await policyOf(sos, Bucket);
  const without = () => (before === null ? null : withoutStatement(before, statement));
  const after = change.op === 'add' ? withStatement(before, statement, change.index) : without();
  if (after === before) return;
  if (after === null) await client.send(new sdk.DeleteBucketPolicyCommand({ Bucket }));
  else await client.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy: after }));
}
