import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publicBucket } from '../../../lib/controls/public-bucket.ts';
import { signedLinks } from '../../../lib/controls/signed-links.ts';
import type { BucketState } from '../../../lib/kinds/bucket.ts';
import { invert, stateFingerprint } from '../../../lib/kinds.ts';
import type { Change, Resource } from '../../../lib/model.ts';
import { aclOf, grantsOf } from '../../../lib/providers/openstack/container-acl.ts';
import { OpenStackProvider } from '../../../lib/providers/openstack/openstack.ts';
import type { Session } from '../../../lib/providers/openstack/session.ts';
import { type OpenStack, startOpenStack } from '../../engines/openstack.ts';
import { sessionOn } from './session-on.ts';

describe('who is in an access list', () => {
  it.each([
    ['.r:*', null, ['AllUsers/READ']],
    ['.r:*,.rlistings', null, ['AllUsers/READ', 'AllUsers/LIST']],
    ['.r:.example.org', null, ['AllUsers/READ/.r:.example.org']],
    ['.referrer:*', null, ['AllUsers/READ/.referrer:*']],
    ['.r:-bad.example.org', null, ['refused/READ/.r:-bad.example.org']],
    ['.rlistings', null, ['named/LIST/.rlistings']],
    ['*:*', '*:*', ['AuthenticatedUsers/READ/*:*', 'AuthenticatedUsers/WRITE/*:*']],
    ['p1:u1', 'p2:*', ['named/READ/p1:u1', 'named/WRITE/p2:*']],
    [' .r:* ,, ', '', ['AllUsers/READ']],
    [null, null, []],
  ])('%s and %s', (read, write, ids) => {
    expect(grantsOf(aclOf(read, write)).map((grant) => grant.id)).toEqual(ids);
  });
});

describe('containers of the real Swift', () => {
  let cloud: OpenStack | string;
  let session: Session;
  let provider: OpenStackProvider;
  beforeAll(async () => {
    cloud = await startOpenStack(['swift']);
    if (typeof cloud === 'string') return;
    session = await sessionOn(cloud.env('demo'));
    provider = new OpenStackProvider([session]);
  }, 600_000);
  afterAll(async () => {
    if (typeof cloud === 'object') await cloud.stop();
  });
  beforeEach(({ skip }) => {
    if (typeof cloud === 'string') skip(cloud);
  });

  async function container(name: string, headers: Record<string, string>): Promise<Resource> {
    const { account, region } = await session.place();
    const path = `/${encodeURIComponent(name)}`;
    await session.call({ method: 'PUT', service: 'object-store', path, headers });
    await session.call({
      method: 'PUT',
      service: 'object-store',
      path: `${path}/hello.txt`,
      body: { hello: 'world' },
    });
    return { provider: 'openstack', account, region, kind: 'bucket', id: name };
  }

  const stateOf = async (resource: Resource): Promise<BucketState> => {
    const [reading] = await provider.read([resource]);
    if (reading?.status === 'error') throw reading.error;
    if (reading?.status !== 'found') throw new Error('the container is gone');
    return reading.state as BucketState;
  };
  const anonymously = async (name: string) => {
    const url = `${await session.endpoint('object-store')}/${encodeURIComponent(name)}`;
    const [object, list] = await Promise.all([fetch(`${url}/hello.txt`), fetch(url)]);
    return [object.status, list.status];
  };
  const acl = async (name: string) => {
    const path = `/${encodeURIComponent(name)}`;
    const { headers } = await session.call({ method: 'HEAD', service: 'object-store', path });
    return [headers.get('x-container-read'), headers.get('x-container-write')];
  };
  const settings = {
    now: new Date(),
    trusted: [],
    trustedAccounts: [],
    trustedOrganizations: [],
    options: {},
  };

  it('a public container answers 200 anonymously, then 401; undo gives every list back as it was', async () => {
    const read = 'p1:u1,.r:*,.r:-bad.example.org,.rlistings';
    const headers = { 'x-container-read': read, 'x-container-write': 'p2:u2,*:*' };
    const resource = await container('öffentlich & co', headers);
    const before = await stateOf(resource);
    const open = await anonymously(resource.id);
    const written = await acl(resource.id);

    const finding = publicBucket.check(before, settings);
    const changes = publicBucket.fix(before, finding?.exposures ?? [], settings);
    const applied: Change[] = [];
    for (const change of changes) applied.push(await provider.apply(resource, change));
    const shut = await anonymously(resource.id);
    const left = await acl(resource.id);
    const clean = publicBucket.check(await stateOf(resource), settings);
    for (const change of invert(applied)) await provider.apply(resource, change);

    expect(open).toEqual([200, 200]);
    expect(shut).toEqual([401, 401]);
    expect(left).toEqual(['p1:u1,.r:-bad.example.org', 'p2:u2']);
    expect(clean).toBeNull();
    expect(await acl(resource.id)).toEqual(written);
    expect(stateFingerprint(await stateOf(resource))).toBe(stateFingerprint(before));
    expect(await anonymously(resource.id)).toEqual([200, 200]);
  });

  it('a bucket that is made and opened over S3 is shut like any other', async () => {
    const ec2 = JSON.parse(
      await (cloud as OpenStack).cli('demo', 'ec2', 'credentials', 'create', '-f', 'json'),
    );
    const { CreateBucketCommand, PutBucketAclCommand, S3Client } = await import('@aws-sdk/client-s3');
    const { origin } = new URL(await session.endpoint('object-store'));
    const s3 = new S3Client({
      endpoint: origin,
      region: 'RegionOne',
      forcePathStyle: true,
      credentials: { accessKeyId: ec2.access, secretAccessKey: ec2.secret },
    });
    await s3.send(new CreateBucketCommand({ Bucket: 'over-s3' }));
    const resource = await container('over-s3', {});
    await s3.send(new PutBucketAclCommand({ Bucket: 'over-s3', ACL: 'public-read' }));

    const opened = await anonymously('over-s3');
    const state = await stateOf(resource);
    const found = publicBucket.check(state, settings)?.exposures ?? [];
    for (const change of publicBucket.fix(state, found, settings)) await provider.apply(resource, change);

    expect(opened[0]).toBe(200);
    expect(await anonymously('over-s3')).toEqual([401, 401]);
    s3.destroy();
  });

  it('keys that make links are told, of the container and of the account, and are not kept', async () => {
    const resource = await container('linked', { 'x-container-meta-temp-url-key': 'a secret of the test' });
    const ofContainer = await stateOf(resource);
    const meta = { 'x-account-meta-temp-url-key-2': 'another secret' };
    await session.call({ method: 'POST', service: 'object-store', path: '', headers: meta });
    const ofBoth = await stateOf(resource);
    const gone = { 'x-remove-account-meta-temp-url-key-2': 'x' };
    await session.call({ method: 'POST', service: 'object-store', path: '', headers: gone });

    expect(ofContainer.settings.linkKeys).toEqual(['container']);
    expect(ofBoth.settings.linkKeys).toEqual(['container', 'account']);
    expect(JSON.stringify(ofBoth)).not.toContain('secret');
    expect(signedLinks.check(ofBoth, settings)?.exposures[0]).toMatchObject({
      id: 'linkKeys',
      severity: 'low',
    });
    expect(signedLinks.check(await stateOf(await container('plain', {})), settings)).toBeNull();
  });

  it('a referrer is open too: everybody can claim to come from there', async () => {
    const resource = await container('by-referrer', { 'x-container-read': '.r:.example.org' });

    const finding = publicBucket.check(await stateOf(resource), settings);

    expect(finding?.exposures).toMatchObject([{ id: 'AllUsers/READ/.r:.example.org' }]);
  });

  it('shutting twice is shutting once, and a container that is gone is shut', async () => {
    const resource = await container('twice', { 'x-container-read': '.r:*' });
    const [grant] = (await stateOf(resource)).grants;
    if (!grant) throw new Error('the container is not open');
    const change: Change = { op: 'remove', part: 'grants', value: grant };

    await provider.apply(resource, change);
    await provider.apply(resource, change);
    expect((await stateOf(resource)).grants).toEqual([]);

    for (const path of ['/twice/hello.txt', '/twice'])
      await session.call({ method: 'DELETE', service: 'object-store', path });
    expect(await provider.apply(resource, change)).toEqual(change);
    expect(await provider.read([resource])).toEqual([{ status: 'gone' }]);
  });

  it('lists every container once', async () => {
    const resource = await container('listed', {});
    const listed: string[] = [];
    for await (const page of provider.list(resource.account, resource.region, 'bucket')) {
      listed.push(...page.map((one) => one.id));
    }

    expect(listed).toContain('listed');
    expect(new Set(listed).size).toBe(listed.length);
  });
});
