import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { RetryableError, TerminalError } from '../../../lib/errors.ts';
import { accessKeyRotator } from '../../../lib/providers/aws/access-keys.ts';
import { secretDelivery } from '../../../lib/providers/aws/secret-delivery.ts';
import type { Holder } from '../../../lib/rotation/rotator.ts';
import { Secret } from '../../../lib/rotation/secret.ts';
import { motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { canary } from '../../rotation/keyring.ts';
import { awsOn, region } from './cloud.ts';

const moto = useMoto();
const client = () => ({ endpoint: moto().endpoint, region, credentials: motoCredentials });
const holderOf = (owner: string): Holder => ({
  owner,
  resource: { provider: 'aws', account: motoAccount, region: 'global', kind: 'credential', id: 'AKIAOLD' },
});
const rotator = () => accessKeyRotator(awsOn(moto()).clients);

describe('access keys on moto', () => {
  it('are made, listed with their use, switched off and on, and deleted, each as often as one likes', async () => {
    const iam = new IAMClient(client());
    await iam.send(new CreateUserCommand({ UserName: 'robot', Path: '/ci/' }));
    const holder = holderOf('robot');

    const made = await rotator().create(holder, 'case-1');
    expect(await rotator().keysOf(holder)).toMatchObject([{ id: made.id, isActive: true, lastUsedAt: null }]);
    expect(made.secret.reveal()).toMatchObject({ accessKeyId: made.id });

    for (const isActive of [false, false, true, true]) {
      await rotator().setActive(holder, made.id, isActive);
      const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: 'robot' }));
      expect(AccessKeyMetadata?.[0]?.Status).toBe(isActive ? 'Active' : 'Inactive');
    }
    await rotator().delete(holder, made.id);
    await rotator().delete(holder, made.id);
    expect(await rotator().keysOf(holder)).toEqual([]);
  });

  it('of nobody are null, and a third is refused for good', async () => {
    expect(await rotator().keysOf(holderOf('nobody'))).toBeNull();
    const iam = new IAMClient(client());
    await iam.send(new CreateUserCommand({ UserName: 'full' }));
    for (let n = 0; n < 2; n += 1) await iam.send(new CreateAccessKeyCommand({ UserName: 'full' }));

    await expect(rotator().create(holderOf('full'), 'case-1')).rejects.toThrow(TerminalError);
  });
});

it('the case stands in the user agent of the call, which is sent once even when the answer is lost', async () => {
  const agents: string[] = [];
  const server = createServer((request, reply) => {
    agents.push(request.headers['user-agent'] ?? '');
    request.resume().on('end', () => reply.destroy());
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const provider = awsOn({ ...moto(), endpoint: `http://127.0.0.1:${port}` });

  const made = accessKeyRotator(provider.clients).create(holderOf('robot'), 'c0abc');

  await expect(made).rejects.toThrow(RetryableError);
  server.close();
  expect(agents).toHaveLength(1);
  expect(agents[0]).toMatch(/snapshut\/test.* snapshut-case\/c0abc$/);
});

it('an answer that cannot be read, with the secret in it, gets into no error, and is not for good', async () => {
  const body = `<CreateAccessKeyResponse><Secret>${canary}</Sec`;
  const server = createServer((_, reply) => {
    reply.writeHead(200, { 'content-type': 'text/xml' }).end(body);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const provider = awsOn({ ...moto(), endpoint: `http://127.0.0.1:${port}` });

  const failure = await accessKeyRotator(provider.clients)
    .create(holderOf('robot'), 'c0abc')
    .catch((error: unknown) => error);

  server.closeAllConnections();
  server.close();
  expect(failure).toBeInstanceOf(RetryableError);
  expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain(canary);
});

/** moto has no LookupEvents. The events are shaped as in the IAM guide's CreateAccessKey example. */
describe('who made a key, as CloudTrail tells', () => {
  const trail = mockClient(CloudTrailClient);
  const sts = mockClient(STSClient);
  afterEach(() => {
    trail.reset();
    sts.reset();
  });

  const us = 'arn:aws:sts::123456789012:assumed-role/snapshut-member-prod/snapshut';
  const event = (over: { arn?: string; agent?: string; id?: string } = {}) => ({
    CloudTrailEvent: JSON.stringify({
      eventName: 'CreateAccessKey',
      userIdentity: { type: 'AssumedRole', arn: over.arn ?? us },
      userAgent: over.agent ?? 'aws-sdk-js/3.1 snapshut/0.1.0 snapshut-case/case-1',
      requestParameters: { userName: 'robot' },
      responseElements: {
        accessKey: { accessKeyId: over.id ?? 'AKIANEW', status: 'Active', userName: 'robot' },
      },
    }),
  });
  const ask = () => rotator().madeBy(holderOf('robot'), 'AKIANEW', 'case-1', '2026-11-24T12:00:00Z');

  it.each([
    ['us, also from another session of our role', 'us', [event({ arn: us.replace(/snapshut$/, 'other') })]],
    ['a person', 'somebody', [event({ arn: 'arn:aws:iam::123456789012:user/maria', agent: 'aws-cli/2' })]],
    [
      'a person who borrowed our user agent',
      'somebody',
      [event({ arn: 'arn:aws:iam::123456789012:user/maria' })],
    ],
    ['our role for another case', 'somebody', [event({ agent: 'snapshut/0.1.0 snapshut-case/case-2' })]],
    [
      'a call that is not shown yet',
      'unknown',
      [event({ id: 'AKIAOTHER' }), {}, { CloudTrailEvent: 'no JSON' }],
    ],
  ])('%s', async (_, expected, Events) => {
    sts.on(GetCallerIdentityCommand).resolves({ Arn: us });
    trail.on(LookupEventsCommand).resolvesOnce({ Events: [], NextToken: 'more' }).resolves({ Events });

    expect(await ask()).toBe(expected);
    expect(trail.commandCalls(LookupEventsCommand)[0]?.args[0].input).toMatchObject({
      StartTime: new Date('2026-11-24T11:55:00Z'),
    });
  });

  it('nobody knows without the right to look', async () => {
    trail.on(LookupEventsCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));

    await expect(ask()).rejects.toThrow(TerminalError);
  });
});

describe('a delivery to Secrets Manager on moto', () => {
  const to = (secret: string) => ({ type: 'secret' as const, secret, account: motoAccount, region });
  const on = (secret: string, over = {}) => secretDelivery(awsOn(moto()).clients, { ...to(secret), ...over });
  const key = (id: string) => ({ id, secret: new Secret({ accessKeyId: id, secretAccessKey: canary + id }) });
  const manager = () => new SecretsManagerClient(client());
  const at = async (SecretId: string, VersionStage: string) => {
    const said = await manager()
      .send(new GetSecretValueCommand({ SecretId, VersionStage }))
      .catch((error: Error) => ({ SecretString: error.name }));
    return said.SecretString ?? '';
  };

  it('makes the secret, and the new version is current while the one before stays beside it', async () => {
    await on('snapshut/robot').deliver('case-1', key('AKIA1'));
    await on('snapshut/robot').deliver('case-2', key('AKIA2'));
    await on('snapshut/robot').deliver('case-2', key('AKIA2'));

    expect(JSON.parse(await at('snapshut/robot', 'AWSCURRENT'))).toMatchObject({ accessKeyId: 'AKIA2' });
    expect(JSON.parse(await at('snapshut/robot', 'AWSPREVIOUS'))).toMatchObject({ accessKeyId: 'AKIA1' });
    expect(await at('snapshut/robot', 'AWSPENDING')).toBe('ResourceNotFoundException');
    expect(await on('snapshut/robot').holds('case-2', 'AKIA2')).toBe(true);
    expect(await on('snapshut/robot').holds('case-3', 'AKIA2')).toBe(false);
    expect(await on('snapshut/none').holds('case-1', 'AKIA1')).toBe(false);
  });

  it("keeps the secret's other fields and uses the names of the owner's program", async () => {
    const SecretString = JSON.stringify({ AWS_REGION: region, ID: 'old', KEY: 'old' });
    await manager().send(new CreateSecretCommand({ Name: 'app', SecretString }));

    const fields = { accessKeyId: 'ID', secretAccessKey: 'KEY' };
    await on('app', { fields }).deliver('case-1', key('AKIA1'));

    expect(JSON.parse(await at('app', 'AWSCURRENT'))).toEqual({
      AWS_REGION: region,
      ID: 'AKIA1',
      KEY: `${canary}AKIA1`,
    });
  });

  it('never replaces a secret that is something else, and what it says holds no secret', async () => {
    await manager().send(new CreateSecretCommand({ Name: 'text', SecretString: `${canary} in plain text` }));

    const failure = await on('text')
      .deliver('case-1', key('AKIA1'))
      .catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(TerminalError);
    expect(String(failure)).not.toContain(canary);
    expect(await at('text', 'AWSCURRENT')).toContain('in plain text');
  });

  it('taken back is the version before again', async () => {
    await on('back').deliver('case-1', key('AKIA1'));
    await on('back').deliver('case-2', key('AKIA2'));

    await on('back').takeBack('case-2', 'AKIA2');

    expect(JSON.parse(await at('back', 'AWSCURRENT'))).toMatchObject({ accessKeyId: 'AKIA1' });
  });
});
