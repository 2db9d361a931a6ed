import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../engines/engine.ts';
import { startMiniStack } from '../engines/ministack.ts';
import { snapshut } from './cli.ts';

/** moto lets inactive keys work; MiniStack refuses them when it is told to authenticate. */
let engine: Engine;
const region = 'eu-central-1';
const root = { accessKeyId: 'test', secretAccessKey: 'test' };

beforeAll(async () => {
  engine = await startMiniStack({ AUTH: 'true' });
}, 120_000);
afterAll(async () => {
  await engine?.stop();
});

it('a key that was deactivated is refused by the cloud, and the other key of its user still works', async () => {
  const iam = new IAMClient({ endpoint: engine.endpoint, region, credentials: root });
  await iam.send(new CreateUserCommand({ UserName: 'deploy' }));
  await iam.send(
    new AttachUserPolicyCommand({
      UserName: 'deploy',
      PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
    }),
  );
  const keys = [];
  for (let made = 0; made < 2; made += 1) {
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'deploy' }));
    keys.push({
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    });
  }
  const [leaked, other] = keys as [(typeof keys)[0], (typeof keys)[0]];
  const whoAmI = (credentials: typeof leaked) =>
    new STSClient({ endpoint: engine.endpoint, region, credentials, maxAttempts: 1 }).send(
      new GetCallerIdentityCommand({}),
    );
  const { Account = '' } = await whoAmI(leaked);

  const sample = readFileSync(
    new URL('../../events/aws/finding-health-exposed-key.json', import.meta.url),
    'utf8',
  );
  const report = sample
    .replaceAll('AKIAIOSFODNN7EXAMPLE', leaked.accessKeyId)
    .replaceAll('123456789012', Account);
  const home = mkdtempSync(join(tmpdir(), 'snapshut-'));
  const env = { AWS_ACCESS_KEY_ID: root.accessKeyId, AWS_SECRET_ACCESS_KEY: root.secretAccessKey };
  const ran = await snapshut(['respond', '-'], { endpoint: engine.endpoint, home, stdin: report, env });

  expect(ran.lines).toMatchObject([{ outcome: 'fixed', control: 'exposed-key' }]);
  const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName: 'deploy' }));
  const status = Object.fromEntries(AccessKeyMetadata.map((key) => [key.AccessKeyId, key.Status]));
  expect(status).toEqual({ [leaked.accessKeyId]: 'Inactive', [other.accessKeyId]: 'Active' });
  await expect(whoAmI(leaked)).rejects.toThrow();
  expect((await whoAmI(other)).Account).toBe(Account);
}, 120_000);
