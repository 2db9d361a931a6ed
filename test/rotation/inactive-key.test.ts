import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accessKeyRotator } from '../../lib/providers/aws/access-keys.ts';
import { AwsProvider } from '../../lib/providers/aws/aws.ts';
import type { Holder } from '../../lib/rotation/rotator.ts';
import type { Engine } from '../engines/engine.ts';
import { startMiniStack } from '../engines/ministack.ts';

/** moto lets inactive keys work, which proves nothing; MiniStack refuses them when it is told to look. */
let engine: Engine;
beforeAll(async () => {
  engine = await startMiniStack({ AUTH: 'true' });
}, 300_000);
afterAll(() => engine?.stop());

const account = '000000000000';
const region = 'eu-central-1';
const root = { accessKeyId: 'test', secretAccessKey: 'test' };
const holder: Holder = {
  owner: 'robot',
  resource: { provider: 'aws', account, region: 'global', kind: 'credential', id: 'AKIAOLD' },
};

it('a key that is deactivated is refused, works again when it is activated, and never again once deleted', async () => {
  const { endpoint } = engine;
  const iam = new IAMClient({ endpoint, region, credentials: root });
  await iam.send(new CreateUserCommand({ UserName: 'robot' }));
  const accounts = [{ account }];
  const { clients } = new AwsProvider({ accounts, version: 'test', endpoint, credentials: root });
  const rotator = accessKeyRotator(clients);
  const made = await rotator.create(holder, 'case-1');
  const { accessKeyId = '', secretAccessKey = '' } = made.secret.reveal();
  const use = async () => {
    const sts = new STSClient({
      endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
    });
    return sts.send(new GetCallerIdentityCommand({})).then(
      ({ Arn }) => Arn,
      (error: Error) => error.name,
    );
  };

  expect(await use()).toMatch(/:user\/robot$/);
  await rotator.setActive(holder, made.id, false);
  expect(await use()).toBe('InvalidClientTokenId');
  await rotator.setActive(holder, made.id, true);
  expect(await use()).toMatch(/:user\/robot$/);
  await rotator.delete(holder, made.id);
  expect(await use()).toBe('InvalidClientTokenId');
}, 120_000);
